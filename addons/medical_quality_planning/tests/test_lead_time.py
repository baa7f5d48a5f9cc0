from datetime import date, datetime, timedelta

from odoo import Command
from odoo.tests import tagged

from odoo.addons.medical_quality.tests.common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestReleaseTime(MedicalQualityCase):
    def test_release_is_part_of_the_lead_time(self):
        """Ordered on day 0, received on day 10, released on day 13: the goods could be used after 13 days."""
        controlled, free = products = self.stent + self.pen
        products.seller_ids = [Command.create({"partner_id": self.vendor.id})]
        ordered = datetime(2026, 3, 2, 8)
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_qty": 5, "price_unit": 1})
                    for product in products
                ],
            }
        )
        order.button_confirm()
        order.date_approve = ordered
        for line in order.picking_ids.move_line_ids:
            line.write({"lot_name": f"LOT-{line.product_id.name}", "quantity": 5, "picked": True})
        order.picking_ids._action_done()
        order.picking_ids.move_ids.date = ordered + timedelta(days=10)
        lot = self.env["stock.lot"].search([("name", "=", "LOT-Stent")])
        measure = self.env["medical.lead.time"]._measure
        self.assertEqual(measure(self.company, products.ids, date(2026, 4, 1))[0][controlled.id, self.vendor.id][1], 10)
        lot._guarded_write({"quality_state": "released", "quality_decided": ordered + timedelta(days=13)})
        by_product, _by_vendor = measure(self.company, products.ids, date(2026, 4, 1))
        self.assertEqual(by_product[controlled.id, self.vendor.id][1], 13)
        self.assertEqual(by_product[free.id, self.vendor.id][1], 10)
