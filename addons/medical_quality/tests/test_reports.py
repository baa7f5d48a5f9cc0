from lxml import html

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestReports(MedicalQualityCase):
    people = (*MedicalQualityCase.people, "regulatory", "buyer")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quality_2 = cls._user("quality_second", "quality")
        cls.quality.name, cls.approver.name = "quality_user", "quality_approver"
        di = cls.env["medical.udi.di"].create({"product_id": cls.stent.id, "code": "04012345123456"})
        di.action_activate()
        lines = [
            {"name": "Length", "kind": "measured", "lower": 9.5, "upper": 10.25, "unit": "mm"},
            {"name": "Force", "kind": "measured", "lower": 12, "has_upper": False, "unit": "N", "critical": True},
            {"name": "Surface", "kind": "attribute"},
            {"name": "Certificate", "kind": "document"},
        ]
        cls._plan(name="Incoming stents", sample_size=3, characteristic_ids=[Command.create(line) for line in lines])
        cls.first, cls.second = cls._buy("R1"), cls._buy("R2")
        cls.first.lot_id._udi_correct({"udi_di_id": di.id}, "Read from the label")

    @classmethod
    def _buy(cls, name):
        order = cls.env["purchase.order"].create(
            {
                "partner_id": cls.vendor.id,
                "company_id": cls.company.id,
                "order_line": [(0, 0, {"product_id": cls.stent.id, "product_qty": 10, "price_unit": 1})],
            }
        )
        order.button_confirm()
        cls._line(order.picking_ids, None, 10, lot_name=name)
        cls._validate(order.picking_ids)
        inspection = cls.env["medical.inspection"].search([("picking_id", "=", order.picking_ids.id)])
        length, force, surface, document = inspection.result_ids.with_user(cls.quality)
        length.write({"values_text": "9.8 10.1 10.3", "remark": "One is long"})
        force.write({"values_text": "13 14 15"})
        surface.write({"checked": 3})
        document.write({"attachment_ids": [(0, 0, {"name": "certificate.pdf", "raw": b"x"})]})
        return inspection

    def _print(self, report, records, user):
        content, kind = (
            self.env["ir.actions.report"].with_user(user)._render_qweb_html(f"medical_quality.{report}", records.ids)
        )
        self.assertEqual(kind, "html")
        return html.fromstring(content)

    def _text(self, tree, path):
        return [" ".join(node.text_content().split()) for node in tree.xpath(path)]

    def _decided(self):
        self._sign(self.first, self.quality, "action_inspected")
        self._sign(
            self.first,
            self.quality_2,
            "action_decide_quantities",
            reason="One cut short",
            accepted=0,
            rejected=10,
            concession=0,
        )

    def test_inspection_report(self):
        self._decided()
        for user in (self.clerk, self.buyer, self.auditor, self.regulatory, self.quality):
            with self.subTest(user=user.login):
                tree = self._print("report_medical_inspection", self.first, user)
                identity = self._text(tree, "//table[@name='identity']")[0]
                for text in (
                    "04012345123456",
                    "(10)R1",
                    "Incoming stents",
                    "Quality Test Vendor",
                    self.first.picking_id.name,
                    self.first.purchase_line_id.order_id.name,
                    "Sample size 3",
                    "Acceptance number 0",
                    "Normal",
                ):
                    self.assertIn(text, identity)
                self.assertEqual(
                    self._text(tree, "//table[@name='results']/tbody/tr"),
                    [
                        "Length 9.5 – 10.25 mm 9.8 10.1 10.3 3 1 One is long",
                        "Force Critical: none may fail ≥ 12 N 13 14 15 3 0",
                        "Surface Good or Bad 3 0",
                        "Certificate Document certificate.pdf",
                    ],
                )
                decision = self._text(tree, "//table[@name='decision']")[0]
                self.assertRegex(decision, r"Rejected 10\.00 Units Decided by quality_second")
                self.assertIn("Inspected by quality_user", decision)
                signatures = self._text(tree, "//table[@name='signatures']/tbody/tr")
                self.assertEqual(len(signatures), 2)
                self.assertRegex(signatures[0], "quality_user .*Author .*Password .*Valid")
                self.assertRegex(signatures[1], "quality_second .*Approval .*One cut short .*Valid")

    def test_a_signature_that_holds_no_more_is_shown_as_that(self):
        self._sign(self.first, self.quality, "action_inspected")
        self.first.result_ids[0].with_user(self.quality).values_text = "9.8 10.1 10.2"
        tree = self._print("report_medical_inspection", self.first, self.auditor)
        self.assertTrue(tree.xpath("//div[@name='not_decided']"))
        self.assertFalse(tree.xpath("//table[@name='decision']"))
        self.assertEqual(self._text(tree, "//table[@name='signatures']//strong[@class='text-danger']"), ["Invalidated"])
        self._sign(self.first, self.quality, "action_inspected")
        self.env.cr.execute(
            "UPDATE medical_inspection_result SET remark = 'all fine' WHERE inspection_id = %s", [self.first.id]
        )
        self.env.invalidate_all()
        tree = self._print("report_medical_inspection", self.first, self.auditor)
        self.assertEqual(
            self._text(tree, "//table[@name='signatures']//strong[@class='text-danger']"),
            ["Invalidated", "Content Changed"],
        )

    def test_several_at_once(self):
        tree = self._print("report_medical_inspection", self.first | self.second, self.quality)
        self.assertEqual(
            tree.xpath("//div[@data-inspection]/@data-inspection"), [str(self.first.id), str(self.second.id)]
        )
        self.assertEqual(self._text(tree, "//div[@name='no_signatures']"), ["Not signed."] * 2)

    def test_release_record(self):
        self.env["medical.release.step"].create(
            {
                "name": "Batch record read",
                "company_id": self.company.id,
                "valid_from": "2020-01-01",
                "group_id": self.env.ref("medical_base.group_medical_quality_user").id,
            }
        )
        lot = self.first.lot_id
        tree = self._print("report_release_record", lot, self.quality)
        self.assertIn("is not decided", self._text(tree, "//pre[@name='unmet']")[0])
        self.assertTrue(tree.xpath("//div[@name='no_holds']"))
        self.first.result_ids[0].with_user(self.quality).values_text = "9.8 10.1 10.2"
        self._sign(self.first, self.quality, "action_inspected")
        self._sign(self.first, self.quality_2, "action_decide_quantities", accepted=10, rejected=0, concession=0)
        hold = self._hold(lot, "Vendor's notice")
        self._sign(hold, self.approver, "action_lift", "Other lots were meant")
        self._sign(lot, self.quality_2, "action_quality_sign_step")
        self._sign(lot, self.approver, "action_quality_release", "Inspected, documents complete")
        active = self._hold(lot, "Complaint")
        for user in (self.clerk, self.auditor, self.regulatory, self.approver):
            with self.subTest(user=user.login):
                tree = self._print("report_release_record", lot, user)
                self.assertIn("Released", self._text(tree, "//strong[@name='state']"))
                self.assertIn(f"is on hold ({active.name}: Complaint)", self._text(tree, "//div[@name='blocked']")[0])
                self.assertFalse(tree.xpath("//pre[@name='unmet']"))
                self.assertIn("Decided by quality", self._text(tree, "//table[@name='identity']")[0])
                self.assertRegex(
                    self._text(tree, "//table[@name='inspections']/tbody/tr")[0],
                    rf"^{self.first.name} Receipt 3 0 10\.00 0\.00 0\.00 quality_user.* quality_second.* Passed$",
                )
                lifted, held = self._text(tree, "//table[@name='holds']/tbody/tr")
                self.assertRegex(
                    lifted,
                    f"^{hold.name} Vendor's notice Whole lot quality_user.*quality_approver.*Other lots were meant Lifted$",
                )
                self.assertRegex(held, f"^{active.name} Complaint Whole lot quality_user.* On Hold$")
                self.assertRegex(
                    self._text(tree, "//table[@name='steps']/tbody/tr")[0], "^Batch record read quality_second"
                )
                signatures = self._text(tree, "//table[@name='signatures']/tbody/tr")
                self.assertRegex(signatures[-1], "quality_approver .*Release .*Inspected, documents complete .*Valid")
        lot._udi_correct({"expiration_date": "2041-01-01 12:00:00"}, "misread")
        tree = self._print("report_release_record", lot, self.auditor)
        self.assertEqual(
            self._text(tree, "//table[@name='signatures']//strong[@class='text-danger']"), ["Invalidated"] * 2
        )

    def test_holds_of_other_companies_do_not_stand_on_it(self):
        lot = self.first.lot_id
        self._hold(lot)
        other = self.env["res.company"].create({"name": "Quality Other Company"})
        record = lot.with_context(allowed_company_ids=other.ids)._quality_release_record()
        self.assertFalse(record["hold_lines"])
        self.assertFalse(record["inspections"])

    def test_who_may_not_read_does_not_print(self):
        nobody = self._user("employee")
        for report, record in (("report_medical_inspection", self.first), ("report_release_record", self.first.lot_id)):
            with self.assertRaises(AccessError):
                self._print(report, record, nobody)

    def test_they_stand_in_the_print_menu(self):
        for model, report in (
            ("medical.inspection", "action_report_medical_inspection"),
            ("stock.lot", "action_report_release_record"),
        ):
            for user in (self.clerk, self.auditor, self.regulatory, self.quality):
                bound = self.env["ir.actions.actions"].with_user(user).get_bindings(model)["report"]
                self.assertIn(self.env.ref(f"medical_quality.{report}").id, [action["id"] for action in bound])
