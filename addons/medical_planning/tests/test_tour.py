from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from odoo.addons.medical_demand.tests.common import MONTHS

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestPlannerTour(PlanningCase, HttpCase):
    def test_planner_tour(self):
        """From the proposal over its forecast to the reorder rule, as a planner."""
        self._import()
        self._switch_on()
        rule = self._rule(self.gloves, trigger="manual")
        run = self._run(self.planner)
        proposal = self._proposal(run, self.gloves)
        self.assertEqual(proposal.state, "review")
        self.start_tour("/odoo/medical-proposals", "medical_planning_planner_tour", login=self.planner.login)
        self.assertRecordValues(
            proposal, [{"state": "applied", "orderpoint_id": rule.id, "decided_by_id": self.planner.id}]
        )
        self.assertRecordValues(
            rule,
            [
                {
                    "product_min_qty": proposal.new_min,
                    "product_max_qty": proposal.new_max,
                    "medical_managed": True,
                }
            ],
        )


@tagged("post_install", "-at_install")
class TestBuyerTour(PlanningCase, HttpCase):
    @classmethod
    def _months(cls, count=MONTHS):
        # Suggest looks at the days from today on, so that the history has to end now.
        first = fields.Date.today().replace(day=1) - relativedelta(months=count)
        return [first + relativedelta(months=index) for index in range(count)]

    def test_buyer_tour(self):
        """A buyer fills a request for quotation from Suggest on the basis of the forecast."""
        self._import()
        self._run(self.planner)
        # Core keeps the settings of Suggest with the vendor: who uses it may edit contacts.
        buyer = self._user("tour_buyer", "buyer", "base.group_partner_manager")
        order = self.env["purchase.order"].with_user(buyer).create({"partner_id": self.vendor.id})
        self.start_tour(f"/odoo/purchase/{order.id}", "medical_planning_buyer_tour", login=buyer.login)
        line = order.order_line.filtered(lambda line: line.product_id == self.gloves)
        gloves = self.gloves.with_context(
            suggest_based_on="medical_forecast", suggest_days=7, suggest_percent=100, warehouse_id=self.warehouse.id
        ).with_company(self.company)
        self.assertGreater(line.product_qty, 0)
        self.assertEqual(line.product_qty, gloves.suggested_qty)
