"""The ground that the tests of all addons stand on: company, people, scope, signing. Nothing relies on demo data."""

from freezegun import freeze_time

from odoo import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.medical_base.document import ADMINISTRATOR, PLANNER, QUALITY_APPROVER, QUALITY_USER, REGULATORY

# What people of the company are there for: role → the group that they have.
ROLES = {
    "admin": ADMINISTRATOR,
    "clerk": "stock.group_stock_user",
    "manager": "stock.group_stock_manager",
    "buyer": "purchase.group_purchase_user",
    "quality": QUALITY_USER,
    "approver": QUALITY_APPROVER,
    "regulatory": REGULATORY,
    "planner": PLANNER,
    "auditor": "medical_base.group_medical_auditor",
    "employee": "base.group_user",
}


class MedicalCase(TransactionCase):
    """A company of our own with its warehouse, and a user in ``cls.<role>`` for each role in ``people``."""

    people: tuple[str, ...] = ()
    # Another company, in ``cls.other_company``; it takes time to make.
    two_companies = False
    # The feature that the tests are about: a record or an XML id.
    feature = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Company = cls.env["res.company"]
        cls.company = Company.create({"name": "Device Maker"})
        cls.other_company = Company.create({"name": "Other Maker"}) if cls.two_companies else Company
        cls.env.user.write(
            {
                "company_ids": [Command.link(company.id) for company in cls.company | cls.other_company],
                "company_id": cls.company.id,
            }
        )
        if not cls.two_companies:  # People of the other one could not work in an environment of this one.
            cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        for role in cls.people:
            setattr(cls, role, cls._user(role))

    @classmethod
    def _user(cls, login, *groups, company=None):
        """A user.

        :param login: a role of ``ROLES``, or a login of the test's own
        :param groups: roles of ``ROLES`` or XML ids, by default the group of the role
        :param company: of the user, or several that the user works in
        """
        role = login if login in ROLES else "employee"
        company = company or cls.company
        return new_test_user(
            cls.env,
            f"test_{login}" if login in ROLES else login,
            groups=",".join(ROLES.get(group, group) for group in groups or (role,)),
            company_id=company[:1].id,
            company_ids=[Command.set(company.ids)],
            context={"no_reset_password": True},  # no invitation
        ).with_env(cls.env)

    @classmethod
    def _scope(cls, feature=None, *, user=None, **vals):
        """A draft of a scope of ``feature``, by default the test's own."""
        feature = feature or cls.feature
        if isinstance(feature, str):
            feature = cls.env.ref(feature)
        model = cls.env["medical.scope"].with_user(user or cls.env.user)
        return model.create({"feature_id": feature.id, "company_id": cls.company.id, **vals})

    @classmethod
    def _switch_on(cls, feature=None, **vals):
        """The feature, on for the company or what ``vals`` name, since long ago."""
        scope = cls._scope(feature, valid_from="2020-01-01", reason="test", **vals)
        scope.action_activate()
        return scope

    @classmethod
    def _sign(cls, records, user, method, reason=None, **arguments):
        """Call a signed step as a program does: proof of identity and reason in the context of the call."""
        # As new_test_user makes passwords.
        context = {"signature_password": user.login.ljust(8, "x"), **({"medical_reason": reason} if reason else {})}
        return getattr(records.with_user(user).with_context(**context), method)(**arguments)

    @classmethod
    def _entries(cls, records):
        """What the audit trail tells of the records, oldest first."""
        return cls.env["medical.audit.entry"].search(
            [("model", "=", records._name), ("res_id", "in", records.ids)], order="id"
        )

    @classmethod
    def _transfer(cls, kind, source, target, lines, partner=None, user=None):
        """A transfer that is ready to be done as far as stock goes.

        :param kind: its operation type
        :param lines: pairs of product and quantity
        """
        places = {"location_id": source.id, "location_dest_id": target.id, "company_id": cls.company.id}
        moves = [
            {"product_id": product.id, "product_uom_qty": quantity, "product_uom": product.uom_id.id, **places}
            for product, quantity in lines
        ]
        picking = (
            cls.env["stock.picking"]
            .with_user(user or cls.env.user)
            .create(
                {
                    "picking_type_id": kind.id,
                    "partner_id": partner and partner.id,
                    "move_ids": [Command.create(move) for move in moves],
                    **places,
                }
            )
        )
        picking.action_confirm()
        return picking


class MedicalBaseCase(MedicalCase):
    """Two companies, two warehouses, a feature of the tests' own and products in a tree of categories."""

    two_companies = True
    people = ("admin",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse_2 = cls.env["stock.warehouse"].create(
            {"name": "Second", "code": "SEC", "company_id": cls.company.id}
        )
        cls.feature = cls.env["medical.scope.feature"].create({"name": "Test feature", "code": "test"})
        Category = cls.env["product.category"]
        cls.devices = Category.create({"name": "Devices"})
        cls.implants = Category.create({"name": "Implants", "parent_id": cls.devices.id})
        cls.office = Category.create({"name": "Office"})
        cls.products = cls.env["product.product"].create(
            [
                {"name": name, "is_storable": True, "categ_id": category and category.id}
                for name, category in (
                    ("Syringe", cls.devices),
                    ("Screw", cls.implants),
                    ("Pen", cls.office),
                    ("Nameless", False),
                )
            ]
        )
        cls.syringe, cls.screw, cls.pen, cls.nameless = cls.products


class MedicalRetainedCase(MedicalBaseCase):
    """A legal clock, the retained record of medical_base itself, and its retention class."""

    people = (*MedicalBaseCase.people, "regulatory")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.retention = cls.env.ref("medical_base.retention_legal_clock")
        with freeze_time("2026-03-06 13:00:00"):
            cls.clock = cls.env["medical.clock"].create(
                {
                    "name": "Kept",
                    "rule_id": cls.env.ref("medical_base.clock_rule_us_recall_initiated").id,
                    "company_id": cls.company.id,
                    "start": "2026-03-06 12:00:00",
                }
            )

    def _sign_retention(self):
        self._sign(self.retention, self.regulatory, "action_sign")
