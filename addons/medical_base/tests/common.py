from freezegun import freeze_time

from odoo.tests import TransactionCase, new_test_user


class MedicalBaseCase(TransactionCase):
    """Own company, feature and category tree; a user per role. Nothing relies on demo data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Device Maker"})
        cls.other_company = cls.env["res.company"].create({"name": "Other Maker"})
        cls.env.user.write(
            {"company_ids": [(4, cls.company.id), (4, cls.other_company.id)], "company_id": cls.company.id}
        )
        Warehouse = cls.env["stock.warehouse"]
        cls.warehouse = Warehouse.search([("company_id", "=", cls.company.id)], limit=1)
        if not cls.warehouse:
            cls.warehouse = Warehouse.create({"name": "Main", "code": "MAIN", "company_id": cls.company.id})
        cls.warehouse_2 = Warehouse.create({"name": "Second", "code": "SEC", "company_id": cls.company.id})
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
        cls.admin = cls._user("base_admin", "base.group_system")

    @classmethod
    def _user(cls, login, *groups, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            login,
            groups=",".join(groups or ("base.group_user",)),
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )

    @classmethod
    def _scope(cls, *, user=None, **vals):
        model = cls.env["medical.scope"].with_user(user or cls.env.user)
        return model.create({"feature_id": cls.feature.id, "company_id": cls.company.id, **vals})

    @classmethod
    def _entries(cls, records):
        return cls.env["medical.audit.entry"].search(
            [("model", "=", records._name), ("res_id", "in", records.ids)], order="id"
        )


class MedicalRetainedCase(MedicalBaseCase):
    """A legal clock, the retained record of medical_base itself, and its retention class."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.regulatory = cls._user("keep_regulatory", "medical_base.group_medical_regulatory")
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

    def _sign(self):
        self.retention.with_user(self.regulatory).with_context(signature_password=self.regulatory.login).action_sign()
