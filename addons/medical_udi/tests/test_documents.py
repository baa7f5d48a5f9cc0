from itertools import count

from odoo.tests import tagged

from odoo.addons.medical_base.tests.document_case import DocumentCase

from .common import MedicalUdiCase, gtin


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase, MedicalUdiCase):
    addon = "medical_udi"
    builders = {
        "medical.udi.di": "_build_di",
        "medical.udi.registration": "_build_registration",
        "medical.trace.export": "_build_export",
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.numbers = count(1000)

    def _build_di(self, state):
        di = (
            self.env["medical.udi.di"]
            .with_user(self.quality)
            .create({"code": gtin(next(self.numbers)), "product_id": self.stent.id})
        )
        if state != "draft":
            di.action_activate()
        if state == "discontinued":
            di.action_discontinue()
        return di.with_env(self.env)

    def _build_registration(self, state):
        registration = (
            self.env["medical.udi.registration"]
            .with_user(self.regulatory)
            .create({"di_id": self.stent_di.id, "market_id": self.env.ref("medical_udi.market_eu").id, "number": "1"})
        )
        if state != "draft":
            registration.action_submit()
        if state in ("registered", "withdrawn"):
            registration.action_register()
        if state == "withdrawn":
            registration.action_withdraw()
        return registration.with_env(self.env)

    def _build_export(self, state):
        exports = self.env["medical.trace.export"]
        exports.search([("state", "=", "running")])._take("action_cancel")
        lot = self.env["stock.lot"].create({"name": f"T{next(self.numbers)}", "product_id": self.stent.id})
        clerk = self._role_user("stock.group_stock_user")
        action = self.env["medical.trace.workbook"].with_user(clerk).export_later("stock.lot", lot.ids, "forward")
        export = exports.browse(action["res_id"])
        if state == "draft":
            return export.with_user(clerk).sudo().copy().with_env(self.env)
        if state == "done":
            export._work_off()
        elif state == "failed":
            export._fail(message="Disk full")
        elif state == "cancelled":
            export.with_user(clerk).action_cancel()
        return export

    def test_a_discontinued_di_is_activated_again(self):
        di = self._build_di("discontinued").with_user(self.quality)
        since = di.activated_on
        self.assertTrue(since and di.discontinued_on)
        di.action_activate_again()
        self.assertEqual((di.state, di.activated_on, di.discontinued_on), ("active", since, False))
