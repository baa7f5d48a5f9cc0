from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestRoles(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls._lot("L1", 10, state="released")
        cls.hold = cls._hold(cls.lot)

    def test_everybody_concerned_reads_holds(self):
        for user in (self.clerk, self.quality, self.approver, self.auditor):
            self.assertEqual(self.hold.with_user(user).reason, "Seal may leak")
            self.assertEqual(self.hold.with_user(user).line_ids.lot_id.ids, self.lot.ids)

    def test_others_do_not(self):
        with self.assertRaises(AccessError):
            self.hold.with_user(self._user("employee")).read(["reason"])

    def test_only_quality_makes_holds(self):
        for user in (self.clerk, self.manager, self.auditor):
            with self.assertRaises(AccessError):
                self.env["medical.hold"].with_user(user).create({"reason": "x", "company_id": self.company.id})
            with self.assertRaises(AccessError):
                self.hold.with_user(user).write({"reason": "x"})
            with self.assertRaises(AccessError):
                self.hold.line_ids.with_user(user).unlink()

    def test_only_approvers_lift_and_reject(self):
        for user in (self.clerk, self.manager, self.quality, self.auditor):
            with self.assertRaises(AccessError):
                self.hold.with_user(user).action_lift()
            with self.assertRaises(AccessError):
                self.lot.with_user(user).action_quality_reject()

    def test_holds_of_other_companies_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Quality Other Company"})
        stranger = self._user("stranger", "approver", company=other)
        hold = self.hold.with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(hold.search([("id", "=", hold.id)]))
        with self.assertRaises(AccessError):
            self._lift(hold, "not mine")

    def test_what_the_menus_lead_to_is_read_by_auditors_and_regulatory_affairs(self):
        """They open the lot, where it came from and where it is, and change none of it."""
        out = self._move(self.stock, self.customers, self._lot("SENT", 5, state="released"), 1)
        for user in (self.auditor, self._user("regulatory")):
            lot = self.lot.with_user(user)
            self.assertTrue(lot.get_views([(False, "form"), (False, "list")])["views"])
            for view in (
                "stock.view_production_lot_form",
                "medical_udi.view_stock_lot_360_form",
                "medical_quality.medical_lots_to_release_view_list",
            ):
                spec = self._spec(lot, view)
                self.assertEqual(lot.web_read(spec)[0]["name"], "L1")
            self.assertTrue(out.with_user(user).move_line_ids.lot_id.display_name)
            for record in (lot, out.with_user(user), self.shelf.with_user(user), self.stent.with_user(user)):
                self.assertTrue(record.display_name)
                with self.assertRaises(AccessError):
                    record.write({"name": "mine"})
            with self.assertRaises(AccessError):
                lot.action_quality_reject()

    def _spec(self, record, view):
        """What the web client asks for to show the view."""
        arch = etree.fromstring(record.get_view(self.env.ref(view).id)["arch"])
        names = {field.get("name") for field in arch.xpath("//field[not(ancestor::field)]")}
        return {name: {"fields": {"display_name": {}}} if record._fields[name].relational else {} for name in names}
