from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF

from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestAlerts(ForecastCase):
    def _alerts(self, **values):
        domain = [("company_id", "=", self.company.id), *((name, "=", value) for name, value in values.items())]
        return self.env["medical.forecast.alert"].search(domain)

    def _spike(self, factor=5):
        self._import({self.gloves: lambda position: (100 + position % 3) * (factor if position == 35 else 1)})
        return self._run()

    def test_a_spike_opens_one_alert_with_an_owner(self):
        run = self._spike()
        alert = self._alerts(product_id=self.gloves.id)
        self.assertEqual((alert.kind, alert.state, alert.count), ("spike", "open", 1))
        self.assertEqual(alert.user_id, self.company._medical_owner())
        self.assertEqual(alert.activity_ids.user_id, alert.user_id)
        self.assertEqual(alert.run_id, run)
        self.assertIn("were forecast", alert.sentence)
        again = self._run()
        self.assertEqual(self._alerts(product_id=self.gloves.id), alert)
        self.assertEqual((alert.count, alert.run_id), (1, again), "the same data is seen once")

    def test_the_responsible_planner_owns_it(self):
        self.gloves.with_company(self.company).responsible_id = self.planner
        self._spike()
        self.assertEqual(self._alerts(product_id=self.gloves.id).user_id, self.planner)

    def test_it_closes_itself_when_it_has_passed(self):
        self._import({self.gloves: lambda position: 100 * (5 if position == 34 else 1) + position % 3})
        self._run(as_of=AS_OF.replace(day=1) - timedelta(days=1))
        alert = self._alerts(product_id=self.gloves.id)
        self.assertEqual(alert.kind, "spike")
        self._run()
        self.assertEqual((alert.state, alert.closed_by), ("closed", "passed"))
        self.assertFalse(alert.activity_ids)

    def test_looking_back_raises_no_alarm(self):
        self._spike()
        before = self._alerts()
        self._run(as_of=AS_OF.replace(day=1) - timedelta(days=1))
        self._run(scenario="high")
        self.assertEqual(self._alerts(), before)

    def test_a_change_of_class_is_reported(self):
        self._import({self.gloves: lambda position: 60 if position < 18 or position % 5 == 0 else 0})
        self._run(as_of=(AS_OF.replace(day=1) - timedelta(days=500)))
        self._run()
        alert = self._alerts(kind="class_change")
        self.assertEqual(alert.severity, "3_low")
        self.assertFalse(alert.activity_ids)
        self.assertIn("is intermittent now", alert.sentence)

    def test_closed_by_a_person_it_stays_closed_in_the_period(self):
        self._spike()
        alert = self._alerts(product_id=self.gloves.id)
        alert.with_user(self.planner).action_close()
        self._run(as_of=AS_OF + timedelta(days=3))
        self.assertEqual(self._alerts(product_id=self.gloves.id), alert, "the next night knows nothing new")

    def test_closed_by_a_person_it_comes_back_only_when_new(self):
        self._spike()
        alert = self._alerts(product_id=self.gloves.id)
        alert.with_user(self.planner).action_close()
        self.assertEqual((alert.state, alert.closed_by), ("closed", "person"))
        with self.assertRaisesRegex(UserError, "closed, this step does not follow"):
            alert.with_user(self.planner).action_close()
        self._run()
        self.assertEqual(self._alerts(product_id=self.gloves.id), alert, "the same date of data is not new")

    def test_who_may_do_what(self):
        self._spike()
        alert = self._alerts(product_id=self.gloves.id)
        clerk = self._user("clerk")
        with self.assertRaises(AccessError):
            alert.with_user(clerk).action_close()
        alert.user_id = clerk
        alert.with_user(clerk).action_acknowledge()
        self.assertEqual(alert.state, "acknowledged")
        with self.assertRaises(AccessError):
            alert.with_user(self.planner).write({"state": "open"})
        with self.assertRaises(AccessError):
            alert.with_user(clerk).write({"severity": "3_low"})
