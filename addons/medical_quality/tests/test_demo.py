from odoo.tests import TransactionCase, tagged
from odoo.tools import convert_file


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The demo data tells what it promises; it comes about by what people do, so it fails where they could not do it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for module, name in (
            ("medical_base", "res_users"),
            ("medical_udi", "medical_udi_demo"),
            ("medical_quality", "medical_quality_demo"),
        ):
            # A database with demo data has it already.
            if not cls.env["ir.model.data"].search_count(
                [("module", "=", module), ("name", "in", ("user_quality", "demo_stent", "demo_scope"))]
            ):
                convert_file(cls.env, module, f"demo/{name}.xml", {}, mode="init")
        cls.lots = {
            lot.name: lot
            for lot in cls.env["stock.lot"].search(
                [("product_id.categ_id", "=", cls.env.ref("medical_udi.demo_category").id)]
            )
        }

    def test_lots(self):
        states = {
            name: (lot.quality_state, lot.quality_blocked, bool(lot.quality_unmet)) for name, lot in self.lots.items()
        }
        self.assertEqual(
            states,
            {
                "PW2611A": ("quarantine", True, True),
                "PW2611B": ("quarantine", True, True),
                "DL2610C": ("released", False, False),
                "DL2610D": ("released", False, False),
                "DL2611A": ("released", True, False),
                "PW2402C": ("released", False, False),
            },
        )
        self.assertIn("is not finished", self.lots["PW2611A"].quality_unmet)
        self.assertEqual(self.lots["PW2611B"].quality_next_step_id.name, "Receipt documents reviewed")
        self.assertIn("Vendor notice", self.lots["DL2611A"]._quality_reason())

    def test_signatures_are_real(self):
        lot = self.lots["DL2610C"]
        self.assertEqual(lot.signature_state, "signed")
        self.assertEqual(
            lot.signature_ids.sorted("id").mapped(lambda signature: (signature.user_id.login, signature.meaning)),
            [("quality", "review"), ("approver", "release")],
        )

    def test_inspections(self):
        inspections = {
            lot.name: (
                one.state,
                one.accepted_quantity,
                one.rejected_quantity,
                one.inspector_id.login,
                one.decided_by_id.login,
            )
            for lot in self.lots.values()
            for one in lot.quality_inspection_ids
        }
        self.assertEqual(
            inspections,
            {
                "PW2611A": ("open", 0, 0, False, False),
                "PW2611B": ("passed", 150, 0, "quality", "approver"),
                "DL2610C": ("passed", 500, 0, "quality", "approver"),
                "DL2610D": ("failed", 112, 8, "quality", "approver"),
            },
        )
        self.assertEqual(self.lots["DL2610D"].activity_ids.user_id.login, "approver")
        # The rule on goods without date waits for such.
        self.assertEqual(len(self.env["medical.hold"].search([("line_ids.lot_id.name", "in", list(self.lots))])), 2)

    def test_stock(self):
        self.env.flush_all()
        states = {
            (lot.name, state): quantity
            for lot, state, quantity in self.env["medical.stock.state"]._read_group(
                [("lot_id.name", "in", list(self.lots))], ["lot_id", "state"], ["quantity:sum"]
            )
        }
        self.assertEqual(
            states,
            {
                ("PW2611A", "quarantine"): 200,
                ("PW2611B", "quarantine"): 150,
                ("DL2610C", "finished"): 500,
                ("DL2610D", "finished"): 112,
                ("DL2610D", "rejected"): 8,
                ("DL2611A", "hold"): 240,
                ("PW2402C", "finished"): 30,
            },
        )
        delivery = self.env.ref("medical_quality.demo_delivery")
        self.assertEqual(delivery.state, "assigned")
        self.assertLessEqual(set(delivery.move_line_ids.lot_id.mapped("name")), {"DL2610C", "DL2610D"})

    def test_nothing_is_demand(self):
        domain = [("product_id.categ_id", "=", self.env.ref("medical_udi.demo_category").id), ("state", "=", "done")]
        self.assertFalse(
            self.env["stock.move"].search([*domain, ("location_dest_id.usage", "in", ("customer", "production"))])
        )

    def test_loading_it_again_changes_nothing(self):
        def figures():
            return [
                self.env[model].search_count([])
                for model in ("stock.lot", "medical.inspection", "medical.hold", "purchase.order", "medical.signature")
            ]

        before = figures()
        convert_file(self.env, "medical_quality", "demo/medical_quality_demo.xml", {}, mode="update")
        self.assertEqual(figures(), before)
