import base64
import io
import tempfile

import pypdfium2
import pyrxing

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, HttpCase, tagged

from ..engine import parse
from .common import MedicalUdiCase


def scans(pdf):
    """What another library reads from each page."""
    found = []
    with tempfile.NamedTemporaryFile(suffix=".png") as target:
        for page in pypdfium2.PdfDocument(pdf):
            page.render(scale=300 / 72).to_pil().save(target.name)
            found += [barcode.text for barcode in pyrxing.read_barcodes(target.name)]
    return found


@tagged("post_install", "-at_install")
class TestLabel(MedicalUdiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls._stock(cls.gloves, "L1", 60, cls.gloves_di)
        cls.serial = cls._stock(cls.stent, "S1", 1, cls.stent_di)

    def _wizard(self, action):
        self.assertEqual(action["res_model"], "medical.udi.label")
        return self.env["medical.udi.label"].with_user(self.clerk).browse(action["res_id"])

    def _print(self, wizard):
        wizard.action_print()
        return scans(base64.b64decode(wizard.file))

    def test_one_lot(self):
        wizard = self._wizard(self.lot.with_user(self.clerk).action_print_udi_labels())
        self.assertEqual((wizard.line_ids.di_id, wizard.total), (self.gloves_di, 1))
        wizard.line_ids.copies = 2
        self.assertEqual(wizard.total, 2)
        found = self._print(wizard)
        self.assertEqual(found, [self.lot.udi_text] * 2)
        udi = parse(found[0], self.lot.create_date.date())
        self.assertEqual((udi.di, udi.lot, udi.expiry.isoformat()), (self.gloves_di.code, "L1", "2028-12-31"))
        self.assertIn("2 UDI labels printed", self.lot.message_ids[0].preview)

    def test_many_lots(self):
        lots = self.lot | self.serial | self._stock(self.stent, "S2", 1, self.stent_di)
        found = self._print(self._wizard(lots.with_user(self.clerk).action_print_udi_labels()))
        self.assertEqual(found, lots.mapped("udi_text"))

    def test_packages_of_a_receipt(self):
        picking = self._picking("in", [(self.gloves, 50), (self.stent, 2)])
        for raw in (self._label(self.gloves_box_di, "L7", made="260101"),) * 5:
            self.assertEqual(picking.with_user(self.clerk).medical_scan(raw)["status"], "ok")
        for serial in ("S8", "S9"):
            picking.with_user(self.clerk).medical_scan(self._label(self.stent_di, serial=serial, expiry=None))
        with self.assertRaisesRegex(UserError, "once the receipt is validated"):
            picking.with_user(self.clerk).action_print_udi_labels()
        picking.button_validate()
        wizard = self._wizard(picking.with_user(self.clerk).action_print_udi_labels())
        self.assertEqual(wizard.level, "package")
        copies = {line.lot_id.name: (line.di_id, line.copies) for line in wizard.line_ids}
        self.assertEqual(copies, {"L7": (self.gloves_box_di, 5), "S8": (self.stent_di, 1), "S9": (self.stent_di, 1)})
        found = self._print(wizard)
        self.assertEqual(found.count(f"(01){self.gloves_box_di.code}(17)281231(10)L7"), 5)
        self.assertEqual(len(found), 7)
        # Labels of each device instead: as many as units.
        wizard.action_change()
        with Form(wizard) as form:
            form.level = "device"
        self.assertEqual(sorted(wizard.line_ids.mapped("copies")), [1, 1, 50])

    def test_the_level_is_chosen_on_the_form(self):
        wizard = self._wizard(self.lot.with_user(self.clerk).action_print_udi_labels())
        with Form(wizard) as form:
            form.level = "package"
            form.layout = "100x50"
            with form.line_ids.edit(0) as line:
                self.assertEqual(line.di_id, self.gloves_box_di, "the smallest package")
                line.copies = 2
        self.assertEqual((wizard.line_ids.di_id, wizard.total), (self.gloves_box_di, 2))
        wizard.line_ids.copies = 1
        wizard.line_ids.di_id = self.gloves_case_di
        self.assertEqual(self._print(wizard), [f"(01){self.gloves_case_di.code}(17)281231(10)L1"])
        self.assertTrue(wizard.file)
        wizard.action_change()
        self.assertFalse(wizard.file)

    def test_a_package_of_serial_numbers_shows_none(self):
        box = self._di(
            self.stent,
            1401234500001,
            uom_id=self.box.id,
            contained_di_id=self.stent_di.id,
            contained_quantity=10,
            has_lot=True,
        )
        self.serial.udi_lot = "B1"
        wizard = self._wizard(self.serial.with_user(self.clerk).action_print_udi_labels())
        with Form(wizard) as form:
            form.level = "package"
        self.assertEqual(self._print(wizard), [f"(01){box.code}(10)B1"])

    def test_hibc_and_code_128(self):
        di = self.env["medical.udi.di"].create(
            {"code": "A123BJC5D6E71", "issuing_agency": "HIBCC", "product_id": self.pen.id, "has_lot": True}
        )
        di.action_activate()
        self.pen.tracking = "lot"
        lot = self._stock(self.pen, "P1", 1, di)
        for symbology in ("datamatrix", "code128"):
            wizard = self._wizard(lot.with_user(self.clerk).action_print_udi_labels())
            wizard.write({"symbology": symbology, "layout": "100x50"})
            (found,) = self._print(wizard)
            self.assertEqual(parse(found, lot.create_date.date()).lot, "P1")
            self.assertTrue(found.startswith("+A123BJC5D6E71/$$7P1"))

    def test_what_a_lot_lacks_is_said_for_every_lot(self):
        bare = self._stock(self.gloves, "NODI", 0)
        undated = self._stock(self.gloves, "NODATE", 0, self.gloves_di, expiration_date=False)
        undated.expiration_date = False
        odd = self._stock(self.stent, "S 1", 0, self.stent_di)
        wizard = self._wizard((bare | undated | odd | self.lot).with_user(self.clerk).action_print_udi_labels())
        with self.assertRaises(UserError) as failure:
            wizard.action_print()
        text = str(failure.exception)
        self.assertIn("NODI: the lot has no DI", text)
        self.assertIn("NODATE: the label of 04012345000023 shows an expiry date, which the lot does not have", text)
        self.assertIn("S 1: The serial number 'S 1'", text)
        self.assertNotIn("L1:", text)
        self.assertFalse(wizard.file, "nothing is printed")

    def test_labels_of_another_device_are_refused(self):
        wizard = self._wizard(self.lot.with_user(self.clerk).action_print_udi_labels())
        wizard.line_ids.di_id = self.stent_di
        with self.assertRaisesRegex(UserError, "DI of another product"):
            wizard.action_print()
        other = self._di(self.gloves, 888)
        wizard.line_ids.di_id = other
        with self.assertRaisesRegex(UserError, "no package of it"):
            wizard.action_print()
        draft = self.env["medical.udi.di"].create({"code": "04012345123456", "product_id": self.gloves.id})
        wizard.line_ids.di_id = draft
        with self.assertRaisesRegex(UserError, "is a draft"):
            wizard.action_print()

    def test_limits(self):
        wizard = self._wizard(self.lot.with_user(self.clerk).action_print_udi_labels())
        wizard.line_ids.copies = 10_001
        with self.assertRaisesRegex(UserError, "too many at once"):
            wizard.action_print()
        wizard.line_ids.copies = 0
        with self.assertRaisesRegex(UserError, "no label to print"):
            wizard.action_print()
        wizard.line_ids.copies = 1
        wizard.write({"layout": "a4", "skip": 24})
        with self.assertRaisesRegex(UserError, "24 places"):
            wizard.action_print()
        wizard.write({"skip": 23})
        self.assertEqual(len(self._print(wizard)), 1)

    def test_a_label_too_long_for_its_size_names_the_lot(self):
        self.gloves_di.has_production_date = True
        lot = self._stock(self.gloves, "L" * 20, 1, self.gloves_di, production_date="2026-01-01")
        wizard = self._wizard(lot.with_user(self.clerk).action_print_udi_labels())
        wizard.symbology = "code128"
        with self.assertRaisesRegex(UserError, "L{20} cannot be printed readably"):
            wizard.action_print()

    def test_many_labels_cost_the_same_number_of_queries(self):
        def count(number):
            lots = self.env["stock.lot"].create(
                [
                    {
                        "name": f"Q{number}-{at}",
                        "product_id": self.stent.id,
                        "udi_di_id": self.stent_di.id,
                        "company_id": self.company.id,
                    }
                    for at in range(number)
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["medical.udi.label"].browse(lots.action_print_udi_labels()["res_id"]).action_print()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.assertLessEqual(count(60), count(20) + 12)

    def test_who_prints(self):
        with self.assertRaises(AccessError):
            self.lot.with_user(self.auditor).action_print_udi_labels()
        wizard = self._wizard(self.lot.with_user(self.clerk).action_print_udi_labels())
        with self.assertRaises(AccessError):
            wizard.with_user(self.quality).read(["total"])

    def test_other_companies_lots_are_not_printed(self):
        other = self.env["res.company"].create({"name": "Other Label Company"})
        stranger = self._user("label_stranger", "clerk", company=other)
        with self.assertRaises(AccessError):
            self.lot.with_user(stranger).action_print_udi_labels()


@tagged("post_install", "-at_install")
class TestLabelTour(HttpCase, MedicalUdiCase):
    def test_print_a_label(self):
        lot = self._stock(self.gloves, "L1", 60, self.gloves_di)
        self.start_tour(
            f"/odoo/action-stock.action_production_lot_form/{lot.id}", "medical_udi_label_tour", login=self.clerk.login
        )
        wizard = self.env["medical.udi.label"].search([("line_ids.lot_id", "=", lot.id)])
        self.assertEqual(scans(base64.b64decode(wizard.file)), [f"(01){self.gloves_box_di.code}(17)281231(10)L1"] * 3)
        self.authenticate(self.clerk.login, self.clerk.login)
        answer = self.url_open(f"/web/content/medical.udi.label/{wizard.id}/file?filename_field=filename&download=true")
        self.assertEqual(answer.headers["Content-Disposition"], "attachment; filename=udi-labels.pdf")
        self.assertEqual(len(pypdfium2.PdfDocument(io.BytesIO(answer.content))), 3)
