import random

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import AS_OF, MONTHS, DemandCase


@tagged("post_install", "-at_install")
class TestEvents(DemandCase):
    def test_wrong_input_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "choose the products"):
            self._event(MONTHS, product_ids=False)
        with self.assertRaisesRegex(UserError, "kept as a record"):
            self._event(MONTHS).unlink()
        with self.assertRaises(AccessError):
            self._event(MONTHS).write({"state": "draft"})
        clerk = new_test_user(
            self.env,
            "event_clerk",
            "stock.group_stock_user",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self._event(MONTHS).with_user(clerk).action_cancel()

    def test_a_country_without_calendar_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "No holiday calendar"):
            self.company.medical_holiday_country_id = self.env.ref("base.xi")


@tagged("post_install", "-at_install")
class TestExternalSeries(DemandCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.medical_history_periods = 60
        rng = random.Random(4)
        level, cls.index = 100.0, []
        for _month in range(72):
            level *= 1 + rng.uniform(-0.12, 0.12)
            cls.index.append(level)
        mean = sum(cls.index) / len(cls.index)
        # Demand follows the index by three months.
        cls._import(
            {
                cls.gloves: lambda position: round(300 * cls.index[12 + position - 3] / mean + rng.randint(-3, 3)),
                cls.stent: lambda position: round(150 * cls.index[12 + position - 3] / mean + rng.randint(-2, 2)),
            },
            60,
        )

    def _external(self, values, **more):
        months = [AS_OF.replace(day=1) - relativedelta(months=59 - at) for at in range(60)]
        text = "date;value\n" + "\n".join(f"{month};{value}" for month, value in zip(months, values, strict=True))
        return self.env["medical.external.series"].create(
            {"name": "Operations", "company_id": self.company.id, "pasted": text, **more}
        )

    def test_pasting(self):
        external = self._external(self.index[12:])
        first = external.value_ids.sorted("date")[0]
        external.pasted = f"{first.date},7.5\n2030-01-31,9"
        self.assertEqual((first.value, external.value_count), (7.5, 61))
        with self.assertRaisesRegex(UserError, "Line 2 cannot be read: 'soon,many'"):
            external.pasted = "2030-02-28,1\nsoon,many"
        self.assertEqual(external.value_count, 61)
