from datetime import timedelta

from odoo.fields import Datetime
from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestAlerts(PlanningCase):
    def _alerts(self, **values):
        domain = [("company_id", "=", self.company.id), *((name, "=", value) for name, value in values.items())]
        return self.env["medical.forecast.alert"].search(domain)

    def test_late_orders(self):
        self._import()
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "company_id": self.company.id,
                "picking_type_id": self.warehouse.in_type_id.id,
                "order_line": [(0, 0, {"product_id": self.gloves.id, "product_qty": 10, "price_unit": 1})],
            }
        )
        order.button_confirm()
        order.order_line.date_planned = Datetime.now() - timedelta(days=20)
        self._run()
        alert = self._alerts(kind="late_order")
        self.assertEqual((alert.purchase_line_id, alert.severity), (order.order_line, "1_high"))
        self.assertEqual(alert.action_view_source()["res_id"], order.id)
        order.order_line.date_planned = Datetime.now() + timedelta(days=5)
        self._run()
        self.assertEqual(alert.state, "closed")

    def _move(self, source, target, quantity, day, count=1):
        moves = self.env["stock.move"].create(
            [
                {
                    "product_id": self.stent.id,
                    "product_uom_qty": quantity,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "company_id": self.company.id,
                }
                for _number in range(count)
            ]
        )
        moves._action_confirm()
        for move in moves:
            move.quantity = quantity
            move.picked = True
        moves._action_done()
        moves.date = day
        return moves

    def _receive_and_reject(self, rejects, day=None):
        """Goods come every month; so many of the last lot go back to the vendor."""
        vendors = self.env.ref("stock.stock_location_suppliers")
        stock = self.warehouse.lot_stock_id
        for month in self._months(12):
            self._move(vendors, stock, 100, month)
        return self._move(stock, vendors, 5, day or AS_OF - timedelta(days=3), rejects)

    def test_a_burst_of_rejects_opens_one_alert_with_an_owner(self):
        self._import()
        self._receive_and_reject(2)
        self._run()
        self.assertFalse(self._alerts(kind="reject_burst"), "two may be chance")
        self._move(self.warehouse.lot_stock_id, self.env.ref("stock.stock_location_suppliers"), 5, AS_OF)
        run = self._run()
        alert = self._alerts(kind="reject_burst")
        self.assertEqual((alert.product_id, alert.user_id), (self.stent, self.company._medical_owner()))
        self.assertEqual((alert.severity, alert.run_id), ("1_high", run))
        self.assertIn("3 rejects in 30 days", alert.sentence)
        self.assertIn("15 Units, while 100 were received", alert.sentence)
        self.assertEqual(len(self.env["stock.move"].search(alert.action_view_source()["domain"])), 3)
        self._run()
        self.assertEqual(self._alerts(kind="reject_burst"), alert)
        alert.with_user(self.planner).action_close()
        self._run()
        self.assertEqual(self._alerts(kind="reject_burst"), alert, "what a person closed stays closed")

    def test_rejects_that_are_usual_are_no_burst(self):
        self._import()
        stock, vendors = self.warehouse.lot_stock_id, self.env.ref("stock.stock_location_suppliers")
        self._receive_and_reject(3)
        for month in self._months(12)[:-1]:
            self._move(stock, vendors, 5, month, 3)
        self._run()
        self.assertFalse(self._alerts(kind="reject_burst"))

    def test_a_burst_passes(self):
        self._import()
        self._receive_and_reject(4, AS_OF.replace(day=1) - timedelta(days=5))
        self._run(as_of=AS_OF.replace(day=1) - timedelta(days=1))
        alert = self._alerts(kind="reject_burst")
        self.assertEqual(alert.state, "open")
        self._run()
        self.assertEqual((alert.state, alert.closed_by), ("closed", "passed"))

    def test_scrapped_goods_are_rejects_but_for_expired_ones(self):
        self._import()
        stock = self.warehouse.lot_stock_id
        self._receive_and_reject(1)
        lot = self.env["stock.lot"].create({"name": "OLD", "product_id": self.stent.id, "company_id": self.company.id})
        lot.expiration_date = Datetime.now() - timedelta(days=400)
        for expired in (True, True, True, False, False):
            scrap = self.env["stock.scrap"].create(
                {
                    "product_id": self.stent.id,
                    "scrap_qty": 1,
                    "location_id": stock.id,
                    "company_id": self.company.id,
                    "lot_id": expired and lot.id,
                }
            )
            scrap.do_scrap()
            scrap.move_ids.date = AS_OF - timedelta(days=2)
        self._run()
        self.assertIn("3 rejects", self._alerts(kind="reject_burst").sentence)
