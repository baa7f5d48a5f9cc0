from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestModelVersion(PlanningCase):
    def setUp(self):
        super().setUp()
        self.version = self.env["medical.model.version"]._serving()

    def test_a_slow_pass_needs_its_library(self):
        from importlib import util

        if util.find_spec("statsforecast"):
            self.skipTest("statsforecast is here")
        with self.assertRaisesRegex(UserError, "pip install statsforecast"):
            self.policy._put_in_force(slow_pass=True)
