from odoo.tests import TransactionCase, new_test_user

from ..engine import check_digits


def gtin(number):
    body = f"{number:013d}"
    return body + check_digits.gtin(body)


class MedicalUdiCase(TransactionCase):
    """A company with a product tracked by lot, one by serial number and one that is none of ours; DIs at three levels."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create(
            {"name": "UDI Test Company", "country_id": cls.env.ref("base.de").id}
        )
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
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
        cls.clerk = cls._user("udi_clerk", "stock.group_stock_user")
        cls.quality = cls._user("udi_quality", "medical_base.group_medical_quality_user")
        cls.approver = cls._user("udi_approver", "medical_base.group_medical_quality_approver")
        cls.regulatory = cls._user("udi_regulatory", "medical_base.group_medical_regulatory")
        cls.auditor = cls._user("udi_auditor", "medical_base.group_medical_auditor")

    @classmethod
    def _user(cls, login, group):
        return new_test_user(cls.env, login, group, company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)])

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
    def _switch_on(cls):
        scope = cls.env["medical.scope"].create(
            {
                "feature_id": cls.env.ref("medical_udi.scope_feature_udi").id,
                "company_id": cls.company.id,
                "valid_from": "2020-01-01",
                "reason": "test",
            }
        )
        scope.action_activate()
        return scope

    @classmethod
    def _picking(cls, kind, lines, partner=None):
        """Open transfer; ``kind``: in, out or int; ``lines``: (product, quantity)."""
        types = {"in": cls.warehouse.in_type_id, "out": cls.warehouse.out_type_id, "int": cls.warehouse.int_type_id}
        stock = cls.warehouse.lot_stock_id
        supplier, customer = (
            cls.env.ref("stock.stock_location_suppliers"),
            cls.env.ref("stock.stock_location_customers"),
        )
        source, target = {"in": (supplier, stock), "out": (stock, customer), "int": (stock, stock)}[kind]
        picking = cls.env["stock.picking"].create(
            {
                "picking_type_id": types[kind].id,
                "location_id": source.id,
                "location_dest_id": target.id,
                "company_id": cls.company.id,
                "partner_id": (partner or (cls.vendor if kind == "in" else cls.hospital)).id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "product_uom": product.uom_id.id,
                            "location_id": source.id,
                            "location_dest_id": target.id,
                            "company_id": cls.company.id,
                        },
                    )
                    for product, quantity in lines
                ],
            }
        )
        picking.action_confirm()
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
