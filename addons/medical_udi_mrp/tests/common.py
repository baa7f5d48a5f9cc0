from odoo.tests import Form

from odoo.addons.medical_udi.tests.common import MedicalUdiCase


class MedicalUdiMrpCase(MedicalUdiCase):
    """A set made of a stent and two gloves, packed with a pen that nobody controls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set = cls._product("Stent Set", tracking="lot", use_expiration_date=True, expiration_time=100)
        cls.set_di = cls._di(cls.set, 401234500003)
        cls.bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.set.product_tmpl_id.id,
                "company_id": cls.company.id,
                "bom_line_ids": [
                    (0, 0, {"product_id": cls.stent.id, "product_qty": 1}),
                    (0, 0, {"product_id": cls.gloves.id, "product_qty": 2}),
                    (0, 0, {"product_id": cls.pen.id, "product_qty": 1}),
                ],
            }
        )
        cls.maker = cls._user("udi_maker", "mrp.group_mrp_user")
        cls.serial = cls._stock(cls.stent, "S1", 1, cls.stent_di)
        cls.lot = cls._stock(cls.gloves, "L1", 20, cls.gloves_di)
        cls.env["stock.quant"]._update_available_quantity(cls.pen, cls.warehouse.lot_stock_id, 50)

    @classmethod
    def _order(cls, quantity=1, confirm=True, **values):
        form = Form(cls.env["mrp.production"])
        form.product_id = cls.set
        form.bom_id = cls.bom
        form.product_qty = quantity
        order = form.save()
        if values:
            order.write(values)
        if confirm:
            order.action_confirm()
            order.action_assign()
        return order

    def _produce(self, order, lot="SET1"):
        """Everything is issued and made."""
        if not order.lot_producing_ids:
            order.lot_producing_ids = self.env["stock.lot"].create(
                {"name": lot, "product_id": order.product_id.id, "company_id": self.company.id}
            )
        order.qty_producing = order.product_qty
        order._set_qty_producing()
        order.move_raw_ids.picked = True
        return order
