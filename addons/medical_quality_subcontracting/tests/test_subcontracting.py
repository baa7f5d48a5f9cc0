from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.medical_quality.tests.common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestSubcontracting(MedicalQualityCase):
    """A coated stent is made outside of a stent that we send there; both are under quality control."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Core makes the order at the subcontractor in the name of who confirms the receipt.
        cls.clerk.group_ids |= cls.env.ref("mrp.group_mrp_user")
        cls.coater = cls.env["res.partner"].create({"name": "Coater"})
        cls.coated = cls._product("Coated Stent", cls.devices)
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.coated.product_tmpl_id.id,
                "type": "subcontract",
                "company_id": cls.company.id,
                "subcontractor_ids": [(6, 0, cls.coater.ids)],
                "bom_line_ids": [(0, 0, {"product_id": cls.stent.id, "product_qty": 1})],
            }
        )
        cls.outside = cls.coater.with_company(cls.company).property_stock_subcontractor
        cls.plan = cls.env["medical.inspection.plan"].create(
            {
                "name": "Coated",
                "operation": "receipt",
                "product_ids": [(6, 0, cls.coated.ids)],
                "company_id": cls.company.id,
                "sampling": "fixed",
                "label_check": False,
                "characteristic_ids": [(0, 0, {"name": "Surface", "kind": "attribute"})],
            }
        )

    def _component(self, name="WIRE"):
        return self._lot(name, 5, location=self.outside, state="released")

    def _receipt(self, name="C1", quantity=4, component=None, user=None):
        picking = (
            self.env["stock.picking"]
            .with_user(user or self.clerk)
            .create(
                {
                    "picking_type_id": self.warehouse.in_type_id.id,
                    "partner_id": self.coater.id,
                    "location_id": self.suppliers.id,
                    "location_dest_id": self.stock.id,
                    "company_id": self.company.id,
                    "move_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": self.coated.id,
                                "product_uom_qty": quantity,
                                "product_uom": self.coated.uom_id.id,
                                "location_id": self.suppliers.id,
                                "location_dest_id": self.stock.id,
                                "company_id": self.company.id,
                            },
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        lot = self.env["stock.lot"].search([("name", "=", name), ("product_id", "=", self.coated.id)]) or self._lot(
            name, product=self.coated
        )
        picking.move_ids.move_line_ids.write({"lot_id": lot.id, "quantity": quantity})
        picking.move_ids.picked = True
        production = picking.sudo()._get_subcontract_production()
        if component:
            production.move_raw_ids.move_line_ids.lot_id = component
        return picking, lot

    def test_it_comes_in_as_an_arrival_in_quarantine_with_its_inspection(self):
        wire = self._component()
        picking, lot = self._receipt(component=wire)
        self._validate(picking)
        self.assertEqual(picking.state, "done")
        self.assertEqual((lot.quality_state, lot.quality_blocked, self._quantity(lot)), ("quarantine", True, 4))
        self.assertEqual(self._quantity(lot, self.outside), 0)
        [inspection] = lot.quality_inspection_ids
        self.assertEqual(
            (inspection.operation, inspection.partner_id, inspection.picking_id, inspection.location_id),
            ("receipt", self.coater, picking, self.stock),
        )
        self.assertEqual((inspection.plan_id, inspection.quantity), (self.plan, 4))
        self.assertEqual(self._quantity(wire, self.outside), 1)
        delivery = self._move(self.stock, self.customers, lot)
        with self.assertRaisesRegex(UserError, "C1 of Coated Stent is in quarantine"), self.cr.savepoint():
            self._line(delivery, lot).move_id._action_done()

    def test_a_second_receipt_of_the_number_is_not_free_either(self):
        _picking, lot = self._receipt(component=self._component())
        self._validate(_picking)
        picking, again = self._receipt(quantity=1, component=self._component("WIRE 2"))
        self._validate(picking)
        self.assertEqual((again, len(lot.quality_inspection_ids), self._quantity(lot)), (lot, 2, 5))

    def test_components_at_the_subcontractor_are_judged(self):
        good = self._component()
        held = self._component("HELD")
        self._hold(held)
        unreleased = self._lot("NEW", 5, location=self.outside)
        old = self._component("OLD")
        old._udi_correct({"expiration_date": "2020-01-01 12:00:00"}, "misread")
        for component, why in ((held, "is on hold"), (unreleased, "in quarantine"), (old, "expired")):
            with self.subTest(component.name), self.cr.savepoint() as savepoint:
                with self.assertRaisesRegex(UserError, f"{component.name} of Stent .*{why}"), self.cr.savepoint():
                    picking, _lot = self._receipt(component=component)
                    self._validate(picking)
                self.assertEqual(self._quantity(component, self.outside), 5)
                savepoint.rollback()
        picking, _lot = self._receipt(component=good)
        self._validate(picking)
        self.assertEqual(picking.state, "done")

    def test_only_what_was_made_there_comes_in_undecided(self):
        blocked = self._lot("BLOCKED", 5, location=self.outside)
        picking = self._move(self.outside, self.stock, blocked)
        with self.assertRaisesRegex(UserError, "BLOCKED of Stent is in quarantine"), self.cr.savepoint():
            self._line(picking, blocked).move_id._action_done()
        picking.move_ids.is_subcontract = True
        with self.assertRaisesRegex(UserError, "BLOCKED of Stent is in quarantine"), self.cr.savepoint():
            self._line(picking, blocked).move_id._action_done()

    def test_a_blocked_component_is_not_sent_there(self):
        blocked = self._lot("BLOCKED", 5)
        picking = self._move(self.stock, self.outside, blocked)
        with self.assertRaisesRegex(UserError, "BLOCKED of Stent is in quarantine"), self.cr.savepoint():
            self._line(picking, blocked).move_id._action_done()

    def test_the_subcontractor_is_its_vendor(self):
        picking, lot = self._receipt(component=self._component())
        self._validate(picking)
        self.assertEqual(lot.quality_vendor_ids, self.coater)
        for partner, works in ((self.vendor, False), (self.coater, True)):
            back = self._move(self.stock, self.suppliers, lot)
            back.write({"partner_id": partner.id, "location_dest_id": self.suppliers.id})
            line = self._line(back, lot)
            if works:
                line.move_id._action_done()
                self.assertEqual(line.state, "done")
            else:
                with self.assertRaisesRegex(UserError, "to Coater and not to Quality Test Vendor"), self.cr.savepoint():
                    line.move_id._action_done()
