from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF

from .common import ForecastCase

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


@tagged("post_install", "-at_install")
class TestForecastMeasures(ForecastCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Level demand of 100 gloves; 150 in May and 80 in June. Forecasts are made in April, May and June.
        cls._import({cls.gloves: lambda position: {34: 150, 35: 80}.get(position, 100), cls.stent: lambda position: 40})
        cls.runs = [cls._run(as_of=day) for day in (date(2026, 4, 30), date(2026, 5, 31), AS_OF)]
        cls.error, cls.bias, cls.mape = (
            cls.env.ref(f"medical_forecast.measure_forecast_{name}") for name in ("error", "bias", "mape")
        )

    def _forecast(self, run, product, month):
        return self._series(run, product).line_ids.filtered(lambda line: line.date == month).mean

    def _figure(self, measure, first, last, domain=Domain.TRUE):
        found = measure._figures(self.company, domain, first, last)
        return found[()].value if found else None

    def test_figures_by_hand(self):
        """The newest forecast of each period counts, against the demand that came."""
        pairs = [
            (self._forecast(run, product, month), demand)
            for run, month, demands in ((self.runs[0], MAY, (150, 40)), (self.runs[1], JUNE, (80, 40)))
            for product, demand in zip(self.gloves + self.stent, demands, strict=True)
        ]
        errors = [forecast - demand for forecast, demand in pairs]
        self.assertGreater(abs(errors[0]), 20)
        demand = sum(demand for _forecast, demand in pairs)
        for measure, expected in (
            (self.error, 100 * sum(map(abs, errors)) / demand),
            (self.bias, 100 * sum(errors) / demand),
            (self.mape, 100 * sum(abs(error) / demand for error, (_f, demand) in zip(errors, pairs, strict=True)) / 4),
        ):
            self.assertAlmostEqual(self._figure(measure, MAY, AS_OF), expected, places=4)
        self.assertAlmostEqual(
            self._figure(self.bias, JUNE, AS_OF, Domain("product_id", "=", self.gloves.id)),
            100 * errors[2] / 80,
            places=4,
        )
        other = self.env["product.category"].create({"name": "Other"})
        self.assertIsNone(self._figure(self.bias, JUNE, AS_OF, Domain("category_id", "child_of", other.id)))
        self.assertIsNone(self._figure(self.bias, AS_OF + timedelta(days=1), AS_OF + timedelta(days=20)))

    def test_targets_read_the_measures(self):
        targets = self.env["medical.accuracy.target"].create(
            [
                {"name": metric, "company_id": self.company.id, "metric": metric, "target_percent": 20}
                for metric in ("wape", "mape")
            ]
        )
        self._run()
        for target, measure in zip(targets, (self.error, self.mape), strict=True):
            self.assertAlmostEqual(target.last_value, self._figure(measure, JUNE, AS_OF))

    def test_frozen_by_class_and_drilled(self):
        with freeze_time("2026-07-02"):
            self.error._freeze()
        values = self.env["medical.measure.value"].search(
            [("measure_id", "=", self.error.id), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(set(values.mapped("date")), {MAY, JUNE})
        self.assertEqual(
            values.mapped("demand_class"), [self._series(self.runs[1], self.gloves).demand_class] * len(values)
        )
        self.assertEqual((values.warehouse_id, values.category_id), (self.warehouse, self.category))
        total = values._read_group([("id", "in", values.ids)], [], ["value:avg"])[0][0]
        self.assertAlmostEqual(total, self._figure(self.error, MAY, AS_OF))
        action = values.filtered(lambda value: value.date == JUNE)[:1].with_user(self.planner).action_view_facts()
        lines = self.env[action["res_model"]].with_user(self.planner).search(action["domain"])
        self.assertEqual(lines.series_id.run_id, self.runs[1])
        self.assertEqual(set(lines.mapped("date")), {JUNE})
        quality = self._user("regulatory")
        with self.assertRaises(AccessError):
            values[:1].with_user(quality).action_view_facts()
