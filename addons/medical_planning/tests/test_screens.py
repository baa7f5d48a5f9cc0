from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestScreens(PlanningCase):
    """What the screens show beside the stored fields."""

    def test_why_tells_everything_and_escapes_names(self):
        self.gloves.uom_id = self.env["uom.uom"].create(
            {"name": "<b>box</b>", "relative_factor": 1, "relative_uom_id": self.env.ref("uom.product_uom_unit").id}
        )
        self.vendor.name = "<script>alert(1)</script>"
        self._import()
        run = self._run(self.planner)
        series = self._series(run, self.gloves).with_user(self.planner)
        why = str(series.why)
        self.assertNotIn("<script>", why)
        self.assertNotIn("<b>box</b>", why)
        self.assertIn("&lt;script&gt;", why)
        for part in ("Methods", "naive", "Last periods", "Lead time", self.policy.name, "Reorder rule", "New rule"):
            self.assertIn(part, why)

    def test_why_of_what_is_not_planned(self):
        lost = self._product("Without vendor", "T-LOST", sellers=[])
        self._import({lost: lambda position: 10 + position % 3})
        series = self._series(self._run(self.planner), lost)
        self.assertIn("Not planned", str(series.why))
        self.assertEqual(series.proposal_count, 0)

    def test_chart_holds_history_and_forecast(self):
        self._import()
        series = self._series(self._run(), self.gloves)
        chart = series.chart
        self.assertEqual(len(chart["history"]), len(self._months()))
        self.assertEqual(len(chart["forecast"]), self.company.medical_horizon)
        self.assertTrue(all(point["low"] <= point["high"] for point in chart["forecast"]))
        self.assertEqual(self._proposal(series.run_id, self.gloves).forecast_chart, chart)

    def test_counts_and_links(self):
        self._import()
        rule = self._rule(self.gloves)
        run = self._run(self.planner)
        series = self._series(run, self.gloves).with_user(self.planner)
        proposal = self._proposal(run, self.gloves).with_user(self.planner)
        self.assertRecordValues(series, [{"proposal_count": 1, "rule_count": 1}])
        self.assertEqual(run.proposal_count, len(run.proposal_ids))
        self.assertEqual(series.action_open_proposals()["res_id"], proposal.id)
        self.assertEqual(proposal.action_view_forecast()["res_id"], series.id)
        self.assertEqual(proposal.action_view_rule()["domain"], [("id", "=", rule.id)])
        self.assertIn("Forecasting", run.timings_text)
        action = self.gloves.product_tmpl_id.with_user(self.planner).action_medical_forecast()
        self.assertEqual(action["res_id"], series.id)

    def test_leave_rule_to_people(self):
        self._import()
        rule = self._rule(self.gloves)
        proposal = self._proposal(self._run(self.planner), self.gloves)
        buyer = self._user("buyer")
        with self.assertRaises(AccessError):
            proposal.with_user(buyer).action_leave_to_people()
        proposal.with_user(self.planner).action_leave_to_people()
        self.assertTrue(rule.medical_by_hand)
        self.assertEqual(proposal.state, "rejected")
        again = self._run(self.planner)
        self.assertEqual(self._series(again, self.gloves).outcome, "by_hand")
