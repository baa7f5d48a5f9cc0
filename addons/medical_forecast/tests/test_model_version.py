from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import AS_OF, PlanningCase


@tagged("post_install", "-at_install")
class TestModelVersion(PlanningCase):
    def setUp(self):
        super().setUp()
        self.version = self.env["medical.model.version"]._serving()

    def _second(self, **values):
        second = self.version.copy({"name": "Second", **values})
        second.action_approve()
        second.action_serve()
        return second

    def _month(self, back):
        """End of the month so many months before the last."""
        day = AS_OF
        for _step in range(back):
            day = day.replace(day=1) - timedelta(days=1)
        return day

    def test_a_trial_writes_metrics_and_a_digest(self):
        self._import()
        self._run()
        draft = self.version.copy({"name": "No season", "use_season": False})
        with self.assertRaises(AccessError):
            stranger = new_test_user(self.env, "version_clerk", "stock.group_stock_user", company_id=self.company.id)
            draft.with_user(stranger).action_try()
        draft.with_user(self.planner).action_try()
        self.assertEqual(draft.trained_by_id, self.planner)
        self.assertEqual(set(draft.metrics), {"smooth", "intermittent"})
        self.assertEqual(draft.metrics["smooth"]["series"], 1)
        self.version.action_try()
        self.assertNotEqual(draft.data_hash, self.version.data_hash)
        self.assertGreater(draft.metrics["smooth"]["wape"], self.version.metrics["smooth"]["wape"])
        self.assertIn("No season", draft.comparison)
        digest = draft.data_hash
        draft.action_try()
        self.assertEqual(draft.data_hash, digest)

    def test_a_trial_needs_a_forecast(self):
        with self.assertRaisesRegex(UserError, "run one first"):
            self.version.action_try()

    def test_settings_reach_the_forecast(self):
        self._import({self.gloves: lambda position: 100 + position % 12 * 10})
        with_season = self._series(self._run(), self.gloves)
        self._second(use_season=False, use_trend=False)
        without = self._series(self._run(), self.gloves)
        self.assertGreater(sum(w for name, w in with_season.weights.items() if name not in ("ses_plain", "mean_recent")), 0.5)
        self.assertEqual({name for name, weight in without.weights.items() if weight}, {"ses_plain"})

    def test_only_drafts_change_or_are_deleted(self):
        with self.assertRaisesRegex(UserError, "does not change"):
            self.version.drift_limit = 9
        with self.assertRaisesRegex(UserError, "Only draft versions"):
            self.version.unlink()
        self.version.copy().unlink()

    def test_states_are_guarded(self):
        draft = self.version.copy()
        for user in (self.planner, self.env.user):
            for values in ({"state": "serving"}, {"metrics": {"smooth": {}}}, {"data_hash": "x"}, {"approved_by_id": user.id}):
                with self.assertRaises(AccessError):
                    draft.with_user(user).write(values)

    def _drifting(self, **values):
        """History that stays level, forecasts month by month under a second version, demand that breaks away."""
        second = self._second(drift_limit=1.5, drift_periods=2, **values)
        self._import({self.gloves: lambda position: (100 + position % 4) * (1 if position < 32 else 4 ** (position - 31))})
        return second

    def test_drift_brings_the_former_version_back(self):
        second = self._drifting()
        for back in (4, 3):
            self._run(as_of=self._month(back))
        self.assertEqual(second.state, "serving")
        found = self.env["medical.forecast.accuracy"].search([("version_id", "=", second.id)])
        self.assertEqual((len(found), found.demand_class, found.above_limit), (1, "smooth", True))
        self.assertGreater(found.ratio, 1.5)
        self.assertLess(found.signal, -1.5)
        run = self._run(as_of=self._month(2))
        self.assertEqual((second.state, self.version.state), ("approved", "serving"))
        self.assertEqual(run.version_id, self.version, "the run that finds it is made with the version before")
        self.assertEqual(run.series_ids.line_ids.series_id.version_id, self.version)
        self.assertIn("off by more than", second.activity_ids.note)
        entry = self.env["medical.audit.entry"].search(
            [("model", "=", "medical.model.version"), ("res_id", "=", self.version.id), ("field_name", "=", "state")], limit=1
        )
        self.assertIn("Second", entry.reason)
        second.with_user(self.planner).action_serve()
        self.assertEqual(second.state, "serving", "a planner can undo it")
        self.assertFalse(second.accuracy_ids.filtered("above_limit"))

    def test_without_a_predecessor_there_is_only_the_activity(self):
        second = self._drifting()
        self.env.cr.execute("UPDATE medical_model_version SET served_date = NULL WHERE id = %s", [self.version.id])
        self.env.invalidate_all()
        for back in (4, 3, 2):
            self._run(as_of=self._month(back))
        self.assertEqual(second.state, "serving")
        self.assertTrue(second.activity_ids)

    def test_a_limit_of_zero_never_trips(self):
        second = self._second(drift_limit=0.0, drift_periods=1)
        self._import({self.gloves: lambda position: 100 if position < 32 else 900})
        for back in (4, 3, 2):
            self._run(as_of=self._month(back))
        self.assertEqual(second.state, "serving")
        self.assertTrue(second.accuracy_ids)

    def test_a_slow_pass_needs_its_library(self):
        from importlib import util

        if util.find_spec("statsforecast"):
            self.skipTest("statsforecast is here")
        with self.assertRaisesRegex(UserError, "pip install statsforecast"):
            self.policy._put_in_force(slow_pass=True)
