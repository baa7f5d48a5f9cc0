from odoo.tests import tagged

# The module, for the class itself would be found here as well.
from odoo.addons.medical_udi.tests import test_gate


@tagged("post_install", "-at_install")
class TestGateWithManufacturing(test_gate.TestGate):
    """All that holds for deliveries, receipts and transfers without Manufacturing holds with it."""

    allow_inherited_tests_method = True
