"""What the trail tells of records that are not the suite's own: who may do what, and what products are."""

from odoo import Command
from odoo.tests import tagged

from .common import MedicalBaseCase


@tagged("post_install", "-at_install")
class TestTrail(MedicalBaseCase):
    def _news(self, records):
        return [
            (entry.field_name, entry.old_value or None, entry.new_value or None) for entry in self._entries(records)
        ]

    def test_groups_of_users(self):
        approver = self.env.ref("medical_base.group_medical_quality_approver")
        user = self._user("graded")
        self.assertIn("Role / User", self._news(user)[0][2])
        name = f"{approver.full_name} (#{approver.id})"
        user.with_user(self.admin).group_ids += approver
        field, old, new = self._news(user)[-1]
        self.assertEqual((field, name in old, name in new), ("group_ids", False, True))
        self.assertEqual(self._entries(user)[-1].user_id, self.admin)
        approver.with_user(self.admin).write({"user_ids": [Command.unlink(user.id)]})
        self.assertEqual(self._news(user)[-1], ("group_ids", name, None))
        approver.with_user(self.admin).write({"user_ids": [Command.link(user.id)]})
        self.assertEqual(self._news(user)[-1], ("group_ids", None, name))
        user.with_user(self.admin).active = False
        self.assertEqual(self._news(user)[-1], ("active", "True", "False"))

    def test_groups_of_groups(self):
        approver = self.env.ref("medical_base.group_medical_quality_approver")
        user = self._user("graded")
        group = self.env["res.groups"].create({"name": "Everything", "user_ids": [Command.link(user.id)]})
        self.assertEqual(self._news(user)[-1], ("group_ids", None, f"{group.full_name} (#{group.id})"))
        group.implied_ids += approver
        self.assertEqual(self._news(group)[-1][0], "implied_ids")
        self.assertIn(f"(#{approver.id})", self._news(group)[-1][2])
        name = f"{group.full_name} (#{group.id})"
        group.unlink()
        self.assertEqual(self._news(user)[-1], ("group_ids", name, None))

    def test_controlled_products(self):
        self._switch_on(category_id=self.devices.id)
        (self.syringe | self.pen).standard_price = 7
        self.assertEqual(self._news(self.syringe), [("standard_price", "0.0", "7.0")])
        pairs = self.env.ref("uom.product_uom_dozen")
        templates = (self.syringe | self.pen).product_tmpl_id
        templates.write({"uom_id": pairs.id, "tracking": "lot", "name": "Other"})
        self.assertEqual([row[0] for row in self._news(templates[0])], ["name", "tracking", "uom_id"])
        self.assertFalse(self._news(self.pen | templates[1].product_variant_id) + self._news(templates[1]))
        # What leaves control, and what comes under it.
        self.syringe.categ_id, self.pen.categ_id = self.office, self.devices
        self.assertEqual([self._news(one)[-1][0] for one in templates], ["categ_id", "categ_id"])

    def test_new_products_under_control(self):
        self._switch_on(category_id=self.devices.id)
        new = self.env["product.product"].create({"name": "Valve", "categ_id": self.devices.id})
        self.assertIn("name: Valve", self._news(new.product_tmpl_id)[0][2])

    def test_valuation_is_no_act(self):
        self._switch_on(category_id=self.devices.id)
        valuation = self.syringe.with_context(disable_auto_revaluation=True)
        valuation.sudo().standard_price = 5
        self.assertFalse(self._news(self.syringe))
        manager = self._user("pricer", "base.group_user", "product.group_product_manager")
        valuation.with_user(manager).standard_price = 6
        self.assertEqual(self._news(self.syringe), [("standard_price", "5.0", "6.0")])
