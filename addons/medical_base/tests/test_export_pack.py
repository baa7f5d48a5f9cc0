import base64
import csv
import hashlib
import io
import json
import zipfile

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalBaseCase


@tagged("post_install", "-at_install")
class TestExportPack(MedicalBaseCase):
    people = (*MedicalBaseCase.people, "regulatory", "auditor")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Rule = cls.env["medical.clock.rule"]
        cls.rules = Rule.create(
            [
                {
                    "name": name,
                    "market": "us",
                    "trigger": "death",
                    "calendar_id": cls.env.ref("medical_base.holiday_calendar_us").id,
                    "source": "Test",
                    "valid_from": "2031-01-01",
                    "company_id": company.id,
                }
                for name, company in (("=1+1", cls.company), ("Ours", cls.company), ("Theirs", cls.other_company))
            ]
        )
        cls.rules[1].with_user(cls.regulatory).with_context(signature_password=cls.regulatory.login).action_sign()
        cls.env["ir.attachment"].create(
            {
                "name": "../a letter.txt",
                "raw": b"Dear inspector",
                "res_model": "medical.clock.rule",
                "res_id": cls.rules[1].id,
            }
        )

    def _export(self, user=None, **vals):
        wizard = (
            self.env["medical.export.pack"]
            .with_user(user or self.auditor)
            .create({"model": "medical.clock.rule", "reason": "Inspection", **vals})
        )
        wizard.action_export()
        content = base64.b64decode(wizard.pack)
        self.assertEqual(hashlib.sha256(content).hexdigest(), wizard.pack_sha256)
        return wizard, zipfile.ZipFile(io.BytesIO(content))

    def test_pack_is_complete_and_every_file_hashed(self):
        wizard, pack = self._export(res_ids=self.rules[:2].ids)
        self.assertIsNone(pack.testzip())
        names = set(pack.namelist())
        attachment = self.env["ir.attachment"].search([("name", "=", "../a letter.txt")])
        letter = f"attachments/medical.clock.rule/{self.rules[1].id}/{attachment.id}-_a_letter.txt"
        self.assertEqual(
            names,
            {
                "medical.clock.rule.csv", "medical.clock.rule.jsonl", "medical.clock.rule.signatures.jsonl",
                "medical.clock.rule.audit_trail.jsonl", letter, "manifest.json", "SHA256SUMS",
            },
        )  # fmt: skip
        sums = dict(reversed(line.split("  ", 1)) for line in pack.read("SHA256SUMS").decode().splitlines())
        self.assertEqual(set(sums), names - {"SHA256SUMS"})
        for name, digest in sums.items():
            self.assertEqual(hashlib.sha256(pack.read(name)).hexdigest(), digest)
        manifest = json.loads(pack.read("manifest.json"))
        self.assertEqual(manifest["records"], {"medical.clock.rule": 2})
        self.assertEqual(manifest["reason"], "Inspection")
        self.assertIn("only the comparison with an export", " ".join(manifest["not_known"]))
        for name, info in manifest["files"].items():
            self.assertEqual((info["sha256"], info["size"]), (sums[name], len(pack.read(name))))
        self.assertEqual(pack.read(letter), b"Dear inspector")
        self.assertEqual(wizard.record_count, 2)

    def test_content(self):
        _wizard, pack = self._export(res_ids=self.rules[:2].ids)
        lines = [json.loads(line) for line in pack.read("medical.clock.rule.jsonl").decode().splitlines()]
        self.assertEqual([line["name"] for line in lines], ["=1+1", "Ours"])
        self.assertEqual(lines[1]["state"], "signed")
        table = list(csv.DictReader(io.StringIO(pack.read("medical.clock.rule.csv").decode())))
        self.assertEqual([row["name"] for row in table], ["'=1+1", "Ours"], "no formula for a spreadsheet")
        self.assertEqual(table[0]["company_id"], f"Device Maker (#{self.company.id})")
        [signature] = pack.read("medical.clock.rule.signatures.jsonl").decode().splitlines()
        self.assertEqual(json.loads(signature)["signer_name"], self.regulatory.name)
        trail = [json.loads(line) for line in pack.read("medical.clock.rule.audit_trail.jsonl").decode().splitlines()]
        self.assertIn("(signed)", [entry["field_name"] for entry in trail])

    def test_only_what_the_user_may_read(self):
        _wizard, pack = self._export(res_ids=self.rules.ids)
        self.assertNotIn("Theirs", pack.read("medical.clock.rule.jsonl").decode())
        self.assertEqual(json.loads(pack.read("manifest.json"))["records"], {"medical.clock.rule": 2})

    def test_all_regulated_records(self):
        _wizard, pack = self._export(model=False)
        records = json.loads(pack.read("manifest.json"))["records"]
        self.assertLessEqual({"medical.clock.rule", "medical.holiday.day", "medical.retention.class"}, set(records))
        self.assertFalse([name for name in records if not name.startswith("medical.")])

    def test_export_is_in_the_audit_trail(self):
        wizard, _pack = self._export()
        entry = self._entries(wizard)
        self.assertEqual((entry.field_name, entry.reason, entry.user_id), ("(exported)", "Inspection", self.auditor))
        self.assertIn(wizard.pack_sha256, entry.new_value)

    def test_dates(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE medical_clock_rule SET create_date = '2020-05-05 23:30:00' WHERE id = %s", [self.rules[0].id]
        )
        self.env.invalidate_all()
        _wizard, pack = self._export(date_from="2020-05-05", date_to="2020-05-05")
        self.assertEqual(json.loads(pack.read("manifest.json"))["records"], {"medical.clock.rule": 1})
        with self.assertRaisesRegex(UserError, "no records to export"):
            self._export(date_to="2019-12-31")

    def test_reason_is_asked_for(self):
        with self.assertRaisesRegex(UserError, "Say for whom"):
            self._export(reason="  ")

    def test_from_a_list(self):
        context = {"active_model": "medical.clock.rule", "active_ids": self.rules[:1].ids}
        wizard = self.env["medical.export.pack"].with_context(**context).new({})
        self.assertEqual(
            (wizard.model, wizard.res_ids, wizard.res_count), ("medical.clock.rule", self.rules[:1].ids, 1)
        )
        wizard = self.env["medical.export.pack"].with_context(active_model="res.users", active_ids=[1]).new({})
        self.assertFalse(wizard.model or wizard.res_ids)

    def test_roles(self):
        for number, group in enumerate(
            ("base.group_user", "stock.group_stock_manager", "medical_base.group_medical_quality_user")
        ):
            user = self._user(f"pack_other_{number}", group)
            with self.subTest(group=group), self.assertRaises(AccessError):
                self.env["medical.export.pack"].with_user(user).create({"reason": "x"})
        for model in ("res.users", "medical.audit.entry", "medical.sign"):
            with self.subTest(model=model), self.assertRaisesRegex(UserError, "no regulated records"):
                self._export(model=model)
