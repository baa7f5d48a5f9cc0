import random

from odoo.tests import tagged

from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestScreens(ForecastCase):
    """What the screens show beside the stored fields."""

    def test_why_in_one_sentence(self):
        rng = random.Random(7)
        wave = [0, 10, 20, 40, 60, 80, 100, 80, 60, 40, 20, 10]
        self._import(
            {self.gloves: lambda position: 30 + 12 * position + 3 * wave[position % 12] + rng.randint(-2, 2)}, 60
        )
        self.company.medical_history_periods = 60
        event = self.env["medical.demand.event"].create(
            {
                "name": "Fair",
                "company_id": self.company.id,
                "date_from": "2026-07-01",
                "date_to": "2026-07-31",
                "product_ids": [(6, 0, self.gloves.ids)],
                "size_by": "units",
                "units": 50,
            }
        )
        event.action_confirm()
        series = self._series(self._run(), self.gloves)
        self.assertRegex(
            self.env["medical.forecast.why"]._short(series),
            r"^Jul 2026: <b>[\d.,]+</b> Units \(level [\d.,]+, (?:trend \+\d+, )?season [+-]\d+, events \+50\), with 80 % certainty "
            r"between [\d.,]+ and [\d.,]+\. One period ahead the last 12 forecasts were off by [\d.]+ on average\.$",
        )
