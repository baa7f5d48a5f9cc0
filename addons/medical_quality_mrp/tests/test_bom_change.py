from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.medical_quality.tests.common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestBomChange(MedicalQualityCase):
    """What a released product is made of changes as its shelf life does: by a change that somebody else approves."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maker = cls._user("quality_maker", "mrp.group_mrp_manager")
        cls.boms = cls.env["mrp.bom"].with_user(cls.maker)
        cls.device = cls._product("Device", cls.devices)
        cls.bom = cls._bom(cls.device)
        cls.line = cls.bom.bom_line_ids

    @classmethod
    def _bom(cls, product):
        return cls.boms.create(
            {
                "product_tmpl_id": product.product_tmpl_id.id,
                "company_id": cls.company.id,
                "bom_line_ids": [Command.create({"product_id": cls.pen.id, "product_qty": 1})],
            }
        )

    def _change(self, **values):
        change = self.env["medical.master.change"].with_user(self.quality)
        return change.create(
            {
                "product_tmpl_id": self.device.product_tmpl_id.id,
                "company_id": self.company.id,
                "field_name": "bom",
                "new_value": "Two pens instead of one",
                "reason": "They get lost",
                **values,
            }
        )

    def _ways(self):
        return {
            "bom": lambda: self.bom.write({"product_qty": 2}),
            "archived": lambda: self.bom.write({"active": False}),
            "line": lambda: self.line.write({"product_qty": 2}),
            "new line": lambda: self.bom.write({"bom_line_ids": [Command.create({"product_id": self.pen.id})]}),
            "line of its own": lambda: self.line.create({"bom_id": self.bom.id, "product_id": self.pen.id}),
            "line moved here": lambda: self._bom(self.pen_set).bom_line_ids.write({"bom_id": self.bom.id}),
            "line moved away": lambda: self.line.write({"bom_id": self._bom(self.pen_set).id}),
            "line away": lambda: self.line.unlink(),
            "forced": lambda: self.line.with_context(_force_unlink=True).unlink(),
            "gone": lambda: self.bom.with_context(_force_unlink=True).unlink(),
            "second": lambda: self._bom(self.device),
            "given to it": lambda: self._bom(self.pen_set).write({"product_tmpl_id": self.device.product_tmpl_id.id}),
        }

    def _closed(self):
        self.pen_set = self._product("Pen Set", self.other, tracking="none")
        for name, way in self._ways().items():
            with self.subTest(name), self.assertRaisesRegex(UserError, "its bill of materials is changed while"):
                with self.cr.savepoint():
                    way()

    def test_nothing_is_asked_before_a_lot_is_released(self):
        self._lot("B1", 5, product=self.device)
        self.line.product_qty = 2

    def test_released_products(self):
        self._lot("B1", 5, product=self.device, state="released")
        self._closed()
        self.bom.write({"code": "A", "sequence": 7})
        change = self._change()
        self._closed()
        self._sign(change, self.approver, "action_approve")
        self.assertEqual(change.state, "approved", "people carry it out")
        self.line.product_qty = 2
        with self.assertRaises(AccessError):
            change.with_user(self.maker).action_carry_out()
        change.action_carry_out()
        self.assertEqual((change.state, bool(change.closed_on)), ("applied", True))
        self._closed()

    def test_not_before_its_day_and_for_its_product_only(self):
        self._lot("B1", 5, product=self.device, state="released")
        change = self._change(effective_date=fields.Date.today() + timedelta(days=10))
        self._sign(change, self.approver, "action_approve")
        with self.assertRaisesRegex(UserError, "not in force before its day"):
            change.action_carry_out()
        other = self._product("Catheter", self.devices)
        self._sign(self._change(product_tmpl_id=other.product_tmpl_id.id), self.approver, "action_approve")
        self._closed()
        later = self._change(
            field_name="expiration_time", new_value="500", effective_date=fields.Date.today() + timedelta(days=10)
        )
        self._sign(later, self.approver, "action_approve")
        with self.assertRaisesRegex(UserError, "comes into force by itself"):
            later.action_carry_out()
