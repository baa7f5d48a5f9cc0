import math
import random
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF

from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestModelVersion(ForecastCase):
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
            stranger = self._user("clerk")
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
        self.assertGreater(
            sum(w for name, w in with_season.weights.items() if name not in ("ses_plain", "mean_recent")), 0.5
        )
        self.assertEqual({name for name, weight in without.weights.items() if weight}, {"ses_plain"})

    def _following(self):
        """Products whose demand follows an index that is known, also of the months ahead; the index."""
        count, rng, wave, index = 60, random.Random(5), 0.0, []
        for _month in range(count + 12):
            wave = 0.7 * wave + rng.gauss(0, 0.15)
            index.append(100 * math.exp(wave))
        products = [self._product(f"Item {number}", f"T-FOL{number}") for number in range(25)]
        sizes = [rng.uniform(1, 5) for _item in products]
        self.company.medical_history_periods = count
        self._import(
            {
                item: lambda position, size=size: round(size * index[position] * rng.uniform(0.97, 1.03))
                for item, size in zip(products, sizes, strict=True)
            },
            count,
        )
        first = self._months(count)[0]
        text = "\n".join(f"{first + relativedelta(months=month)};{value}" for month, value in enumerate(index))
        self.env["medical.external.series"].create({"name": "Beds", "company_id": self.company.id, "pasted": text})
        return products, index[count:]

    def test_models_over_all_products_serve_where_they_win(self):
        products, ahead = self._following()
        plain = self._run()
        self.assertEqual(set(plain.series_ids.line_ids.mapped("method")), {"series"})
        self._second(use_trees=True, use_regression=True)
        run = self._run()
        series = self._series(run, products[0])
        lines = series.line_ids.sorted("date")
        self.assertTrue(set(lines.mapped("method")) & {"regression", "trees"})
        self.assertIn("over all products", series.weights_text)
        self.assertFalse(series.effects, "what such a model has in it is not put on top once more")

        def far_off(of_run):
            lines = [self._series(of_run, item).line_ids.sorted("date")[3:] for item in products]
            return sum(
                abs(line.mean / sum(of_item.mapped("mean")) - index / sum(ahead[3:12]))
                for of_item in lines
                for line, index in zip(of_item, ahead[3:12], strict=True)
            )

        self._second(name="Without")
        self.env["medical.external.series"].search([]).active = False
        self.assertLess(far_off(run), 0.95 * far_off(self._run()))

    def test_a_trial_shows_which_models_win(self):
        self._following()
        self._run()
        second = self._second(use_regression=True)
        second.action_try()
        tried = second.metrics["smooth"]
        self.assertTrue(any(row["won"] and row["gain"] > 0.05 for row in tried["pooled"]))
        self.assertAlmostEqual(sum(tried["weights"].values()), 1, places=2)
        self.assertGreater(tried["weights"]["regression"], 0.1)
        self.assertIn("Regression over all products", second.registry)
        self.assertIn("Shares of the forecasts", second.registry)

    def test_the_registry_lists_every_model(self):
        for text in (
            "Smoothing",
            "Trend with season",
            "gaps",
            "Regression over all products",
            "AutoCES",
            "Not tried yet",
        ):
            self.assertIn(text, self.version.registry)

    def test_only_drafts_change_or_are_deleted(self):
        with self.assertRaisesRegex(UserError, "does not change"):
            self.version.drift_limit = 9
        with self.assertRaisesRegex(UserError, "kept as a record"):
            self.version.unlink()
        self.version.copy().unlink()

    def test_states_are_guarded(self):
        draft = self.version.copy()
        for user in (self.planner, self.env.user):
            for values in (
                {"state": "serving"},
                {"metrics": {"smooth": {}}},
                {"data_hash": "x"},
                {"approved_by_id": user.id},
            ):
                with self.assertRaises(AccessError):
                    draft.with_user(user).write(values)

    def _drifting(self, **values):
        """History that stays level, forecasts month by month under a second version, demand that breaks away."""
        second = self._second(drift_limit=1.5, drift_periods=2, **values)
        self._import(
            {self.gloves: lambda position: (100 + position % 4) * (1 if position < 32 else 4 ** (position - 31))}
        )
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
            [("model", "=", "medical.model.version"), ("res_id", "=", self.version.id), ("field_name", "=", "state")],
            limit=1,
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
