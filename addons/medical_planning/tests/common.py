from odoo.addons.medical_forecast.tests.common import ForecastCase


class PlanningCase(ForecastCase):
    """Reorder rules of two products under one policy."""

    feature = "medical_planning.scope_feature_planning"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["medical.policy"].search([("company_id", "=", cls.company.id)])

    def _proposal(self, run, product):
        return run.proposal_ids.filtered(lambda proposal: proposal.product_id == product)

    def _rule(self, product, **values):
        return self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": product.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "company_id": self.company.id,
                "product_min_qty": 10.0,
                "product_max_qty": 20.0,
                **values,
            }
        )
