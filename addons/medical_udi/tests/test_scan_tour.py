from odoo.tests import HttpCase, tagged

from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestScanTour(HttpCase, MedicalUdiCase):
    def test_scan_on_a_receipt(self):
        """Real key events: a scanner's Ctrl+], F8 and Alt+029, a wrong box, and the receipt is filled."""
        picking = self._picking("in", [(self.stent, 3)])
        self.start_tour(
            f"/odoo/action-stock.action_picking_tree_all/{picking.id}", "medical_udi_scan_tour", login="udi_clerk"
        )
        lines = picking.move_line_ids.filtered("udi_scanned_quantity")
        self.assertEqual(sorted(lines.mapped("lot_name")), ["S1", "S2", "S3"])
        self.assertEqual(lines.udi_di_id, self.stent_di)
        refused = self.env["medical.udi.scan"].search([("picking_id", "=", picking.id), ("result", "=", "refused")])
        self.assertEqual(refused.mapped("code"), ["truncated", "not_a_udi"])
