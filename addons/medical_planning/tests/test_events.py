from odoo.tests import tagged

from odoo.addons.medical_demand.tests.common import MONTHS

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestEvents(PlanningCase):
    def test_the_reorder_rule_covers_the_event(self):
        self._history()
        before = self._proposal(self._run(), self.gloves).new_min
        self._event(MONTHS, percent=100)
        self.assertGreater(self._proposal(self._run(), self.gloves).new_min, 1.4 * before)
