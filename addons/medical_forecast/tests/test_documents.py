from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.medical_base.tests.document_case import DocumentCase

from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase, ForecastCase):
    addon = "medical_forecast"
    builders = {
        "medical.model.version": "_build_version",
        "medical.forecast.alert": "_build_alert",
        "medical.forecast.run": "_build_run",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        third = cls._product("Drill", "T-DRILL")

        def spike(position):
            return (100 + position % 3) * (5 if position == 35 else 1)

        cls._import({product: spike for product in (cls.gloves, cls.stent, third)})
        cls._run()

    def setUp(self):
        super().setUp()
        self.spikes = list(self.env["medical.forecast.alert"].search([("company_id", "=", self.company.id)]))

    def _build_version(self, state):
        serving = self.env["medical.model.version"]._serving()
        version = serving.copy({"name": "Second"}).with_user(self.planner)
        if state != "draft":
            version.action_approve()
        if state == "serving":
            version.action_serve()
        elif state == "retired":
            version.action_retire()
        return version.with_env(self.env)

    def _build_alert(self, state):
        """The owner is no planner."""
        alert = self.spikes.pop()
        alert.user_id = self._role_user("stock.group_stock_user")
        if state == "acknowledged":
            alert.with_user(alert.user_id).action_acknowledge()
        elif state == "closed":
            alert.with_user(alert.user_id).action_close()
        return alert

    def _build_run(self, state):
        runs = self.env["medical.forecast.run"]
        runs.search([("state", "=", "running")])._take("action_cancel")
        run = runs.with_user(self.planner).create({"company_id": self.company.id})
        if state != "draft":
            run.action_start()
        if state == "done":
            self._finish(run)
        elif state == "failed":
            run._fail(message="Disk full")
        elif state == "cancelled":
            run.action_cancel()
        return run.with_env(self.env)

    def test_a_draft_that_is_thrown_away_takes_no_number(self):
        first = self._build_run("done")
        self._build_run("draft").unlink()
        self.assertEqual(self._build_run("draft").name, "/")
        second = self._build_run("done")
        numbers = [int(run.name.rsplit("/", 1)[1]) for run in (first, second)]
        self.assertEqual(numbers[1], numbers[0] + 1)

    def test_a_run_that_was_running_is_kept_though_cancelled(self):
        run = self._build_run("cancelled")
        self.assertTrue(run.series_ids)
        with self.assertRaisesRegex(UserError, "kept as a record"):
            run.unlink()
