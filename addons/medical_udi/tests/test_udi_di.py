from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MedicalUdiCase, gtin


@tagged("post_install", "-at_install")
class TestDeviceIdentifier(MedicalUdiCase):
    def _draft(self, **values):
        return self.env["medical.udi.di"].create({"code": gtin(5), "product_id": self.stent.id, **values})

    def test_the_package_tree_tells_units_and_primary(self):
        self.assertEqual(
            [di.unit_quantity for di in (self.gloves_di, self.gloves_box_di, self.gloves_case_di)], [1, 10, 50]
        )
        self.assertEqual(self.gloves_case_di.primary_di_id, self.gloves_di)
        self.assertEqual(self.gloves_di.primary_di_id, self.gloves_di)
        self.assertEqual(self.gloves_box_di.container_ids, self.gloves_case_di)

    def test_packaging_and_contents_have_to_agree(self):
        with self.assertRaisesRegex(ValidationError, "contents come to 8"):
            self._draft(
                product_id=self.gloves.id, uom_id=self.box.id, contained_di_id=self.gloves_di.id, contained_quantity=8
            )
        with self.assertRaisesRegex(ValidationError, "does not convert"):
            self._draft(code=gtin(21), uom_id=self.env.ref("uom.product_uom_kgm").id)
        with self.assertRaisesRegex(ValidationError, "different products"):
            self._draft(code=gtin(22), uom_id=self.box.id, contained_di_id=self.gloves_di.id, contained_quantity=10)

    def test_codes_are_checked_and_kept_with_14_digits(self):
        self.assertEqual(self._draft(code="4012345123456").code, "04012345123456")
        with self.assertRaisesRegex(ValidationError, "check digit"):
            self._draft(code="4012345123457")
        with self.assertRaisesRegex(ValidationError, "another form|no AHM"):
            self._draft(code="X1", issuing_agency="AHM")
        self.assertEqual(self._draft(code="A123BJC5D6E71", issuing_agency="HIBCC").code, "A123BJC5D6E71")
        with self.assertRaises(ValidationError):
            self._draft(code="A123", issuing_agency="HIBCC")

    def test_a_di_is_given_once(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._draft(code=self.gloves_di.code)

    def test_marks_on_the_device_and_units_of_use(self):
        self.gloves_di.write({"direct_mark_code": gtin(301)[1:], "unit_of_use_code": gtin(302)})
        self.assertEqual(self.gloves_di.direct_mark_code, gtin(301), "kept with 14 digits")
        find = self.env["medical.udi.di"]._find
        self.assertEqual(find("GS1", gtin(301)), self.gloves_di, "the mark is scanned where the label is gone")
        self.assertFalse(find("GS1", gtin(302)), "a unit of use has no label")
        with self.assertRaisesRegex(ValidationError, "check digit"), self.env.cr.savepoint():
            self.gloves_di.direct_mark_code = "04012345123457"
        for values in ({"code": gtin(301)}, {"direct_mark_code": self.gloves_di.code}, {"unit_of_use_code": gtin(302)}):
            with (
                self.assertRaisesRegex(ValidationError, "identifier of another product already"),
                self.env.cr.savepoint(),
            ):
                self._draft(**{"code": gtin(303), **values})
        same = self._draft(code=gtin(304), product_id=self.gloves.id, direct_mark_code=gtin(301))
        self.assertTrue(same, "two packages of one device carry the same mark")

    def test_a_change_that_makes_another_device_needs_another_di(self):
        for values in ({"single_use": True}, {"product_id": self.stent.id}, {"brand": "New"}, {"code": gtin(77)}):
            with self.assertRaisesRegex(UserError, "New DI from This"):
                self.gloves_di.write(values)
        self.gloves_di.write({"description": "Powder free", "single_use": False})
        action = self.gloves_di.action_view_new_version()
        version = (
            self.env["medical.udi.di"].with_context(**action["context"]).create({"code": gtin(78), "brand": "New"})
        )
        self.assertEqual(
            (version.replaced_di_id, version.state, version.product_id), (self.gloves_di, "draft", self.gloves)
        )

    def test_states(self):
        draft = self._draft()
        for user in (self.quality, self.env.user):
            with self.assertRaises(AccessError):
                draft.with_user(user).write({"state": "active"})
        draft.with_user(self.quality).action_activate()
        with self.assertRaisesRegex(UserError, "is active"):
            draft.action_activate()
        with self.assertRaisesRegex(UserError, "kept as a record"):
            draft.unlink()
        draft.action_discontinue()
        self.assertEqual(self.env["medical.udi.di"]._find("GS1", draft.code), draft, "old stock is still scanned")
        outer = self._draft(
            code=gtin(6), uom_id=self.box.id, contained_di_id=self._draft(code=gtin(8)).id, contained_quantity=10
        )
        with self.assertRaisesRegex(UserError, "first"):
            outer.action_activate()
        outer.unlink()

    def test_active_dis_become_barcodes_where_there_are_none(self):
        self.assertEqual(self.gloves.barcode, self.gloves_di.code)
        packaging = self.env["product.uom"].search([("product_id", "=", self.gloves.id)])
        self.assertEqual(
            {row.barcode: row.uom_id for row in packaging},
            {self.gloves_box_di.code: self.box, self.gloves_case_di.code: self.case},
        )
        other = self._product("Barcoded", barcode="123")
        self._di(other, 999)
        self.assertEqual(other.barcode, "123")

    def _registered_in(self, di, country, day=None):
        return not di._registrations_missing(country, day)

    def test_registrations(self):
        germany, switzerland = self.env.ref("base.de"), self.env.ref("base.ch")
        self.assertFalse(self._registered_in(self.gloves_di, germany))
        self.assertTrue(self._registered_in(self.gloves_di, switzerland), "no market asks for one")
        row = (
            self.env["medical.udi.registration"]
            .with_user(self.regulatory)
            .create(
                {
                    "di_id": self.gloves_di.id,
                    "market_id": self.env.ref("medical_udi.market_eu").id,
                    "valid_from": "2020-01-01",
                }
            )
        )
        with self.assertRaisesRegex(UserError, "enter its number"):
            row.action_register()
        row.number = "EU-1"
        row.action_submit()
        row.action_register()
        self.assertTrue(row.in_force)
        self.assertTrue(self._registered_in(self.gloves_case_di, germany), "the package is of the same device")
        self.assertFalse(
            self._registered_in(
                self.gloves_di,
                germany,
                self.env["medical.udi.registration"]._fields["valid_from"].to_date("2019-01-01"),
            )
        )
        with self.assertRaisesRegex(UserError, "is registered"):
            row.action_submit()
        with self.assertRaisesRegex(AccessError, "Regulatory Affairs"):
            row.with_user(self.quality).action_withdraw()
        with self.assertRaises(AccessError):
            row.write({"state": "draft"})
        row.action_withdraw()
        self.assertFalse(self._registered_in(self.gloves_di, germany))
        with self.assertRaisesRegex(UserError, "kept as a record"):
            row.unlink()
        with self.assertRaisesRegex(ValidationError, "is a package"):
            row.copy({"di_id": self.gloves_box_di.id})

    def test_missing_registrations_cost_the_same_for_many(self):
        germany = self.env.ref("base.de")
        dis = self.gloves_di | self.gloves_box_di | self.gloves_case_di | self.stent_di
        self.env.invalidate_all()
        with self.assertQueryCount(5):
            self.assertEqual(dis._registrations_missing(germany), dis)

    def test_who_may_do_what(self):
        self.assertTrue(self.gloves_di.with_user(self.clerk).code)
        self.assertTrue(self.gloves_di.with_user(self.auditor).code)
        for user in (self.clerk, self.auditor):
            with self.assertRaises(AccessError):
                self.env["medical.udi.di"].with_user(user).create({"code": gtin(9), "product_id": self.stent.id})
            with self.assertRaises(AccessError):
                self.gloves_di.with_user(user).action_discontinue()
        self.env["medical.udi.di"].with_user(self.quality).create(
            {"code": gtin(9), "product_id": self.stent.id}
        ).action_activate()

    def test_other_companies_do_not_see_it(self):
        self.stent.company_id = self.company
        other = self.env["res.company"].create({"name": "Other UDI Company"})
        stranger = self._user("udi_stranger", "clerk", company=other)
        visible = self.env["medical.udi.di"].with_user(stranger).with_context(allowed_company_ids=other.ids).search([])
        self.assertNotIn(self.stent_di, visible)
        self.assertIn(self.gloves_di, visible)
