import random
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import AS_OF, MONTHS

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestEvents(PlanningCase):
    def _month(self, position):
        """(first, last day) of the month at this position of the history; MONTHS is the first one ahead."""
        first = AS_OF.replace(day=1) + relativedelta(months=position - MONTHS + 1)
        return first, first + relativedelta(months=1) - timedelta(days=1)

    def _event(self, position, **values):
        first, last = self._month(position)
        event = self.env["medical.demand.event"].create(
            {
                "name": f"Event {position}",
                "company_id": self.company.id,
                "date_from": first,
                "date_to": last,
                "product_ids": [(6, 0, self.gloves.ids)],
                **values,
            }
        )
        event.action_confirm()
        return event

    def _history(self, boosted=(), factor=1.5, count=MONTHS):
        rng = random.Random(1)
        self._import(
            {
                self.gloves: lambda position: round(
                    (200 + rng.randint(-5, 5)) * (factor if position in boosted else 1)
                ),
                self.stent: lambda position: 50 + rng.randint(-3, 3),
            },
            count,
        )

    def test_the_reorder_rule_covers_the_event(self):
        self._history()
        before = self._proposal(self._run(), self.gloves).new_min
        self._event(MONTHS, percent=100)
        self.assertGreater(self._proposal(self._run(), self.gloves).new_min, 1.4 * before)
