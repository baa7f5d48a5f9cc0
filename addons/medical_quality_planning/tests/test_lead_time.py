from datetime import date, datetime, timedelta

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestReleaseTime(TransactionCase):
    def test_release_is_part_of_the_lead_time(self):
        """Ordered on day 0, received on day 10, released on day 13: the goods could be used after 13 days."""
        company = self.env.ref("base.main_company")
        category = self.env["product.category"].create({"name": "Lead Time Devices"})
        self.env["medical.scope"].create(
            {
                "feature_id": self.env.ref("medical_quality.scope_feature_quality").id,
                "company_id": company.id,
                "category_id": category.id,
                "valid_from": "2020-01-01",
            }
        ).action_activate()
        vendor = self.env["res.partner"].create({"name": "Lead Time Vendor"})
        controlled, free = self.env["product.product"].create(
            [
                {
                    "name": name,
                    "is_storable": True,
                    "tracking": "lot",
                    "seller_ids": [(0, 0, {"partner_id": vendor.id})],
                    **more,
                }
                for name, more in (("Controlled", {"categ_id": category.id}), ("Free", {}))
            ]
        )
        ordered = datetime(2026, 3, 2, 8)
        order = self.env["purchase.order"].create(
            {
                "partner_id": vendor.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_qty": 5, "price_unit": 1})
                    for product in controlled + free
                ],
            }
        )
        order.button_confirm()
        order.date_approve = ordered
        for line in order.picking_ids.move_line_ids:
            line.write({"lot_name": f"LOT-{line.product_id.name}", "quantity": 5, "picked": True})
        order.picking_ids._action_done()
        order.picking_ids.move_ids.date = ordered + timedelta(days=10)
        lot = self.env["stock.lot"].search([("product_id", "=", controlled.id)])
        measure = self.env["medical.lead.time"]._measure
        products = (controlled + free).ids
        self.assertEqual(measure(company, products, date(2026, 4, 1))[0][controlled.id, vendor.id][1], 10)
        lot._guarded_write({"quality_state": "released", "quality_decided": ordered + timedelta(days=13)})
        by_product, _by_vendor = measure(company, products, date(2026, 4, 1))
        self.assertEqual(by_product[controlled.id, vendor.id][1], 13)
        self.assertEqual(by_product[free.id, vendor.id][1], 10)
