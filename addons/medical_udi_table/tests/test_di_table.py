import base64
import csv
import io

from openpyxl import Workbook, load_workbook

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.medical_udi.tests.common import MedicalUdiCase, gtin

HEADERS = ["di", "product_code", "packaging", "contains_di", "contained_quantity", "brand", "single_use"]


def xlsx(rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def delimited(rows, delimiter=",", encoding="utf-8"):
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows(rows)
    return target.getvalue().encode(encoding)


@tagged("post_install", "-at_install")
class TestDiTable(MedicalUdiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.catheter = cls._product("Catheter", tracking="lot", default_code="CATH-1")
        cls.rows = [
            HEADERS,
            # The case stands before its contents.
            [gtin(52), "", "Case of 50", gtin(51), 5, "", ""],
            [gtin(51), "", "Box of 10", gtin(50), 10, "", ""],
            [gtin(50), "CATH-1", "", "", "", "Flow", "yes"],
        ]

    def _import(self, data, user=None, name="dis.xlsx", **values):
        wizard = (
            self.env["medical.udi.di.import"]
            .with_user(user or self.quality)
            .create({"file": base64.b64encode(data), "filename": name, **values})
        )
        wizard.action_start()
        return wizard

    def _counts(self, wizard):
        return (wizard.state, wizard.created_count, wizard.updated_count, wizard.unchanged_count, wizard.refused_count)

    def _find(self, *numbers):
        dis = self.env["medical.udi.di"].search([("code", "in", [gtin(number) for number in numbers])])
        return dis.sorted("code")

    def _export(self, user=None, dis=None, **values):
        wizard = (
            self.env["medical.udi.di.export"]
            .with_user(user or self.auditor)
            .create({"di_ids": [Command.set(dis.ids if dis else [])], **values})
        )
        wizard.action_export()
        return base64.b64decode(wizard.file)

    def test_a_package_tree(self):
        wizard = self._import(xlsx(self.rows))
        self.assertEqual(self._counts(wizard), ("done", 3, 0, 0, 0))
        device, box, case = self._find(50, 51, 52)
        self.assertEqual((box.contained_di_id, case.contained_di_id), (device, box))
        self.assertEqual([di.unit_quantity for di in (device, box, case)], [1, 10, 50])
        self.assertEqual((device.brand, device.single_use, device.product_id), ("Flow", True, self.catheter))
        self.assertEqual(case.product_id, self.catheter)
        self.assertEqual(set((device | box | case).mapped("state")), {"draft"})
        entries = self.env["medical.audit.entry"].search([("model", "=", "medical.udi.di"), ("res_id", "=", device.id)])
        self.assertEqual(entries.mapped("reason"), ["Import of dis.xlsx"])

    def test_activated_at_once(self):
        self._import(xlsx(self.rows), activate=True)
        self.assertEqual(set(self._find(50, 51, 52).mapped("state")), {"active"})
        self.assertEqual(self.catheter.barcode, gtin(50))

    def test_csv_of_several_kinds(self):
        for at, (delimiter, encoding) in enumerate([(",", "utf-8"), (";", "utf-8-sig"), ("\t", "gb18030")]):
            rows = [["di", "product_code", "brand"], [gtin(60 + at), "CATH-1", "导管"]]
            wizard = self._import(delimited(rows, delimiter, encoding), name="dis.csv")
            self.assertEqual(self._counts(wizard), ("done", 1, 0, 0, 0))
            self.assertEqual(self._find(60 + at).brand, "导管")

    def test_every_wrong_row_is_told_and_nothing_is_saved(self):
        rows = [
            HEADERS,
            [gtin(50), "CATH-1", "", "", "", "", ""],
            ["4012345123457", "CATH-1", "", "", "", "", ""],
            [gtin(53), "NOPE", "", "", "", "", ""],
            [gtin(54), "CATH-1", "Sack", "", "", "", "perhaps"],
            [gtin(55), "", "Box of 10", gtin(99), 10, "", ""],
            [gtin(56), "", "Box of 10", gtin(50), 8, "", ""],
            [gtin(50), "CATH-1", "", "", "", "", ""],
            [gtin(57), "", "Box of 10", gtin(58), 10, "", ""],
            [gtin(58), "", "Box of 10", gtin(57), 10, "", ""],
            [self.gloves_di.code, "", "", "", "", "Other", ""],
            ["", "CATH-1", "", "", "", "", ""],
            [gtin(59), "", "Box of 10", gtin(53), 10, "", ""],
        ]
        wizard = self._import(xlsx(rows))
        self.assertEqual(wizard.state, "refused")
        self.assertFalse(self._find(*range(50, 60)))
        self.assertFalse(self.gloves_di.brand)
        sheet = load_workbook(io.BytesIO(base64.b64decode(wizard.error_file))).active
        found = [(row[0], row[1] or "", row[2]) for row in sheet.iter_rows(min_row=2, values_only=True)]
        told = [
            ("3", "di", "check digit"),
            ("4", "product_code", "no product with the code or barcode 'NOPE'"),
            ("5", "single_use", "neither yes nor no"),
            ("6", "contains_di", "There is no DI"),
            ("7", "", "contents come to 8"),
            ("8", "di", "stands in row 2 already"),
            ("9", "contains_di", "contains itself"),
            ("10", "contains_di", "contains itself"),
            ("11", "brand", "makes it another device"),
            ("12", "di", "DI is missing"),
            ("13", "contains_di", "in row 4 is wrong"),
        ]
        self.assertEqual([row[:2] for row in found], [row[:2] for row in told])
        for (_number, _column, sentence), (_row, _header, part) in zip(found, told, strict=True):
            self.assertIn(part, sentence)
        self.assertIn("Row 3, di: 0401", wizard.problems)
        self.assertIn("Row 7: ", wizard.problems)

    def test_the_good_rows_only(self):
        rows = [*self.rows, [gtin(53), "NOPE", "", "", "", "", ""]]
        wizard = self._import(xlsx(rows), mode="good")
        self.assertEqual(self._counts(wizard), ("done", 3, 0, 0, 1))
        self.assertEqual(len(self._find(50, 51, 52, 53)), 3)
        # The file of wrong rows, corrected, is taken as it is.
        book = load_workbook(io.BytesIO(base64.b64decode(wizard.error_file)))
        book.active["E2"] = "CATH-1"
        target = io.BytesIO()
        book.save(target)
        again = self._import(target.getvalue())
        self.assertEqual(self._counts(again), ("done", 1, 0, 0, 0))
        self.assertIn("left out: Row, Column, Problem", again.problems)

    def test_a_check_saves_nothing(self):
        wizard = (
            self.env["medical.udi.di.import"]
            .with_user(self.quality)
            .create({"file": base64.b64encode(xlsx(self.rows))})
        )
        wizard.action_check()
        self.assertEqual(self._counts(wizard), ("checked", 3, 0, 0, 0))
        self.assertFalse(self._find(50, 51, 52))
        wizard.action_start()
        self.assertEqual(self._counts(wizard), ("done", 3, 0, 0, 0))

    def test_what_is_in_use_changes_only_where_it_stays_the_same_device(self):
        rows = [["di", "description", "storage_max"], [self.gloves_di.code, "Powder free", "25,5"]]
        self.assertEqual(self._counts(self._import(xlsx(rows))), ("done", 0, 1, 0, 0))
        self.assertEqual((self.gloves_di.description, self.gloves_di.storage_max), ("Powder free", 25.5))
        self.assertEqual(self._counts(self._import(xlsx(rows))), ("done", 0, 0, 1, 0))

    def test_an_export_imported_again_changes_nothing(self):
        maker = self.env["res.partner"].create({"name": "Maker Inc."})
        self.gloves_di.write(
            {
                "description": "-20 °C\nsecond line",
                "catalog_number": "+G1",
                "manufacturer_id": maker.id,
                "storage_min": -5,
                "nomenclature": "gmdn",
                "nomenclature_code": "00123",
                "mri": "conditional",
                "size_text": "'=M",
            }
        )
        registration = self.env["medical.udi.registration"].create(
            {
                "di_id": self.gloves_di.id,
                "market_id": self.env.ref("medical_udi.market_us").id,
                "number": "K1",
                "version": "2",
                "valid_from": "2024-01-02",
            }
        )
        registration.action_register()
        dis = self.stent_di | self.gloves_di | self.gloves_box_di | self.gloves_case_di
        for profile in ("own", "fda", "nmpa"):
            for kind in ("xlsx", "csv"):
                data = self._export(profile=profile, kind=kind, dis=dis)
                before = self.env["medical.audit.entry"].search_count([])
                wizard = self._import(data, name=f"x.{kind}", user=self.regulatory)
                self.assertEqual(self._counts(wizard), ("done", 0, 0, 4, 0), (profile, kind, wizard.problems))
                self.assertEqual(self.env["medical.audit.entry"].search_count([]), before)

    def test_no_cell_of_an_export_is_a_formula(self):
        self.gloves_di.write({"description": "=1+1", "catalog_number": "@SUM(1)", "size_text": "-20"})
        sheet = load_workbook(io.BytesIO(self._export(dis=self.gloves_di))).active
        self.assertEqual({cell.data_type for row in sheet.iter_rows() for cell in row if cell.value}, {"s"})
        quoted = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
        self.assertTrue(quoted[0].quotePrefix)
        rows = list(csv.reader(io.StringIO(self._export(dis=self.gloves_di, kind="csv").decode("utf-8-sig"))))
        self.assertEqual([cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@")], [])
        self.assertIn("'=1+1", rows[1])

    def test_tables_of_the_authorities(self):
        fda = [
            [
                "PrimaryDI",
                "deviceIdIssuingAgency",
                "catalogNumber",
                "containsDINumber",
                "pkgQuantity",
                "pkgType",
                "brandName",
                "MRISafetyStatus",
                "singleUse",
                "devicePublishDate",
                "publicVersionNumber",
            ],
            [gtin(70), "GS1", "CATH-1", "", "", "", "Flow", "MR Conditional", "true", "2024-05-01", "3"],
            [gtin(71), "GS1", "", gtin(70), 10, "CASE", "Flow", "", "", "", ""],
        ]
        wizard = self._import(delimited(fda), user=self.regulatory)
        self.assertEqual(self._counts(wizard), ("done", 2, 0, 0, 0), wizard.problems)
        device, box = self._find(70, 71)
        self.assertEqual((device.product_id, device.mri, device.single_use), (self.catheter, "conditional", True))
        self.assertEqual((box.uom_id, box.unit_quantity), (self.box, 10), "the unit that holds as many")
        row = device.registration_ids
        self.assertEqual(
            (row.market_id.code, row.version, str(row.valid_from), row.state), ("GUDID", "3", "2024-05-01", "draft")
        )
        nmpa = [
            [
                "cpbsbmtxmc",
                "zxxsdycpbs",
                "bzcpbs",
                "bznhxyjbzcpbs",
                "bznhxyjcpbssl",
                "cpbzjb",
                "cphhhbh",
                "spmc",
                "scbssfbhph",
                "zczbhhzbapzbh",
            ],
            ["GS1", gtin(80), "", "", "", "", "CATH-1", "流", "是", "国械注准20243"],
            ["GS1", gtin(80), gtin(81), gtin(80), "50", "箱", "CATH-1", "流", "是", "国械注准20243"],
        ]
        wizard = self._import(xlsx(nmpa), user=self.regulatory)
        self.assertEqual(self._counts(wizard), ("done", 2, 0, 0, 0), wizard.problems)
        device, case = self._find(80, 81)
        self.assertEqual((device.brand, device.registration_ids.number), ("流", "国械注准20243"))
        self.assertEqual((case.contained_di_id, case.uom_id, case.has_lot), (device, self.case, True))
        self.assertFalse(case.registration_ids)

    def test_registrations(self):
        rows = [["di", "GUDID_number", "GUDID_from", "GUDID_to"], [self.gloves_di.code, "K1", "2024-01-01", ""]]
        wizard = self._import(xlsx(rows), user=self.quality)
        self.assertEqual(wizard.state, "refused")
        self.assertIn("Only regulatory affairs", wizard.problems)
        self.assertEqual(self._counts(self._import(xlsx(rows), user=self.regulatory)), ("done", 0, 1, 0, 0))
        row = self.gloves_di.registration_ids
        self.assertEqual((row.number, row.state), ("K1", "draft"))
        rows[1][1] = "K2"
        self._import(xlsx(rows), user=self.regulatory)
        self.assertEqual((row.number, self.gloves_di.registration_ids), ("K2", row))
        row.with_user(self.regulatory).action_register()
        rows[1][1] = "K3"
        wizard = self._import(xlsx(rows), user=self.regulatory)
        self.assertIn("is registered already", wizard.problems)
        rows[1][1:] = ["K2", "2024-01-01", "2023-01-01"]
        self.assertIn("ends on or after", self._import(xlsx(rows), user=self.regulatory).problems)
        package = [["di", "GUDID_number"], [self.gloves_box_di.code, "K9"]]
        self.assertIn("A package is not registered", self._import(xlsx(package), user=self.regulatory).problems)

    def test_files_that_are_none(self):
        for data, sentence in (
            (b"PK\x03\x04 broken", "no readable XLSX"),
            (b"\x00\x01", "neither XLSX nor CSV|no rows"),
            (b"di,brand\n", "no rows"),
            (b"name,price\nA,1\n", "no column for the DI"),
            (b"di,product,default_code\n1,2,3\n", "stand for the same"),
            (b'di\n"\x00"\n', "neither XLSX nor CSV"),
        ):
            with self.assertRaisesRegex(UserError, sentence):
                self._import(data)
        with self.assertRaisesRegex(UserError, "Choose a file"):
            self.env["medical.udi.di.import"].with_user(self.quality).create({}).action_start()

    def test_a_gtin_that_the_spreadsheet_made_a_number(self):
        wizard = self._import(xlsx([["di", "product_code"], [float(gtin(50)), "CATH-1"]]))
        self.assertEqual(self._counts(wizard), ("done", 1, 0, 0, 0), wizard.problems)
        self.assertEqual(self._find(50).code, gtin(50))

    def test_marks_are_checked_in_their_column(self):
        rows = [
            ["di", "product_code", "direct_mark_di"],
            [gtin(50), "CATH-1", gtin(51)[2:]],
            [gtin(52), "CATH-1", "124"],
            [gtin(53), "CATH-1", self.gloves_di.code],
        ]
        wizard = self._import(xlsx(rows), mode="good")
        self.assertEqual(self._counts(wizard), ("done", 1, 0, 0, 2))
        self.assertEqual(self._find(50).direct_mark_code, gtin(51))
        self.assertIn("Row 3, direct_mark_di: ", wizard.problems)
        self.assertIn("identifier of another product already", wizard.problems)

    def test_another_company_keeps_its_dis_and_products(self):
        other = self.env["res.company"].create({"name": "Other Table Company"})
        product = self.env["product.product"].create(
            {"name": "Theirs", "is_storable": True, "company_id": other.id, "default_code": "THEIRS"}
        )
        self.env["medical.udi.di"].create({"code": gtin(90), "product_id": product.id})
        wizard = self._import(xlsx([["di", "product_code"], [gtin(90), "CATH-1"], [gtin(91), "THEIRS"]]))
        self.assertEqual(self._counts(wizard)[0], "refused")
        self.assertIn("belongs to another company", wizard.problems)
        self.assertIn("no product with the code or barcode 'THEIRS'", wizard.problems)

    def test_many_rows_cost_the_same_number_of_queries(self):
        def count(start, number):
            rows = [["di", "product_code"], *([gtin(start + at), "CATH-1"] for at in range(number))]
            wizard = (
                self.env["medical.udi.di.import"].with_user(self.quality).create({"file": base64.b64encode(xlsx(rows))})
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard.action_start()
            self.env.flush_all()
            self.assertEqual(wizard.created_count, number)
            return self.env.cr.sql_log_count - before

        count(1000, 5)
        self.assertLessEqual(count(2000, 400), count(3000, 20) + 25)

    def _large(self, rows, **values):
        """An import that is worked off in batches of two rows by the scheduled action."""
        for name, size in (("_at_once", 0), ("_batch_size", 2)):
            self.patch(self.registry["medical.udi.di.import"], name, size)
        return self._import(xlsx(rows), **values)

    def _cron(self, job):
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref("medical_udi_table.ir_cron_import").method_direct_trigger()
        job.invalidate_recordset()

    def test_a_large_import_goes_on_after_a_kill(self):
        wrong = [[gtin(53), "NOPE", "", "", "", "", ""], [gtin(54), "", "Box of 10", gtin(53), 10, "", ""]]
        job = self._large([*self.rows, *wrong], mode="good")
        with self.assertRaisesRegex(UserError, "still running on the same things"):
            self._import(xlsx(self.rows))
        job._for_work()._work_batch()
        self.assertEqual((job.state, job.position, job.created_count), ("running", 2, 1), job.wrong)
        self._cron(job)
        self.assertEqual(self._counts(job), ("done", 3, 0, 0, 2))
        device, box, case = self._find(50, 51, 52)
        self.assertEqual((case.contained_di_id, box.contained_di_id, device.create_uid), (box, device, self.quality))
        self.assertIn("Row 5, product_code: There is no product", job.problems)
        self.assertIn("in row 5 is wrong", job.problems)

    def test_all_or_none_is_one_batch_and_the_good_rows_can_be_saved_afterwards(self):
        job = self._large([*self.rows, [gtin(53), "NOPE", "", "", "", "", ""]])
        self._cron(job)
        self.assertEqual((job.state, job.refused_count), ("refused", 1))
        self.assertFalse(self._find(50, 51, 52))
        job.mode = "good"
        with self.assertRaisesRegex(UserError, "stay as they are"):
            job.profile = "own"
        job.action_start()
        self._cron(job)
        self.assertEqual(self._counts(job), ("done", 3, 0, 0, 1))

    def test_a_cancelled_import_is_not_worked_on(self):
        job = self._large(self.rows, mode="good")
        job._for_work()._work_batch()
        job.action_cancel()
        self._cron(job)
        self.assertEqual((job.state, len(self._find(50, 51, 52))), ("cancelled", 2))
        self.assertTrue(job.with_user(self.regulatory).filename, "regulatory affairs see the imports of others")

    def test_who_may_do_what(self):
        for user in (self.clerk, self.auditor):
            with self.assertRaises(AccessError):
                self._import(xlsx(self.rows), user=user)
        for user in (self.clerk, self.auditor, self.regulatory):
            self.assertTrue(self._export(user=user))
        wizard = (
            self.env["medical.udi.di.import"]
            .with_user(self.quality)
            .create({"file": base64.b64encode(xlsx(self.rows))})
        )
        with self.assertRaises(AccessError):
            wizard.with_user(self.regulatory).action_start()

    def test_files_are_those_of_the_user(self):
        for name in ("medical.udi.di.import", "medical.udi.di.export"):
            lines = self.env["ir.model.access"].search([("model_id.model", "=", name)])
            self.assertTrue(lines.group_id and all(lines.mapped("group_id")), f"{name}: open to everybody")
            rules = self.env["ir.rule"].search([("model_id.model", "=", name)])
            self.assertIn("create_uid", " ".join(rules.mapped("domain_force")))
