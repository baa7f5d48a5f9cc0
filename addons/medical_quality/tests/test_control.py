from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestControl(MedicalQualityCase):
    """Products leave control by an approver or not at all, and always with a trace."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.manager, cls.approver):
            user.group_ids |= cls.env.ref("product.group_product_manager") | cls.env.ref("base.group_partner_manager")
        cls.valve = cls._product("Valve", cls.devices)
        cls.below = cls.env["product.category"].create({"name": "Below", "parent_id": cls.devices.id})
        cls.clip = cls._product("Clip", cls.below)
        # Without variants of their own, so that another one fits.
        cls.bare_templates = cls.env["product.template"].with_context(create_product_product=False)
        cls.other_template = cls.bare_templates.create({"name": "Other", "categ_id": cls.other.id})
        cls.udi = cls.env["medical.scope"].create(
            {
                "feature_id": cls.env.ref("medical_udi.scope_feature_udi").id,
                "company_id": cls.company.id,
                "category_id": cls.devices.id,
                "valid_from": "2020-01-01",
            }
        )
        cls.udi.action_activate()
        cls.second = cls.env["stock.warehouse"].create({"name": "Second", "code": "QS", "company_id": cls.company.id})

    def _entries(self, record):
        return self.env["medical.audit.entry"].search(
            [("model", "=", record._name), ("res_id", "=", record.id), ("field_name", "=", "control")]
        )

    def _ways(self):
        """name → (what is written, by whom of the two, which record tells of it)"""
        valve, clip = self.valve, self.clip

        def by(record, **values):
            return lambda user: record.with_user(user).write(values)

        return {
            "not storable": (by(valve, is_storable=False), valve.product_tmpl_id),
            "service": (by(valve.product_tmpl_id, type="service"), valve.product_tmpl_id),
            "untracked": (by(valve, tracking="none"), valve.product_tmpl_id),
            "other category": (by(valve, categ_id=self.other.id), valve.product_tmpl_id),
            "no category": (by(valve.product_tmpl_id, categ_id=False), valve.product_tmpl_id),
            "no UDI": (by(valve, udi_control="never"), valve.product_tmpl_id),
            "other template": (by(valve, product_tmpl_id=self.other_template.id), valve),
            "category moved": (by(self.below, parent_id=self.other.id), clip.product_tmpl_id),
            "category deleted": (lambda user: self.below.with_user(user).unlink(), clip.product_tmpl_id),
            "import": (lambda user: self._import(user), valve.product_tmpl_id),
        }

    def _import(self, user):
        result = self.valve.product_tmpl_id.with_user(user).load(
            [".id", "categ_id/.id"], [[str(self.valve.product_tmpl_id.id), str(self.other.id)]]
        )
        if not result["ids"]:
            raise AccessError(result["messages"][0]["message"])

    def test_every_way_out_needs_an_approver_and_is_kept(self):
        for name, (write, told) in self._ways().items():
            with self.subTest(name), self.cr.savepoint() as savepoint:
                with self.assertRaisesRegex(AccessError, "ask a quality approver"), self.cr.savepoint():
                    write(self.manager)
                    self.env.flush_all()
                self.assertFalse(self._entries(told))
                self.env.invalidate_all()
                write(self.approver)
                self.env.flush_all()
                entry = self._entries(told)
                self.assertEqual((len(entry), entry.user_id), (1, self.approver))
                self.assertIn(self.warehouse.display_name, entry.old_value)
                self.assertNotEqual(entry.old_value, entry.new_value)
                savepoint.rollback()
            self.env["medical.scope"]._forget_enabled()

    def test_the_superuser_leaves_a_trace_too(self):
        self.valve.categ_id = self.other
        entry = self._entries(self.valve.product_tmpl_id)
        self.assertEqual((entry.user_id, entry.new_value), (self.env.user, False))

    def test_what_has_lots_or_stock_stays_storable_and_tracked(self):
        self.env["stock.lot"].create({"name": "V1", "product_id": self.valve.id, "company_id": self.company.id})
        bare = self._product("Bare", self.devices)
        other_company = self.env["res.company"].create({"name": "Elsewhere"})
        there = self.env["stock.warehouse"].search([("company_id", "=", other_company.id)]).lot_stock_id
        self.env["stock.quant"]._update_available_quantity(bare, there, 1)
        for product in (self.valve, bare):
            for name, act in (
                ("not storable", lambda product=product: product.write({"is_storable": False})),
                ("service", lambda product=product: product.write({"type": "service"})),
                ("untracked", lambda product=product: product.write({"tracking": "none"})),
                (
                    "other template",
                    lambda product=product: product.write({"product_tmpl_id": self._untracked().id}),
                ),
            ):
                with self.subTest(name, product=product.name), self.assertRaises(UserError), self.cr.savepoint():
                    act()
                    self.env.flush_all()
        self.assertEqual((self.valve.tracking, bare.tracking), ("lot", "lot"))

    def _untracked(self):
        values = {"name": "Untracked", "is_storable": True, "categ_id": self.devices.id}
        return self.bare_templates.create(values)

    def test_new_products_do_not_opt_out_unseen(self):
        values = {"name": "New", "is_storable": True, "tracking": "lot", "categ_id": self.devices.id}
        templates = self.env["product.template"]
        with self.assertRaisesRegex(AccessError, "ask a quality approver"), self.cr.savepoint():
            templates.with_user(self.manager).create({**values, "udi_control": "never"})
        free = templates.with_user(self.approver).create({**values, "udi_control": "never"})
        entry = self._entries(free)
        self.assertIn(self.udi.feature_id.name, entry.old_value)
        self.assertFalse(entry.new_value)
        with self.assertRaisesRegex(AccessError, "ask a quality approver"), self.cr.savepoint():
            free.with_user(self.manager).copy()
        with self.assertRaisesRegex(AccessError, "ask a quality approver"), self.cr.savepoint():
            self.env["product.product"].with_user(self.manager).create({**values, "udi_control": "never"})
        usual = templates.with_user(self.manager).create(values)
        self.assertFalse(self._entries(usual))
        loose = templates.with_user(self.manager).create({**values, "tracking": "none"})
        self.assertEqual(len(self._entries(loose)), 1, "not kept by lots, so out of quality control: allowed, and told")

    def test_what_stays_under_control_is_free(self):
        for write in (
            lambda product: product.write({"categ_id": self.below.id}),
            lambda product: product.write({"name": "Valve 2", "udi_control": "always"}),
            lambda product: product.write({"tracking": "serial"}),
        ):
            write(self.valve.with_user(self.manager))
        self.below.with_user(self.manager).name = "Lower"
        self.pen.with_user(self.manager).write({"categ_id": self.devices.id})
        self.assertFalse(self._entries(self.valve.product_tmpl_id))

    def test_a_narrower_place_is_a_way_out(self):
        """Under control in one warehouse only is less than in both."""
        narrow = self.env["product.category"].create({"name": "Narrow"})
        self.env["medical.scope"].create(
            {
                "feature_id": self.env.ref("medical_quality.scope_feature_quality").id,
                "company_id": self.company.id,
                "warehouse_id": self.second.id,
                "category_id": narrow.id,
                "valid_from": "2020-01-01",
            }
        ).action_activate()
        with self.assertRaisesRegex(AccessError, "ask a quality approver"), self.cr.savepoint():
            self.valve.with_user(self.manager).categ_id = narrow
        self.valve.with_user(self.approver).categ_id = narrow
        entry = self._entries(self.valve.product_tmpl_id)
        self.assertIn(self.second.display_name, entry.new_value)
        self.assertNotIn(self.warehouse.display_name, entry.new_value)

    def test_an_ended_scope_tells_what_it_ends(self):
        admin = self._user("quality_admin", "base.group_system")
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.udi.with_user(self.manager).action_end()
        self.udi.with_user(admin).action_end()
        entry = self._entries(self.udi)
        self.assertEqual(entry.user_id, admin)
        self.assertRegex(entry.old_value, rf"{self.warehouse.display_name}: \d+")
        self.assertRegex(entry.new_value, rf"{self.warehouse.display_name}: 0")
        with self.assertRaises(UserError), self.cr.savepoint():
            self.env["medical.scope"].search([("state", "=", "active")]).write({"category_id": self.other.id})
