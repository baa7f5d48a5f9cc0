from odoo.tests import tagged

from .common import MedicalBaseCase
from .readable import ReadableMixin


@tagged("post_install", "-at_install")
class TestReadable(ReadableMixin, MedicalBaseCase):
    _addon = "medical_base"
