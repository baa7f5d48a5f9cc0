from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PlanningCase

READ_ONLY = (
    "medical.forecast.run",
    "medical.forecast.series",
    "medical.forecast.line",
    "medical.reorder.proposal",
    "medical.policy",
    "medical.model.version",
    "medical.demand.repair",
)


@tagged("post_install", "-at_install")
class TestRoles(PlanningCase):
    people = (*PlanningCase.people, "clerk", "buyer", "auditor", "employee")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._import()
        cls.run_ = cls._run()
        cls.foreign_company = cls.env["res.company"].create({"name": "Foreign Company"})
        cls.foreigner = cls._user("foreigner", "planner", company=cls.foreign_company)

    def test_readers_read_and_change_nothing(self):
        for user in (self.clerk, self.buyer, self.auditor):
            for model in READ_ONLY:
                records = self.env[model].with_user(user).search([], limit=1)
                records.read()
                self.assertFalse(records.has_access("write"), f"{user.login} may write {model}")
                self.assertFalse(records.has_access("create"), f"{user.login} may create {model}")
                self.assertFalse(records.has_access("unlink"), f"{user.login} may delete {model}")

    def test_others_see_nothing(self):
        for model in READ_ONLY + ("medical.demand.history", "medical.demand.import"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.employee).search([], limit=1)

    def test_stock_user_sees_the_forecast_with_its_reason(self):
        series = self.run_.series_ids.with_user(self.clerk)
        self.assertTrue(series[0].chart["forecast"])
        self.assertIn("95", str(series.proposal_ids[0].reason))
        self.assertTrue(series[0].why)
        with self.assertRaises(AccessError):
            self.env["medical.demand.import"].with_user(self.clerk).search([])

    def test_planner_cannot_forge_states_and_figures(self):
        proposal = self.run_.proposal_ids[:1].with_user(self.planner)
        for values in ({"state": "applied"}, {"new_min": 1.0}):
            with self.assertRaises(AccessError):
                proposal.write(values)
        with self.assertRaises(AccessError):
            self.run_.with_user(self.planner).write({"state": "draft"})
        with self.assertRaisesRegex(UserError, "does not change"):
            self.run_.with_user(self.planner).write({"as_of": "2020-01-01"})
        with self.assertRaises(AccessError):
            self.env["medical.forecast.run"].with_user(self.planner).with_context(medical_guard=True).create(
                {"company_id": self.company.id, "state": "done"}
            )
        history = self.env["medical.demand.history"].with_user(self.planner).search([], limit=1)
        with self.assertRaises(AccessError):
            history.write({"quantity": 1.0})
        with self.assertRaises(AccessError):
            history.with_user(self.clerk).action_flag()
        with self.assertRaises(AccessError):
            self.env["medical.demand.history"].with_user(self.planner).create(
                {"company_id": self.company.id, "product_id": self.gloves.id}
            )

    def test_superuser_cannot_forge_either(self):
        with self.assertRaises(AccessError):
            self.run_.proposal_ids[:1].sudo().write({"state": "applied"})

    def _as_foreigner(self, records):
        return records.with_user(self.foreigner).with_context(allowed_company_ids=self.foreign_company.ids)

    def test_other_companies_stay_apart(self):
        for model in ("medical.forecast.run", "medical.forecast.series", "medical.reorder.proposal", "medical.policy"):
            found = self._as_foreigner(self.env[model]).search([])
            self.assertFalse(found.filtered(lambda record: record.company_id == self.company))
        with self.assertRaises(AccessError):
            self._as_foreigner(self.run_.proposal_ids[:1]).action_apply()
        with self.assertRaises(AccessError):
            self._as_foreigner(self.run_).action_roll_back()

    def test_planner_works_without_further_rights(self):
        run = self._run(user=self.planner)
        self.assertEqual(run.state, "done")
        self.assertTrue(run.data_hash)
