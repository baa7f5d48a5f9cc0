from odoo.tests import tagged

from odoo.addons.medical_base.tests.readable import ReadableMixin

from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestReadable(ReadableMixin, MedicalUdiCase):
    """Lots with their DIs in stock, received by scan and on the way to a hospital; all under UDI control."""

    _addon = "medical_udi"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._switch_on()
        cls._stock(cls.gloves, "IN-STOCK", 20, cls.gloves_di)
        cls._stock(cls.stent, "SERIAL", 1, cls.stent_di)
        receipt = cls._picking("in", [(cls.gloves, 10)])
        receipt.medical_scan(cls._label(cls.gloves_box_di, "SCANNED"))
        receipt.button_validate()
        cls._picking("out", [(cls.gloves, 5)])
        cls.env["product.supplierinfo"].create({"partner_id": cls.vendor.id, "product_id": cls.gloves.id})
        cls.env["product.uom"].create({"product_id": cls.gloves.id, "uom_id": cls.box.id, "barcode": "BOX-OF-GLOVES"})
