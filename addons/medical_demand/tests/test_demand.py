from datetime import datetime

from odoo.tests import tagged

from .common import AS_OF, DemandCase


@tagged("post_install", "-at_install")
class TestDemand(DemandCase):
    """What counts as demand, straight from done moves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock = cls.warehouse.lot_stock_id
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.production = cls.gloves.with_company(cls.company).property_stock_production
        cls.scrap = cls.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.second = cls.env["stock.warehouse"].create({"name": "Second", "code": "SEC", "company_id": cls.company.id})

    def _move(self, quantity, source, target, when, **values):
        move = self.env["stock.move"].create(
            {
                "product_id": self.gloves.id,
                "product_uom_qty": quantity,
                "product_uom": self.gloves.uom_id.id,
                "location_id": source.id,
                "location_dest_id": target.id,
                "company_id": self.company.id,
                **values,
            }
        )
        move._action_confirm()
        move.quantity = quantity
        move.picked = True
        move._action_done()
        move.date = datetime.fromisoformat(when)
        return move

    def _demand(self, warehouse=None):
        pair = (self.gloves.id, (warehouse or self.warehouse).id)
        panel = self.env["medical.demand.panel"]._load(self.company, [pair], AS_OF)
        return {
            str(start): value for start, value in zip(panel.starts, panel.quantity[0], strict=True) if value == value
        }, dict(zip(map(str, panel.starts), panel.stockout_days[0], strict=True))

    def test_consumption_net_of_returns(self):
        self._move(500, self.suppliers, self.stock, "2026-01-02")
        self._move(30, self.stock, self.customers, "2026-03-05")
        self._move(12, self.stock, self.production, "2026-03-20")
        delivered = self._move(50, self.stock, self.customers, "2026-04-02")
        self._move(8, self.customers, self.stock, "2026-05-09", origin_returned_move_id=delivered.id)
        # Neither scrap, nor a transfer, nor output of production is demand.
        self._move(5, self.stock, self.scrap, "2026-04-10")
        self._move(40, self.stock, self.second.lot_stock_id, "2026-04-11")
        self._move(25, self.production, self.stock, "2026-04-12")
        demand, _out = self._demand()
        self.assertEqual(demand, {"2026-03-01": 42.0, "2026-04-01": 50.0, "2026-05-01": -8.0, "2026-06-01": 0.0})
        self.assertEqual(self._demand(self.second)[0], {})

    def test_units_and_weeks(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        self._move(500, self.suppliers, self.stock, "2026-01-02")
        self._move(2, self.stock, self.customers, "2026-06-10", product_uom=dozen.id)
        self.assertEqual(self._demand()[0], {"2026-06-01": 24.0})
        self.company.medical_period = "week"
        demand, _out = self._demand()
        self.assertEqual(demand["2026-06-08"], 24.0)
        # The week of 29 June has not ended at the as-of date.
        self.assertEqual(list(demand), ["2026-06-08", "2026-06-15", "2026-06-22"])

    def test_days_without_stock(self):
        """Days with nothing in the morning and nothing at night are counted, back from today's stock."""
        self._move(10, self.suppliers, self.stock, "2026-03-01")
        self._move(10, self.stock, self.customers, "2026-03-20")
        self._move(10, self.suppliers, self.stock, "2026-04-11")
        self._move(4, self.stock, self.customers, "2026-05-05")
        _demand, out = self._demand()
        self.assertEqual(out["2026-03-01"], 11)
        self.assertEqual(out["2026-04-01"], 10)
        self.assertEqual(out["2026-05-01"], 0)

    def test_import_replaces_the_period(self):
        self._move(100, self.suppliers, self.stock, "2026-01-02")
        self._move(30, self.stock, self.customers, "2026-05-05")
        self._move(7, self.stock, self.customers, "2026-06-05")
        self._import({self.gloves: lambda position: 11}, count=36)
        history = self.env["medical.demand.history"].search([("company_id", "=", self.company.id)])
        history.filtered(lambda row: str(row.date) == "2026-06-01").action_flag()
        demand, _out = self._demand()
        self.assertEqual((demand["2026-05-01"], demand["2026-06-01"]), (11.0, 7.0))

    def test_queries_do_not_grow_with_products(self):
        """The panel of ten products costs as many queries as that of two."""
        products = [self._product(f"Many {number}", f"T-M{number}") for number in range(10)]
        pairs = [(product.id, self.warehouse.id) for product in products]
        load = self.env["medical.demand.panel"]._load
        load(self.company, pairs[:2], AS_OF)
        counts = []
        for some in (pairs[:2], pairs):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            load(self.company, some, AS_OF)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
