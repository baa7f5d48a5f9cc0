from odoo.addons.medical_base.tests.common import MedicalCase

from ..engine import check_digits


def gtin(number):
    body = f"{number:013d}"
    return body + check_digits.gtin(body)


class MedicalUdiCase(MedicalCase):
    """A product tracked by lot, one by serial number and one that is none of ours; DIs at three levels."""

    people = ("clerk", "quality", "approver", "regulatory", "auditor")
    feature = "medical_udi.scope_feature_udi"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.de")
        cls.category = cls.env["product.category"].create({"name": "UDI Test Devices"})
        cls.stent = cls._product("Stent", tracking="serial")
        cls.gloves = cls._product(
            "Gloves",
            tracking="lot",
            use_expiration_date=True,
            expiration_time=720,
            use_time=30,
            removal_time=60,
            alert_time=90,
        )
        cls.pen = cls._product("Pen", udi_control="never")
        cls.unit = cls.env.ref("uom.product_uom_unit")
        cls.box = cls.env["uom.uom"].create(
            {"name": "Box of 10", "relative_factor": 10, "relative_uom_id": cls.unit.id}
        )
        cls.case = cls.env["uom.uom"].create(
            {"name": "Case of 50", "relative_factor": 50, "relative_uom_id": cls.unit.id}
        )
        cls.stent_di = cls._di(cls.stent, 401234500001)
        cls.gloves_di = cls._di(cls.gloves, 401234500002)
        cls.gloves_box_di = cls._di(
            cls.gloves, 1401234500002, uom_id=cls.box.id, contained_di_id=cls.gloves_di.id, contained_quantity=10
        )
        cls.gloves_case_di = cls._di(
            cls.gloves, 2401234500002, uom_id=cls.case.id, contained_di_id=cls.gloves_box_di.id, contained_quantity=5
        )
        cls.vendor = cls.env["res.partner"].create({"name": "UDI Test Vendor"})
        cls.hospital = cls.env["res.partner"].create(
            {"name": "UDI Test Hospital", "country_id": cls.env.ref("base.ch").id}
        )

    @classmethod
    def _product(cls, name, **values):
        return cls.env["product.product"].create(
            {"name": name, "is_storable": True, "categ_id": cls.category.id, **values}
        )

    @classmethod
    def _di(cls, product, number, **values):
        di = cls.env["medical.udi.di"].create({"code": gtin(number), "product_id": product.id, **values})
        di.action_activate()
        return di

    @classmethod
    def _picking(cls, kind, lines, partner=None):
        """Open transfer; ``kind``: in, out or int; ``lines``: (product, quantity)."""
        stock = cls.warehouse.lot_stock_id
        supplier = cls.env.ref("stock.stock_location_suppliers")
        customer = cls.env.ref("stock.stock_location_customers")
        operation, source, target = {
            "in": (cls.warehouse.in_type_id, supplier, stock),
            "out": (cls.warehouse.out_type_id, stock, customer),
            "int": (cls.warehouse.int_type_id, stock, stock),
        }[kind]
        partner = partner or (cls.vendor if kind == "in" else cls.hospital)
        picking = cls._transfer(operation, source, target, lines, partner)
        picking.action_assign()
        return picking

    @classmethod
    def _stock(cls, product, name, quantity, di=None, **values):
        """A lot with stock."""
        lot = cls.env["stock.lot"].create(
            {
                "name": name,
                "product_id": product.id,
                "company_id": cls.company.id,
                "udi_di_id": di and di.id,
                **({"expiration_date": "2028-12-31 12:00:00"} if product.use_expiration_date else {}),
                **values,
            }
        )
        if quantity:
            cls.env["stock.quant"]._update_available_quantity(product, cls.warehouse.lot_stock_id, quantity, lot_id=lot)
        return lot

    @classmethod
    def _label(cls, di, lot=None, serial=None, expiry="281231", made=None):
        text = f"]d201{di.code}"
        text += f"11{made}" if made else ""
        text += f"17{expiry}" if expiry else ""
        text += f"10{lot}" if lot else ""
        text += "\x1d" if lot and serial else ""
        return text + (f"21{serial}" if serial else "")
