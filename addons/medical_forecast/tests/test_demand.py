from odoo.tests import tagged

from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestDemand(ForecastCase):
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

    def test_net_returns_are_repaired_and_the_repair_can_be_undone(self):
        self._import({self.stent: lambda position: 5})
        values = {position: 100 for position in range(36)} | {20: 4000}
        self._import({self.gloves: lambda position: values[position]})
        run = self._run()
        repair = self.env["medical.demand.repair"].search([("product_id", "=", self.gloves.id)])
        self.assertEqual((repair.rule, repair.old_value, repair.run_id), ("outlier", 4000.0, run))
        self.assertLess(max(self._series(run, self.gloves).history["values"]), 4000)
        repair.with_user(self.planner).action_revert()
        again = self._run()
        self.assertEqual(max(self._series(again, self.gloves).history["values"]), 4000)
        self.assertEqual(self.env["medical.demand.repair"].search_count([("product_id", "=", self.gloves.id)]), 1)
