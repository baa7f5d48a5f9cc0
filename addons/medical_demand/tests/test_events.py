from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MONTHS, DemandCase, ExternalSeriesMixin


@tagged("post_install", "-at_install")
class TestEvents(DemandCase):
    def test_wrong_input_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "choose the products"):
            self._event(MONTHS, product_ids=False)
        with self.assertRaisesRegex(UserError, "kept as a record"):
            self._event(MONTHS).unlink()
        with self.assertRaises(AccessError):
            self._event(MONTHS).write({"state": "draft"})
        clerk = self._user("clerk")
        with self.assertRaises(AccessError):
            self._event(MONTHS).with_user(clerk).action_cancel()

    def test_a_country_without_calendar_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "No holiday calendar"):
            self.company.medical_holiday_country_id = self.env.ref("base.xi")


@tagged("post_install", "-at_install")
class TestExternalSeries(ExternalSeriesMixin, DemandCase):
    def test_pasting(self):
        external = self._external(self.index[12:])
        first = external.value_ids.sorted("date")[0]
        external.pasted = f"{first.date},7.5\n2030-01-31,9"
        self.assertEqual((first.value, external.value_count), (7.5, 61))
        with self.assertRaisesRegex(UserError, "Line 2 cannot be read: 'soon,many'"):
            external.pasted = "2030-02-28,1\nsoon,many"
        self.assertEqual(external.value_count, 61)
