"""Doors of the kernel that an attack over RPC found open."""

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .kernel_models import KernelCase


@tagged("post_install", "-at_install")
class TestOneActOneRow(KernelCase):
    """The same id fifty times in one call is one act."""

    def _call(self, user, records, method, *args, **context):
        model = self.env[records._name].with_user(user)
        return call_kw(model, method, [records.ids * 50, *args], {"context": context})

    def test_writing_and_deleting(self):
        memo = self._memo(opened=False, line_ids=[(0, 0, {"text": "Drips"})])
        self._call(self.first, memo, "write", {"text": "It pours"})
        self.assertEqual(self._entries(memo).mapped("field_name"), ["(created)", "text"])
        line, entries = memo.line_ids, self.env["medical.audit.entry"]
        self._call(self.first, line, "unlink")
        self.assertEqual(entries.search_count([("model", "=", line._name), ("field_name", "=", "(deleted)")]), 1)
        self.assertEqual(self._entries(memo).mapped("field_name"), ["(created)", "text", "line_ids"])

    def test_steps(self):
        memo = self._memo(opened=False)
        self._call(self.first, memo, "action_open", signature_password=self.first.login)
        self.assertEqual((len(memo.step_ids), len(memo.signature_ids)), (1, 1))
        memo._take("action_look")
        (memo + memo)._take("action_look")
        self.assertEqual(len(memo.step_ids), 3)

    def test_signatures_outside_documents(self):
        regulatory = self._user("regulatory")
        retention = self.env.ref("medical_base.retention_legal_clock")
        self._call(regulatory, retention, "action_sign", signature_password=regulatory.login)
        self.assertEqual(len(retention.signature_ids), 1)
        self.assertEqual(self._entries(retention).mapped("field_name").count("(signed)"), 1)


