from odoo.tests import tagged

from odoo.addons.medical_base.tests.readable import ReadableMixin

from .common import MedicalUdiMrpCase


@tagged("post_install", "-at_install")
class TestReadable(ReadableMixin, MedicalUdiMrpCase):
    """Sets that were made, and sets that are."""

    _addon = "medical_udi_mrp"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = cls._order()
        cls._produce(cls, made)
        made.button_mark_done()
        cls._order(confirm=False)
