from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestMasterChange(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls._lot("L1", 5, state="released")

    def _change(self, **values):
        return (
            self.env["medical.master.change"]
            .with_user(self.quality)
            .create(
                {
                    "product_tmpl_id": self.stent.product_tmpl_id.id,
                    "company_id": self.company.id,
                    "field_name": "expiration_time",
                    "new_value": "500",
                    "reason": "New stability data",
                    **values,
                }
            )
        )

    def test_direct_change_is_refused_for_products_with_released_lots(self):
        manager = self._user("quality_product_manager", "product.group_product_manager")
        for user in (manager, self.env.user, self.env.ref("base.user_root")):
            with self.assertRaisesRegex(UserError, "has lots"), self.cr.savepoint():
                self.stent.product_tmpl_id.with_user(user).with_context(quality_approved_change=True).write(
                    {"expiration_time": 500}
                )
        self.stent.product_tmpl_id.write({"expiration_time": self.stent.expiration_time, "name": "Stent II"})
        self.pen.product_tmpl_id.expiration_time = 500
        self._product("New device", self.devices).product_tmpl_id.expiration_time = 500

    def test_approved_change_keeps_the_old_value_and_old_lots_their_dates(self):
        change = self._change()
        before = self.lot.expiration_date
        with self.assertRaises(AccessError):
            self._sign(change, self.quality, "action_approve")
        self._sign(change, self.approver, "action_approve")
        self.assertEqual((change.state, change.old_value, self.stent.expiration_time), ("applied", "1000", 500))
        self.assertEqual(self.lot.expiration_date, before)
        self.assertEqual(change.signature_state, "signed")
        with self.assertRaisesRegex(UserError, "signed and cannot be changed"), self.cr.savepoint():
            change.write({"new_value": "9999"})

    def test_who_asks_does_not_approve(self):
        change = (
            self.env["medical.master.change"]
            .with_user(self.approver)
            .create(
                {
                    "product_tmpl_id": self.stent.product_tmpl_id.id,
                    "company_id": self.company.id,
                    "new_value": "500",
                    "reason": "x",
                }
            )
        )
        with self.assertRaisesRegex(AccessError, "second person"):
            self._sign(change, self.approver, "action_approve")

    def test_it_waits_for_its_day(self):
        change = self._change(effective_date=fields.Date.today() + timedelta(days=10))
        self._sign(change, self.approver, "action_approve")
        self.assertEqual((change.state, self.stent.expiration_time), ("approved", 1000))
        with self.enter_registry_test_mode():
            self.env["medical.master.change"]._cron_apply_due()
        self.assertEqual(change.state, "approved")
        with self.assertRaises(AccessError):
            self._sign(change, self.quality, "action_revoke", "Study was wrong")
        with self.assertRaises(UserError):
            change.action_cancel(reason="Study was wrong")
        with self.assertRaisesRegex(UserError, "Say why"):
            self._sign(change, self.approver, "action_revoke")
        self.assertEqual(change.state, "approved")
        self._sign(change, self.approver, "action_revoke", "Study was wrong")
        self.assertEqual(change.state, "cancelled")

    def test_values_that_make_no_sense_are_refused(self):
        for values in (
            {"new_value": "-5"},
            {"new_value": "many"},
            {"new_value": "99999999999999999999"},
            {"field_name": "uom_id", "new_value": "Barrel"},
            {"field_name": "categ_id", "new_value": "No such category"},
            {"field_name": "tracking", "new_value": "box"},
            {"field_name": "use_expiration_date", "new_value": "maybe"},
        ):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self._change(**values)

    def test_unit_and_category(self):
        manager = self._user("quality_product_manager", "product.group_product_manager")
        unit, template = self.env.ref("uom.product_uom_dozen"), self.stent.product_tmpl_id
        unit.active = True
        leaves = {"field_name": "categ_id", "new_value": self.other.complete_name}
        for values in ({"uom_id": unit.id}, {"categ_id": self.other.id}):
            for user in (manager | self.approver) if "categ_id" not in values else manager:
                with self.subTest(values), self.assertRaises(UserError), self.cr.savepoint():
                    template.with_user(user).write(values)
        self.approver.group_ids += self.env.ref("product.group_product_manager")
        with self.assertRaisesRegex(UserError, "Product Category is changed by a product data change"):
            with self.cr.savepoint():
                template.with_user(self.approver).categ_id = self.other
        template.with_user(manager).categ_id = template.categ_id
        template.write({"uom_id": template.uom_id.id})
        for values, field, wanted, old in (
            ({"field_name": "uom_id", "new_value": unit.name}, "uom_id", unit, "Units"),
            (leaves, "categ_id", self.other, self.devices.display_name),
        ):
            change = self._change(**values)
            self._sign(change, self.approver, "action_approve")
            self.assertEqual((change.state, template[field], change.old_value), ("applied", wanted, old))
            entry = self._entries(template).filtered(lambda entry, field=field: entry.field_name == field)
            self.assertIn(f"(#{wanted.id})", entry.new_value)

    def test_one_that_fails_holds_no_other_up(self):
        tomorrow = fields.Date.today() + timedelta(days=1)
        category = self.env["product.category"].create({"name": "Gone soon"})
        named = {"field_name": "categ_id", "new_value": category.complete_name, "effective_date": tomorrow}
        first, second = self._change(effective_date=tomorrow), self._change(**named)
        for change in (first, second):
            self._sign(change, self.approver, "action_approve")
        category.unlink()
        with freeze_time(tomorrow + timedelta(days=1)), self.enter_registry_test_mode():
            self.env.ref("medical_quality.ir_cron_master_change").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((first.state, second.state), ("applied", "approved"))
        self.assertIn("0 records are called Gone soon", second.message_ids[0].body)

    def _entries(self, records):
        domain = [("model", "=", records._name), ("res_id", "in", records.ids)]
        return self.env["medical.audit.entry"].search(domain, order="id")

    def test_state_is_not_written_by_hand(self):
        change = self._change()
        for values in ({"state": "applied"}, {"old_value": "1"}, {"requested_by_id": self.approver.id}):
            with self.assertRaises(AccessError), self.cr.savepoint():
                change.with_user(self.approver).write(values)
