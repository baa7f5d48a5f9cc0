from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestControl(MedicalUdiCase):
    """Without quality control as with it: products leave UDI control by an approver, and leave a trace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._switch_on(category_id=cls.category.id)
        cls.keeper = cls._user("udi_products", "base.group_user", "product.group_product_manager")
        cls.approver.group_ids |= cls.env.ref("product.group_product_manager")
        cls.other = cls.env["product.category"].create({"name": "Others"})

    def test_control_is_left_by_an_approver_and_told(self):
        always = self._product("Always", udi_control="always", categ_id=self.other.id)
        for product, values in (
            (self.gloves, {"udi_control": "never"}),
            (self.gloves, {"categ_id": self.other.id}),
            (always, {"udi_control": "category"}),
        ):
            with self.subTest(values), self.cr.savepoint() as savepoint:
                with self.assertRaisesRegex(AccessError, "ask a quality approver"), self.cr.savepoint():
                    product.with_user(self.keeper).write(values)
                product.with_user(self.approver).write(values)
                entry = self._entries(product.product_tmpl_id).filtered(lambda one: one.field_name == "control")
                self.assertEqual((entry.user_id, entry.new_value), (self.approver, False))
                savepoint.rollback()
        self.pen.with_user(self.keeper).udi_control = "category"

    def test_a_new_product_does_not_opt_out_unseen(self):
        values = {"name": "New", "categ_id": self.category.id, "udi_control": "never"}
        with self.assertRaisesRegex(AccessError, "ask a quality approver"), self.cr.savepoint():
            self.env["product.template"].with_user(self.keeper).create(values)
        self.env["product.template"].with_user(self.keeper).create({**values, "categ_id": self.other.id})
        free = self.env["product.template"].with_user(self.approver).create(values)
        self.assertIn("control", self._entries(free).mapped("field_name"))

    def test_with_lots_it_stays_tracked(self):
        self._stock(self.gloves, "L1", 0)
        for values in ({"tracking": "none"}, {"is_storable": False}, {"type": "service"}):
            with self.subTest(values), self.assertRaises(UserError), self.cr.savepoint():
                self.gloves.with_user(self.approver).write(values)
                self.env.flush_all()