@tagged("post_install", "-at_install")
class TestOutOfReach(KernelCase):
    """Nothing is given to a company whose records the person may not write, or taken from there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.rule"].create(
            {
                "name": "Memos of the company",
                "model_id": cls.env["ir.model"]._get_id("medical.test.memo"),
                "domain_force": "[('company_id', 'in', company_ids)]",
            }
        )
        cls.env["ir.rule"].create(
            {
                "name": "Lines of the company",
                "model_id": cls.env["ir.model"]._get_id("medical.test.memo.line"),
                "domain_force": "[('company_id', 'in', company_ids)]",
            }
        )
        cls.stranger = cls._user("memo_stranger", "medical_base.group_medical_quality_user", company=cls.other_company)
        cls.theirs = cls.env["medical.test.memo"].with_user(cls.stranger).create({"text": "Theirs"})

    def test_documents(self):
        memo = self._memo(opened=False)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            memo.company_id = self.other_company
        product = self.env["product.product"].create({"name": "Ours", "company_id": self.company.id})
        memo.line_ids = [(0, 0, {"product_id": product.id})]
        self.first.company_ids += self.other_company
        with self.assertRaisesRegex(UserError, "company"), self.env.cr.savepoint():
            memo.company_id = self.other_company

    def test_lines(self):
        memo = self._memo(opened=False, line_ids=[(0, 0, {"text": "Drips"})])
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            memo.line_ids.memo_id = self.theirs
        product = self.env["product.product"].create({"name": "Ours", "company_id": self.company.id})
        memo.line_ids.product_id = product
        self.first.company_ids += self.other_company
        with self.assertRaisesRegex(UserError, "company"), self.env.cr.savepoint():
            memo.line_ids.memo_id = self.theirs

    def test_references(self):
        memo, own = self._memo(opened=False), self._memo()
        memo.about = own
        for about, refusal in (
            (f"medical.test.memo,{self.theirs.id}", "another company"),
            (f"medical.test.memo,{self.theirs.id + 10**6}", "cannot be"),
            ("res.users,1", "cannot be"),
            ("medical.test.memo", "cannot be"),
            ("medical.test.memo,x", "cannot be"),
        ):
            with self.subTest(about=about), self.assertRaisesRegex(UserError, refusal), self.env.cr.savepoint():
                memo.write({"about": about})
        self.assertEqual(memo.about, own)

    def test_windows(self):
        clock = self.env["medical.clock"].create(
            {
                "name": "Theirs",
                "rule_id": self.env.ref("medical_base.clock_rule_us_recall_initiated").id,
                "company_id": self.other_company.id,
                "start": "2026-03-06 12:00:00",
            }
        )
        windows = self.env["medical.clock.step"].with_user(self.first)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            windows.create({"step": "action_stop", "clock_ids": clock.ids})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            windows.with_context(default_clock_ids=clock.ids).create({"step": "action_stop"})

    def test_all_windows_ask(self):
        """What a window of the suite shows of a record of a company, it shows to those who may read it."""
        asks = self.env.registry["medical.window.mixin"]
        for name, model in self.env.registry.items():
            shown = [
                str(field)
                for field in model._fields.values()
                if field.type in ("many2one", "many2many")
                and field.store
                and not field.related
                and field.name not in ("create_uid", "write_uid")
                and field.comodel_name not in ("res.company", "res.users", "ir.attachment")
                and "company_id" in self.env[field.comodel_name]._fields
                and not self.env[field.comodel_name]._transient
            ]
            if model._transient and name.startswith("medical.") and shown:
                with self.subTest(window=name):
                    self.assertTrue(issubclass(model, asks), shown)


@tagged("post_install", "-at_install")
class TestWhatIsSaid(KernelCase):
    """Sentences, where the database or Python would speak."""

    def _over_rpc(self, records, method):
        """What a client is told: as core puts a database's error to it."""
        from psycopg2 import IntegrityError

        with mute_logger("odoo.sql_db"):
            try:
                with self.env.cr.savepoint():
                    getattr(records, method)()
            except IntegrityError as error:
                return self.env["base"].with_user(self.first)._sql_error_to_message(error)
        return ""

    def test_what_keeps_a_record(self):
        partner = self.env["res.partner"].create({"name": "Vendor"})
        tag = self.env["res.partner.category"].create({"name": "Critical"})
        product = self.env["product.product"].create({"name": "Valve"})
        line = [(0, 0, {"product_id": product.id, "text": "Drips"})]
        memo = self._memo(partner_id=partner.id, tag_ids=[(4, tag.id)], line_ids=line)
        for record, keeper in ((partner, memo), (tag, memo), (product, memo.line_ids), (self.first, None)):
            with self.subTest(record=record):
                sentence = self._over_rpc(record, "unlink")
                self.assertIn(f"{record.display_name} (", sentence)
                self.assertIn("cannot be deleted, because", sentence)
                self.assertIn(keeper.display_name if keeper else "refer", sentence)
                for raw in ("violates", "constraint", "DETAIL", "foreign key", "_fkey"):
                    self.assertNotIn(raw, sentence)

    def test_what_is_not_shown_is_not_named(self):
        partner = self.env["res.partner"].create({"name": "Vendor"})
        memo = self._memo(partner_id=partner.id)
        self.env["ir.rule"].create(
            {"name": "None", "model_id": self.env["ir.model"]._get_id(memo._name), "domain_force": "[(0, '=', 1)]"}
        )
        sentence = self._over_rpc(partner, "unlink")
        self.assertIn("that you may not see refers to it: Memo.", sentence)
        self.assertNotIn(memo.sudo().name, sentence)

    def test_other_errors_of_the_database_stay_core_s(self):
        memo = self._memo(opened=False)
        self.assertFalse(self._over_rpc(memo, "unlink"))
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception) as caught, self.env.cr.savepoint():
            self.env.cr.execute("UPDATE medical_test_memo_line SET memo_id = 0")
            self.env.cr.execute("INSERT INTO medical_test_memo_line (memo_id) VALUES (0)")
        self.assertNotIn("cannot be deleted", self.env["base"]._sql_error_to_message(caught.exception))

    def test_numbers_that_no_column_holds(self):
        memo = self._memo(opened=False)
        for name, value in (
            ("weight", float("nan")),
            ("weight", float("inf")),
            ("weight", float("-inf")),
            ("pieces", 2**31),
            ("pieces", -(2**40)),
            ("pieces", float("nan")),
        ):
            with self.subTest(field=name, value=value):
                with self.assertRaisesRegex(UserError, "cannot be"):
                    memo.write({name: value})
                with self.assertRaisesRegex(UserError, "cannot be"):
                    self._memo(opened=False, **{name: value})
        memo.write({"weight": 1e300, "pieces": 2**31 - 1})

    def test_steps_on_one_document_at_a_time(self):
        memos = self._memo() | self._memo()
        with self.assertRaisesRegex(UserError, "Measure: choose one record at a time"):
            memos.action_measure()
        memos[0].action_measure()
