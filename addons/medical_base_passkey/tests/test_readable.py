from odoo.tests import tagged

from odoo.addons.medical_base.tests.common import MedicalBaseCase
from odoo.addons.medical_base.tests.readable import ReadableMixin


@tagged("post_install", "-at_install")
class TestReadable(ReadableMixin, MedicalBaseCase):
    _addon = "medical_base_passkey"
