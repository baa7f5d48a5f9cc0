from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MedicalUdiCase, gtin


@tagged("post_install", "-at_install")
class TestCodeMap(MedicalUdiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.env["medical.code.source"].create({"name": "Plant East", "partner_ids": cls.vendor.ids})
        cls.item = cls._map("item", "A-4711", product_id=cls.gloves.id)
        cls._map("item", "A-4711-K", product_id=cls.gloves.id, uom_id=cls.box.id)
        cls._map("unit", "KAR", uom_id=cls.box.id)
        cls._map("lot", "E-", lot_prefix="")

    @classmethod
    def _map(cls, kind, code, **values):
        return cls.env["medical.code.map"].create({"source_id": cls.source.id, "kind": kind, "code": code, **values})

    def _move(self, picking, **values):
        return (
            self.env["stock.move"]
            .with_user(self.clerk)
            .create(
                {
                    "picking_id": picking.id,
                    "product_uom_qty": 2,
                    "location_id": picking.location_id.id,
                    "location_dest_id": picking.location_dest_id.id,
                    "company_id": self.company.id,
                    **values,
                }
            )
        )

    def test_a_code_finds_product_and_unit(self):
        picking = self._picking("in", [(self.pen, 1)])
        move = self._move(picking, medical_plant_code="A-4711", medical_plant_unit="KAR")
        self.assertEqual((move.product_id, move.product_uom, move.product_qty), (self.gloves, self.box, 20))
        move = self._move(picking, medical_plant_code="A-4711-K")
        self.assertEqual(move.product_qty, 20)
        move = self._move(picking, medical_plant_code="A-4711")
        self.assertEqual(move.product_qty, 2)

    def test_an_unmapped_code_is_refused_with_the_reason(self):
        picking = self._picking("in", [(self.pen, 1)])
        with self.assertRaisesRegex(UserError, "B-1 of Plant East is not mapped to a product"):
            self._move(picking, medical_plant_code="B-1")
        with self.assertRaisesRegex(UserError, "Unit PAL of Plant East is not mapped"):
            self._move(picking, medical_plant_code="A-4711", medical_plant_unit="PAL")
        picking.partner_id = self.hospital
        with self.assertRaisesRegex(UserError, "choose on .* whose codes are used"):
            self._move(picking, medical_plant_code="A-4711")
        picking.medical_source_id = self.source
        self.assertEqual(self._move(picking, medical_plant_code="A-4711").product_id, self.gloves)

    def test_lines_that_cannot_be_read_are_stopped_and_the_others_added(self):
        picking = self._picking("in", [(self.pen, 1)])
        answers = picking.with_user(self.clerk).medical_receive_by_code(
            [
                {"code": "A-4711", "quantity": 3, "unit": "KAR"},
                {"code": "B-1", "quantity": 3},
                {"code": "A-4711-K", "quantity": 1.0},
                {"code": "A-4711", "quantity": "3"},
                {"code": "A-4711", "quantity": float("nan")},
            ]
        )
        self.assertEqual([answer["status"] for answer in answers], ["ok", "stopped", "ok", "stopped", "stopped"])
        self.assertIn("B-1 of Plant East is not mapped", answers[1]["message"])
        moves = picking.move_ids.filtered("medical_plant_code")
        self.assertEqual(moves.mapped("product_qty"), [30, 10])
        self.assertEqual(set(moves.mapped("state")), {"assigned"})
        self.assertIn("B-1", picking.message_ids[:1].body)

    def test_pasted_lines(self):
        picking = self._picking("in", [(self.pen, 1)])
        wizard = (
            self.env["medical.code.receipt"]
            .with_user(self.clerk)
            .create({"picking_id": picking.id, "text": "A-4711;2;KAR\n\nB-1\t5\nA-4711;1,000\n"})
        )
        action = wizard.action_add()
        self.assertEqual(action["res_id"], wizard.id)
        self.assertEqual((wizard.text, wizard.added), ("B-1\t5\nA-4711;1,000", 1))
        self.assertIn("B-1", wizard.reasons)
        self._map("item", "B-1", product_id=self.stent.id)
        wizard.text = "B-1\t5"
        self.assertEqual(wizard.action_add()["type"], "ir.actions.act_window_close")
        self.assertEqual(picking.move_ids.filtered("medical_plant_code").product_id, self.gloves | self.stent)

    def test_what_the_code_means_is_checked_when_done(self):
        picking = self._picking("in", [(self.pen, 1), (self.gloves, 4)])
        gloves = picking.move_ids.filtered(lambda move: move.product_id == self.gloves)
        gloves.medical_plant_code = "C-9"
        picking.move_ids.move_line_ids.filtered(lambda line: line.product_id == self.gloves).write({"lot_name": "L1"})
        picking.move_ids.picked = True
        for door in (picking._action_done, picking.move_ids._action_done, picking.button_validate):
            with self.assertRaisesRegex(UserError, "C-9 of Plant East is not mapped"), self.cr.savepoint():
                door()
        self._map("item", "C-9", product_id=self.stent.id)
        with (
            self.assertRaisesRegex(UserError, "C-9 of Plant East is Stent, but the line is for Gloves"),
            self.cr.savepoint(),
        ):
            picking._action_done()
        gloves.quantity = 0
        picking.with_context(skip_backorder=True, cancel_backorder=False).button_validate()
        self.assertEqual(picking.move_ids.filtered(lambda move: move.state == "done").product_id, self.pen)

    def test_done_lines_keep_their_code(self):
        picking = self._picking("in", [(self.pen, 1)])
        picking.move_ids.picked = True
        picking._action_done()
        with self.assertRaisesRegex(UserError, "settled"):
            picking.move_ids.medical_plant_code = "A-4711"

    def test_lot_prefix(self):
        picking = self._picking("in", [(self.gloves, 4)])
        line = picking.move_line_ids
        line.lot_name = "E-77"
        self.assertEqual(line.lot_name, "77")
        line.lot_name = "E-"
        self.assertEqual(line.lot_name, "E-")
        made = line.copy({"lot_name": "E-78", "quantity": 1})
        self.assertEqual(made.lot_name, "78")

    def test_scans_of_plant_codes(self):
        """A plant's own barcode, and a GTIN that is registered nowhere but mapped."""
        self._map("item", "P-12", product_id=self.pen.id, uom_id=self.box.id)
        self._map("item", gtin(7777), product_id=self.gloves.id, uom_id=self.box.id)
        picking = self._picking("in", [(self.pen, 20), (self.gloves, 20)]).with_user(self.clerk)
        answer = picking.medical_scan("P-12")
        self.assertEqual((answer["status"], answer["quantity"]), ("ok", 10), answer["message"])
        self.assertEqual(answer["progress"], {"done": 10, "expected": 20})
        answer = picking.medical_scan(f"01{gtin(7777)}1728123110E-5")
        self.assertEqual((answer["status"], answer["quantity"]), ("ok", 10), answer["message"])
        line = picking.move_line_ids.filtered(lambda line: line.product_id == self.gloves and line.udi_scanned_quantity)
        self.assertEqual(line.lot_name, "5")
        picking.medical_scan(f"01{gtin(7777)}1728123110E-5")
        self.assertEqual((line.udi_scanned_quantity, line.quantity), (20, 20))
        answer = picking.medical_scan("A-4711")
        self.assertEqual((answer["status"], answer["code"]), ("refused", "no_lot"))
        answer = picking.medical_scan("P-13")
        self.assertEqual((answer["status"], answer["code"]), ("refused", "not_a_udi"))
        self._map("item", "S-1", product_id=self.stent.id)
        answer = picking.medical_scan("S-1")
        self.assertEqual((answer["status"], answer["code"]), ("refused", "wrong_product"))

    def test_scans_without_plant_are_read_where_all_mean_the_same(self):
        self._map("item", "P-12", product_id=self.pen.id)
        delivery = self._picking("out", [(self.pen, 3)], self.env["res.partner"].create({"name": "Nobody's"}))
        self.env["stock.quant"]._update_available_quantity(self.pen, self.warehouse.lot_stock_id, 5)
        delivery.action_assign()
        self.assertEqual(delivery.with_user(self.clerk).medical_scan("P-12")["status"], "ok")
        other = self.env["medical.code.source"].create({"name": "Plant West"})
        row = self.env["medical.code.map"].create({"source_id": other.id, "code": "P-12", "product_id": self.gloves.id})
        self.assertEqual(delivery.with_user(self.clerk).medical_scan("P-12")["status"], "refused")
        row.product_id = self.pen
        self.assertEqual(delivery.with_user(self.clerk).medical_scan("P-12")["status"], "ok")

    def test_form_fills_the_product(self):
        form = Form(
            self.env["stock.picking"]
            .with_user(self.clerk)
            .with_context(default_picking_type_id=self.warehouse.in_type_id.id, default_partner_id=self.vendor.id)
        )
        with form.move_ids.new() as line:
            line.medical_plant_code = "A-4711-K"
            self.assertEqual(line.product_id, self.gloves)
        picking = form.save()
        self.assertEqual((picking.move_ids.product_uom, picking.move_ids.medical_plant_code), (self.box, "A-4711-K"))

    def test_a_code_means_one_thing(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation), self.cr.savepoint():
            self._map("item", " A-4711 ", product_id=self.stent.id)
        self.item.active = False
        self.env.flush_all()
        self._map("item", "A-4711", product_id=self.stent.id)

    def test_senseless_mappings_are_refused(self):
        kilo = self.env.ref("uom.product_uom_kgm")
        for message, kind, values in (
            ("choose the product", "item", {}),
            ("choose the unit", "unit", {}),
            ("Only item codes", "lot", {"product_id": self.gloves.id}),
            ("cannot be converted", "item", {"product_id": self.gloves.id, "uom_id": kilo.id}),
            ("prefix here begins with it", "lot", {"lot_prefix": "X-1"}),
        ):
            with self.subTest(message), self.assertRaisesRegex(ValidationError, message), self.cr.savepoint():
                self._map(kind, "X", **values)

    def test_import_by_names(self):
        result = (
            self.env["medical.code.map"]
            .with_user(self.quality)
            .load(
                ["source_id", "kind", "code", "product_id"],
                [["Plant East", "Item", "N-1", "Gloves"], ["Plant East", "Item", "N-2", "No such product"]],
            )
        )
        self.assertFalse(result["ids"])
        self.assertIn((1, "product_id"), [(message["record"], message.get("field")) for message in result["messages"]])
        result = (
            self.env["medical.code.map"]
            .with_user(self.quality)
            .load(["source_id", "kind", "code", "product_id"], [["Plant East", "Item", "N-1", "Gloves"]])
        )
        self.assertEqual(self.env["medical.code.map"].browse(result["ids"]).product_id, self.gloves)

    def test_history(self):
        self.item.with_user(self.quality).product_id = self.stent
        entry = self.env["medical.audit.entry"].search(
            [("model", "=", "medical.code.map"), ("res_id", "=", self.item.id), ("field_name", "=", "product_id")]
        )
        self.assertEqual(entry.user_id, self.quality)
        self.assertIn("Gloves", entry.old_value)
        self.assertIn("Stent", entry.new_value)

    def test_roles(self):
        for user in (self.clerk, self.auditor):
            self.assertTrue(self.item.with_user(user).code)
            with self.assertRaises(AccessError):
                self.item.with_user(user).code = "Z"
            with self.assertRaises(AccessError):
                self.source.with_user(user).name = "Z"
        picking = self._picking("in", [(self.pen, 1)])
        with self.assertRaises(AccessError):
            picking.with_user(self.auditor).medical_receive_by_code([{"code": "A-4711", "quantity": 1}])

    def test_other_companies(self):
        other = self.env["res.company"].create({"name": "Other UDI Company"})
        theirs = self.env["medical.code.source"].create(
            {"name": "Theirs", "company_id": other.id, "partner_ids": self.vendor.ids}
        )
        row = self.env["medical.code.map"].create({"source_id": theirs.id, "code": "T", "product_id": self.gloves.id})
        self.assertFalse(self.env["medical.code.map"].with_user(self.clerk).search([("id", "=", row.id)]))
        picking = self._picking("in", [(self.pen, 1)])
        self.assertEqual(picking.with_user(self.clerk)._medical_source(), self.source)
        with self.assertRaisesRegex(UserError, "not mapped"):
            self._move(picking, medical_plant_code="T")

    def test_many_lines_take_few_queries(self):
        def queries(count):
            picking = self._picking("in", [(self.pen, 1)])
            vals_list = [{"medical_plant_code": "A-4711", "picking_id": picking.id} for _number in range(count)]
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["stock.move"]._medical_resolve_vals(vals_list)
            self.assertEqual({vals["product_id"] for vals in vals_list}, set(self.gloves.ids))
            return self.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(2), queries(40))
