from odoo.tests import tagged

from odoo.addons.medical_base.tests.readable import ReadableMixin

from .common import ForecastCase


@tagged("post_install", "-at_install")
class TestReadable(ReadableMixin, ForecastCase):
    _addon = "medical_forecast"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._import()
        cls._run()
