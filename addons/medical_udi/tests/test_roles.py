from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import MedicalUdiCase, gtin

# What the roles may do with records of each model: read, write, create, unlink.
READ, ALL, NOTHING = "r", "rwcu", ""
RIGHTS = {
    #                           clerk, stock manager, quality, approver, regulatory, auditor, employee
    "medical.udi.di": (READ, READ, ALL, ALL, ALL, READ, NOTHING),
    "medical.udi.registration": (READ, READ, READ, READ, ALL, READ, NOTHING),
    "medical.udi.market": (READ, READ, READ, READ, ALL, READ, NOTHING),
    "medical.udi.scan": (READ, READ, READ, READ, NOTHING, READ, NOTHING),
    "medical.code.source": (READ, ALL, ALL, ALL, NOTHING, READ, NOTHING),
    "medical.code.map": (READ, ALL, ALL, ALL, NOTHING, READ, NOTHING),
    "medical.unit.problem": (READ, READ, READ, READ, READ, READ, NOTHING),
    "medical.stock.state": (READ, READ, READ, READ, NOTHING, READ, NOTHING),
    "medical.trace.log": (NOTHING, READ, READ, READ, NOTHING, READ, NOTHING),
    "medical.lot.correction": (NOTHING, NOTHING, NOTHING, ALL, NOTHING, NOTHING, NOTHING),
    "medical.code.receipt": (ALL, ALL, ALL, ALL, NOTHING, NOTHING, NOTHING),
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "u": "unlink"}


@tagged("post_install", "-at_install")
class TestRoles(MedicalUdiCase):
    people = (*MedicalUdiCase.people, "manager", "employee")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.roles = (cls.clerk, cls.manager, cls.quality, cls.approver, cls.regulatory, cls.auditor, cls.employee)

    def test_rights_of_every_role(self):
        for model, rights in RIGHTS.items():
            for user, letters in zip(self.roles, rights, strict=True):
                records = self.env[model].with_user(user)
                found = "".join(letter for letter, operation in OPERATIONS.items() if records.has_access(operation))
                self.assertEqual(found, letters, f"{model}, {user.login}")

    def test_every_model_has_rights_and_a_company_rule(self):
        """Also the ones that are still to come: nobody is left without a line, nothing with a company without a rule."""
        names = [
            name
            for name, model in self.env.registry.items()
            if model._original_module == "medical_udi" and not model._abstract
        ]
        self.assertIn("medical.udi.di", names)
        for name in names:
            lines = self.env["ir.model.access"].search([("model_id.model", "=", name)])
            self.assertTrue(lines, f"{name}: no access line")
            self.assertTrue(all(lines.mapped("group_id")), f"{name}: open to everybody")
            model = self.env[name]
            if "company_id" in model._fields and not model.is_transient():
                rules = self.env["ir.rule"].search([("model_id.model", "=", name)])
                self.assertTrue(
                    rules.filtered(lambda rule: "company_id" in rule.domain_force), f"{name}: no company rule"
                )

    def test_who_may_read_can_open_the_screens(self):
        for model, record in (
            ("medical.udi.di", self.stent_di),
            ("medical.udi.market", self.env.ref("medical_udi.market_eu")),
        ):
            for user, letters in zip(self.roles, RIGHTS[model], strict=True):
                if letters:
                    with self.subTest(model=model, user=user.login):
                        Form(record.with_user(user))

    def test_quality_registers_and_the_warehouse_does_not(self):
        values = {"code": gtin(401234500090), "product_id": self.gloves.id}
        for user in (self.clerk, self.manager, self.auditor, self.employee):
            with self.assertRaises(AccessError):
                self.env["medical.udi.di"].with_user(user).create(values)
            with self.assertRaises(AccessError):
                self.stent_di.with_user(user).action_discontinue()
        di = self.env["medical.udi.di"].with_user(self.quality).create(values)
        di.action_activate()
        self.assertEqual(di.state, "active")
        registration = (
            self.env["medical.udi.registration"]
            .with_user(self.regulatory)
            .create({"di_id": di.id, "market_id": self.env.ref("medical_udi.market_eu").id, "number": "1"})
        )
        for user in (self.clerk, self.quality, self.approver, self.auditor):
            with self.assertRaises(AccessError):
                registration.with_user(user).action_register()
        registration.action_register()

    def test_states_and_scans_cannot_be_forged(self):
        forged = {"medical_guard": True, "install_mode": True, "su": True}
        for user in (*self.roles, self.env.user):
            di = self.stent_di.with_user(user).with_context(**forged)
            with self.assertRaises(AccessError):
                di.write({"state": "discontinued"})
            scans = self.env["medical.udi.scan"].with_user(user).with_context(**forged)
            with self.assertRaises(AccessError):
                scans.create({"raw": "forged"})
        self.assertEqual(self.stent_di.state, "active")

    def test_settled_lots_are_corrected_by_approvers_only(self):
        lot = self._stock(self.gloves, "L1", 5, self.gloves_di)
        delivery = self._picking("out", [(self.gloves, 1)])
        delivery.move_ids.picked = True
        delivery._action_done()
        for user in (self.clerk, self.manager, self.quality, self.approver):
            with self.assertRaises(UserError):
                lot.with_user(user).with_context(medical_lot_correction=True).name = "L2"
        for user in (self.clerk, self.manager, self.quality):
            with self.assertRaises(AccessError):
                self.env["medical.lot.correction"].with_user(user).create(
                    {"lot_id": lot.id, "name": "L2", "reason": "x"}
                )
        self.env["medical.lot.correction"].with_user(self.approver).create(
            {"lot_id": lot.id, "name": "L2", "reason": "misread"}
        ).action_apply()
        self.assertEqual(lot.name, "L2")

    def test_views_of_the_ledger_cannot_be_written(self):
        for model in ("medical.stock.state", "medical.unit.problem"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.manager).create({})

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_other_companies_see_nothing(self):
        other = self.env["res.company"].create({"name": "Other UDI Company"})
        self.stent.company_id = self.company
        stranger = self._user("udi_stranger", "approver", company=other)
        theirs = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        scanned = self._picking("in", [(self.gloves, 5)])
        scanned.with_user(self.clerk).medical_scan(self._label(self.gloves_di, lot="L1"))
        registration = self.env["medical.udi.registration"].create(
            {"di_id": self.stent_di.id, "market_id": self.env.ref("medical_udi.market_eu").id}
        )
        mine = {
            "medical.udi.di": self.stent_di,
            "medical.udi.registration": registration,
            "medical.udi.scan": self.env["medical.udi.scan"].search([("picking_id", "=", scanned.id)]),
        }
        for model, records in mine.items():
            self.assertTrue(records)
            self.assertFalse(theirs[model].search([("id", "in", records.ids)]), model)
            with self.assertRaises(AccessError):
                records.with_env(theirs).read(["display_name"])
