from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestPlanningMeasures(PlanningCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = fields.Date.today()
        cls.measures = {
            code: cls.env.ref(f"medical_planning.measure_{code}")
            for code in ("turnover_days", "service", "stockouts", "storage_cost", "receipts_on_time")
        }
        cls.stock, cls.customers = cls.warehouse.lot_stock_id, cls.env.ref("stock.stock_location_customers")
        cls.env["stock.quant"]._update_available_quantity(cls.gloves, cls.stock, 100)
        # 20 gloves left ten days ago; 30 stents came 60 days ago and left 40 days ago.
        cls._moved(cls.gloves, 20, cls.stock, cls.customers, 10)
        suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls._moved(cls.stent, 30, suppliers, cls.stock, 60)
        cls._moved(cls.stent, 30, cls.stock, cls.customers, 40)

    @classmethod
    def _moved(cls, product, quantity, source, target, days):
        move = cls.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "quantity": quantity,
                "picked": True,
                "location_id": source.id,
                "location_dest_id": target.id,
                "company_id": cls.company.id,
            }
        )
        move._action_done()
        move.date = fields.Datetime.now() - timedelta(days=days)

    def _figure(self, code, back, domain=Domain.TRUE):
        last = self.today - timedelta(days=1)
        found = self.measures[code]._figures(self.company, domain, last - timedelta(days=back - 1), last)
        return found[()].value if found else None

    def test_stock_by_hand(self):
        """50 days: gloves 100 then 80 for the last ten, stents 30 for ten days."""
        gloves = 100 * 40 + 80 * 10
        stents = 30 * 10
        self.assertAlmostEqual(self._figure("turnover_days", 50), (gloves + stents) / (20 + 30))
        self.assertAlmostEqual(self._figure("storage_cost", 50), 0.2 * 5 * (gloves + stents) / 50)
        empty = self._figure("stockouts", 50, Domain("product_id", "=", self.stent.id))
        self.assertAlmostEqual(empty, 100 * 39 / 50)
        self.assertAlmostEqual(self._figure("stockouts", 50), empty / 2)
        self.assertAlmostEqual(self._figure("service", 50), 100 * (20 + 30 * 11 / 50) / 50)
        for domain in (
            Domain("warehouse_id", "=", 0),
            Domain("category_id", "child_of", self.env["product.category"].create({"name": "Empty"}).id),
        ):
            self.assertIsNone(self._figure("storage_cost", 50, domain))
        scope = Domain("warehouse_id", "=", self.warehouse.id) & Domain("category_id", "child_of", self.category.id)
        self.assertEqual(self._figure("service", 50, scope), self._figure("service", 50))
        with self.assertRaisesRegex(UserError, "without 'or' and 'not'"):
            self._figure("service", 50, Domain("warehouse_id", "=", 1) | Domain("product_id", "=", 2))

    def test_periods_add_up(self):
        """Months come to the same as all their days: stock in full, what depends on the demand of a month by its own."""
        last = (self.today.replace(day=1) - timedelta(days=1)).replace(day=1) - timedelta(days=1)
        first = (last - timedelta(days=150)).replace(day=1)
        measure = self.measures["storage_cost"]
        whole = measure._rows(self.company, Domain.TRUE, first, last)
        months = measure._rows(self.company, Domain.TRUE, first, last, ("month", "warehouse_id", "category_id"))
        self.assertAlmostEqual(sum(row[-2] for row in whole), sum(row[-2] for row in months))
        self.assertEqual({row[1:3] for row in months}, {(self.warehouse.id, self.category.id)})
        days = [first + timedelta(days=day) for day in range((last - first).days + 1)]
        self.assertEqual({row[0] for row in months}, {day.replace(day=1) for day in days})

    def test_a_night_reads_the_stock_once(self):
        four = [self.measures[code] for code in ("turnover_days", "service", "stockouts", "storage_cost")]
        next_month = (self.today.replace(day=1) + timedelta(days=31)).replace(day=1)

        def statements(measures):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with freeze_time(next_month):
                for measure in measures:
                    measure._freeze()
            return self.env.cr.sql_log_count - before

        one = statements(four[0]._together())
        together = (four[1] + four[2] + four[3])._together()
        companies = self.env["res.company"].search_count([])
        self.assertLess(statements(together), one + 2 * (10 + 8 * companies))
        values = self.env["medical.measure.value"].search([("company_id", "=", self.company.id)])
        self.assertEqual(set(values.measure_id.ids), {measure.id for measure in four})

    # Receipts

    def _ordered(self, quantity, due):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "company_id": self.company.id,
                "order_line": [
                    (
                        0,
                        0,
                        {"product_id": self.gloves.id, "product_qty": quantity, "price_unit": 1, "date_planned": due},
                    )
                ],
            }
        )
        order.button_confirm()
        self.env.flush_all()
        return order

    def _received(self, order, quantity, moment):
        picking = order.picking_ids.filtered(lambda one: one.state not in ("done", "cancel"))
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking.with_context(skip_backorder=True, picking_ids_not_to_backorder=[]).button_validate()
        self.assertEqual(picking.state, "done")
        picking.move_ids.date = moment

    def test_receipts_on_time(self):
        due = fields.Datetime.now().replace(hour=12) - timedelta(days=10)
        due -= timedelta(days=max(0, due.weekday() - 4))
        self._received(self._ordered(10, due), 10, due)
        self._ordered(10, due)
        late = self._ordered(20, due)
        self._received(late, 5, due - timedelta(days=1))
        # The vendor asks for more time: the promise stays.
        late.order_line.date_planned = due + timedelta(days=4)
        self._received(late, 15, due + timedelta(days=2))
        self.assertEqual(late.order_line.medical_promised, due)
        self.assertAlmostEqual(self._figure("receipts_on_time", 30), 100 * 15 / 40)
        vendor = Domain("partner_id", "=", self.vendor.id)
        self.assertAlmostEqual(self._figure("receipts_on_time", 30, vendor), 37.5)
        late.order_line.medical_promised = False
        self.assertAlmostEqual(
            self._figure("receipts_on_time", 30), 100 * 30 / 40, msg="an order from before: in time by now"
        )
        late.order_line.medical_promised = due
        draft = late.copy()
        self.assertFalse(draft.order_line.medical_promised)
        action = self.measures["receipts_on_time"]._action_facts(
            self.company, vendor, due.date() - timedelta(days=1), due.date()
        )
        self.assertEqual(len(self.env[action["res_model"]].search(action["domain"])), 3)
