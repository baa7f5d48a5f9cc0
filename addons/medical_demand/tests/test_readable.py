from odoo.tests import tagged

from odoo.addons.medical_base.tests.readable import ReadableMixin

from .common import DemandCase


@tagged("post_install", "-at_install")
class TestReadable(ReadableMixin, DemandCase):
    _addon = "medical_demand"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._import()
