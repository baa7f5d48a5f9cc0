from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF

from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestRun(ForecastCase):
    def test_same_input_same_output(self):
        self._import()
        first, second = self._run(as_of=AS_OF), self._run(as_of=AS_OF)
        self.assertEqual(first.data_hash, second.data_hash)
        earlier = self._run(as_of="2026-03-31")
        self.assertNotEqual(first.data_hash, earlier.data_hash)
        self.assertEqual(len(self._series(earlier, self.gloves).history["dates"]), 33)

    def test_model_versions_need_approval(self):
        self._import()
        version = self.env["medical.model.version"]._serving()
        self.assertEqual(version.state, "serving")
        with self.assertRaisesRegex(UserError, "does not change"):
            version.origins = 4
        draft = version.copy({"name": "Four origins"})
        draft.origins = 4
        self.assertEqual(self._run().version_id, version)
        with self.assertRaisesRegex(UserError, "draft, this step does not follow"):
            draft.with_user(self.planner).action_serve()
        draft.with_user(self.planner).action_approve()
        self.assertEqual(self._run().version_id, version)
        draft.with_user(self.planner).action_serve()
        self.assertEqual((draft.state, version.state), ("serving", "approved"))
        self.assertEqual(self._run().version_id, draft)
        with self.assertRaisesRegex(UserError, "is in service"):
            draft.with_user(self.planner).action_retire()
        version.with_user(self.planner).action_serve()
        draft.with_user(self.planner).action_retire()
        self.assertEqual(self._run().version_id, version)

    def test_sources_are_named(self):
        self._import()
        run = self._run()
        counts = {source["code"]: source["count"] for source in run.sources}
        self.assertEqual(counts["history"], 72)
        self.assertEqual(counts["moves"], 0)
        self.assertIn("goes on without", run.sources_table)

    def test_old_runs_go_with_all_that_belongs_to_them(self):
        self._import()
        self.company.medical_keep_runs = 2
        old, newer, newest = self._run(), self._run(), self._run()
        with self.assertRaisesRegex(UserError, "kept as a record"):
            old.unlink()
        old_id, messages = old.id, [("model", "=", old._name), ("res_id", "=", old.id)]
        old.message_post(body="Looked at")
        self.assertTrue(self.env["mail.message"].search(messages))
        self.env["medical.forecast.run"]._gc_old_runs()
        self.assertFalse(old.exists())
        for model in ("medical.forecast.series", "medical.forecast.level"):
            self.assertEqual(
                self.env[model].search([("company_id", "=", self.company.id)]).run_id, newest + newer, model
            )
            self.assertFalse(self.env[model].search_count([("run_id", "=", old_id)]))
        self.assertFalse(self.env["mail.message"].search(messages))

    def test_forecasts_in_use_are_kept_however_old(self):
        self._import()
        self.company.medical_keep_runs = 1
        base = self._run()
        self._run(scenario="high")
        last = self._run(scenario="low")
        self.env["medical.forecast.run"]._gc_old_runs()
        runs = self.env["medical.forecast.run"].search([("company_id", "=", self.company.id)])
        self.assertEqual(runs, last + base)
        self.assertTrue(all(base.series_ids.mapped("is_current")))
