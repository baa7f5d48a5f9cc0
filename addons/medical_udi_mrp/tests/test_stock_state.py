from odoo.tests import tagged

from .common import MedicalUdiMrpCase


@tagged("post_install", "-at_install")
class TestStockState(MedicalUdiMrpCase):
    def _states(self, product):
        return dict(
            self.env["medical.stock.state"]._read_group([("product_id", "=", product.id)], ["state"], ["quantity:sum"])
        )

    def _ledger(self):
        return dict(
            self.env["stock.quant"]._read_group(
                [("location_id.usage", "in", ("internal", "transit")), ("company_id", "=", self.company.id)],
                ["product_id"],
                ["quantity:sum"],
            )
        )

    def _sums(self):
        return dict(
            self.env["medical.stock.state"]._read_group(
                [("company_id", "=", self.company.id)], ["product_id"], ["quantity:sum"]
            )
        )

    def test_components_are_raw(self):
        self.assertEqual(self._states(self.gloves), {"raw": 20})
        self.bom.active = False
        self.assertEqual(self._states(self.gloves), {"finished": 20})

    def test_issued_components_are_in_production_until_done(self):
        order = self._order(2)
        self.assertEqual(self._states(self.gloves), {"raw": 20})
        gloves = order.move_raw_ids.filtered(lambda move: move.product_id == self.gloves)
        gloves.picked = True
        self.assertEqual(self._states(self.gloves), {"raw": 16, "production": 4})
        self.assertEqual(self._sums(), self._ledger())
        rows = self.env["medical.stock.state"].search([("product_id", "=", self.gloves.id)])
        self.assertEqual(len(set(rows.ids)), 3)
        gloves.picked = False
        self.assertEqual(self._states(self.gloves), {"raw": 20})

    def test_done_orders_leave_finished_goods(self):
        order = self._produce(self._order())
        order.button_mark_done()
        self.assertEqual(self._states(self.set), {"finished": 1})
        self.assertEqual(self._states(self.gloves), {"raw": 18})
        self.assertEqual(self._sums(), self._ledger())

    def test_what_was_brought_to_the_line(self):
        self.warehouse.manufacture_steps = "pbm"
        self.env["stock.quant"]._update_available_quantity(self.pen, self.warehouse.pbm_loc_id, 3)
        self.assertEqual(self._states(self.pen), {"raw": 50, "production": 3})
        self.warehouse.pbm_loc_id.medical_stock_state = "transit"
        self.assertEqual(self._states(self.pen), {"raw": 50, "transit": 3})
