from odoo.tests import HttpCase, tagged

from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestScanTour(HttpCase, MedicalUdiCase):
    def _open(self, picking, tour):
        self.start_tour(f"/odoo/action-stock.action_picking_tree_all/{picking.id}", tour, login=self.clerk.login)

    def _refused(self, picking):
        scans = self.env["medical.udi.scan"].search(
            [("picking_id", "=", picking.id), ("result", "=", "refused")], order="id"
        )
        return scans.mapped("code")

    def test_scan_on_a_receipt(self):
        """Key events of scanners in all the ways they send the separator; the receipt is filled, compared and validated."""
        self.company.medical_udi_separators = "~"
        picking = self._picking("in", [(self.stent, 7)])
        self._open(picking, "medical_udi_scan_tour")
        self.assertEqual(picking.state, "done")
        lots = picking.move_line_ids.lot_id
        self.assertEqual(sorted(lots.mapped("name")), [f"S{number}" for number in range(1, 8)])
        self.assertEqual((lots.udi_di_id, set(lots.mapped("udi_lot"))), (self.stent_di, {"B7"}))
        self.assertEqual(self._refused(picking), ["not_a_udi", "truncated"])

    def test_deliver_by_scan_with_a_refusal(self):
        self._switch_on()
        self._stock(self.gloves, "OLD", 20, self.gloves_di, expiration_date="2020-01-01 12:00:00")
        good = self._stock(self.gloves, "GOOD", 30, self.gloves_di)
        picking = self._picking("out", [(self.gloves, 11)])
        picking.picking_type_id.udi_scan_required = True
        self._open(picking, "medical_udi_deliver_tour")
        self.assertEqual((picking.state, good.product_qty), ("done", 19))
        self.assertEqual(self._refused(picking), ["expired", "wrong_product"])

    def test_count_by_scan(self):
        good = self._stock(self.gloves, "GOOD", 30, self.gloves_di)
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id, "barcode": "SHELF-1"}
        )
        self.clerk.group_ids |= self.env.ref("stock.group_stock_multi_locations") | self.env.ref(
            "stock.group_production_lot"
        )
        self.start_tour("/odoo/physical-inventory", "medical_udi_count_tour", login=self.clerk.login)
        counted = {
            quant.location_id: quant.inventory_quantity for quant in good.quant_ids.filtered("inventory_quantity_set")
        }
        self.assertEqual(counted, {self.warehouse.lot_stock_id: 10, shelf: 10})
        new = self.env["stock.lot"].search([("name", "=", "NEW"), ("product_id", "=", self.gloves.id)])
        self.assertEqual((new.udi_di_id, new.quant_ids.inventory_quantity), (self.gloves_di, 10))
