import json
import logging

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.medical_base.engine import hashes
from odoo.addons.medical_base.models.medical_signature import content_hash

from .common import MedicalBaseCase

FORGED = {"medical_guard": True, "medical_signature": True, "install_mode": True, "_force_unlink": True}


@tagged("post_install", "-at_install")
class TestSignature(MedicalBaseCase):
    """The clock rules are the records that medical_base itself has signed."""

    people = (*MedicalBaseCase.people, "quality")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.author = cls._user("sign_author", "regulatory")
        cls.signer = cls._user("sign_signer", "regulatory")
        cls.rules = (
            cls.env["medical.clock.rule"]
            .with_user(cls.author)
            .create(
                [
                    {
                        "name": f"Rule {number}",
                        "market": "eu",
                        "trigger": "death",
                        "number": number,
                        "calendar_id": cls.env.ref("medical_base.holiday_calendar_eu").id,
                        "source": f"Article {number}",
                        "valid_from": f"2030-01-0{number}",
                        "company_id": cls.company.id,
                    }
                    for number in (1, 2, 3)
                ]
            )
        )
        cls.rule = cls.rules[0]
        cls.Signature = cls.env["medical.signature"]

    def _password(self, user):
        # What ``new_test_user`` sets.
        return user.login + "x" * (8 - len(user.login))

    def _sign(self, records, user=None, method="action_sign", reason=None, **credentials):
        user = user or self.signer
        credentials = credentials or {"signature_password": self._password(user)}
        context = {**credentials, **({"medical_reason": reason} if reason else {})}
        return getattr(records.with_user(user).with_context(**context), method)()

    def _current_hash(self, signature):
        """What the hash of a signature ought to be."""
        return hashes.row_hash(signature._hashed_row(), signature._hash_versions)

    def _signatures(self, records):
        return self.Signature.search([("model", "=", records._name), ("res_id", "in", records.ids)], order="id")

    def _wizard(self, records, user=None, method="action_sign"):
        action = getattr(records.with_user(user or self.signer), method)()
        self.assertEqual((action["res_model"], action["target"]), ("medical.sign", "new"))
        return self.env["medical.sign"].with_user(user or self.signer).browse(action["res_id"])

    # ------------------------------------------------------------------
    # Signing
    # ------------------------------------------------------------------

    def test_signature_says_who_what_when_and_why(self):
        self._sign(self.rule, reason="Compared with the law")
        self.assertEqual((self.rule.state, self.rule.confirmation), ("signed", "confirmed"))
        signature = self._signatures(self.rule)
        self.assertRecordValues(
            signature,
            [
                {
                    "meaning": "approval",
                    "user_id": self.signer.id,
                    "signer_name": self.signer.name,
                    "method": "password",
                    "reason": "Compared with the law",
                    "res_name": "Rule 1",
                    "company_id": self.company.id,
                    "batch_size": 1,
                    "state": "valid",
                }
            ],
        )
        content = json.loads(signature.content)
        self.assertEqual(content["number"], 1)
        self.assertEqual(content["valid_from"], "2030-01-01")
        self.assertEqual(content_hash(signature.content), signature.content_hash)
        self.assertIn("Source: Article 1", signature.content_text)
        self.assertEqual(self.rule.signature_state, "signed")
        self.assertEqual(self.rule.signature_ids, signature)

    def test_signature_and_state_are_in_the_audit_trail(self):
        self._sign(self.rule, reason="Compared")
        signature = self._signatures(self.rule)
        entries = self._entries(self.rule)[-2:]
        self.assertEqual(
            [(e.field_name, e.new_value, e.reason) for e in entries],
            [("(signed)", f"Approval: {self.signer.name}", "Compared"), ("state", "signed", "Compared")],
        )
        self.assertEqual(self._entries(signature).new_value, signature.row_hash)

    def test_window_asks_each_time(self):
        for rule in self.rules[:2]:
            wizard = self._wizard(rule)
            self.assertFalse(self._signatures(rule))
            self.assertEqual((wizard.proof, wizard.meaning, wizard.second_factor), ("password", "approval", False))
            wizard.with_context(signature_password=self._password(self.signer)).action_sign()
            self.assertEqual(rule.state, "signed")

    def test_one_signing_lists_and_hashes_every_record(self):
        wizard = self._wizard(self.rules)
        self.assertEqual(wizard.line_ids.mapped("res_name"), ["Rule 1", "Rule 2", "Rule 3"])
        self.assertIn("Article 2", wizard.line_ids[1].content_text)
        result = wizard.with_context(signature_password=self._password(self.signer)).action_sign()
        self.assertEqual(result, {"type": "ir.actions.act_window_close"})
        signatures = self._signatures(self.rules)
        self.assertEqual(signatures.mapped("res_id"), self.rules.ids)
        self.assertEqual(len(set(signatures.mapped("batch"))), 1)
        self.assertEqual(set(signatures.mapped("batch_size")), {3})
        self.assertEqual(signatures.mapped("content_hash"), wizard.line_ids.mapped("content_hash"))
        self.assertEqual(len(set(signatures.mapped("content_hash"))), 3)

    def test_all_or_nothing(self):
        self._sign(self.rules[0])
        with self.assertRaisesRegex(UserError, "Rule 1 is signed"):
            self._sign(self.rules)
        self.assertFalse(self._signatures(self.rules[1:]))

    def test_what_changed_after_the_listing_is_not_signed(self):
        wizard = self._wizard(self.rule)
        self.rule.write({"number": 30})
        with self.assertRaisesRegex(UserError, "Rule 1 was changed after you opened it"):
            wizard.with_context(signature_password=self._password(self.signer)).action_sign()
        self.assertFalse(self._signatures(self.rule))

    def test_reason_where_it_is_asked_for(self):
        with self.assertRaisesRegex(UserError, "Say why you sign"):
            self._sign(self.rule, method="action_retire")
        self._sign(self.rule, method="action_retire", reason="Repealed")
        self.assertEqual(self.rule.state, "retired")
        self.assertEqual(self._signatures(self.rule).meaning, "responsibility")

    # ------------------------------------------------------------------
    # Proof of identity
    # ------------------------------------------------------------------

    def _refused(self, pattern, **credentials):
        with self.assertLogs("odoo.addons.medical_base.models.res_users", logging.WARNING) as log:
            with self.assertRaisesRegex(UserError, pattern):
                self._sign(self.rule, **credentials)
        self.assertFalse(self._signatures(self.rule))
        self.assertEqual(self.rule.state, "open")
        return "".join(log.output)

    def test_wrong_password(self):
        log = self._refused("Nothing was signed", signature_password="wrong-secret")
        self.assertIn("sign_signer", log)
        self.assertNotIn("wrong-secret", log)
        self._refused("Enter your password", signature_password="")
        self._refused("Enter your password", signature_password=["x"])
        self._refused("Enter your password", signature_token="123456")
        self._refused("Nothing was signed", signature_password=self._password(self.author))

    def test_api_key_is_no_password(self):
        key = self.env["res.users.apikeys"].with_user(self.signer).sudo()._generate("rpc", "test", None)
        self._refused("Nothing was signed", signature_password=key)

    def test_user_without_a_method_is_told_so(self):
        self.env.cr.execute(SQL("UPDATE res_users SET password = NULL WHERE id = %s", self.signer.id))
        self.assertEqual(self.signer.with_user(self.signer)._signature_methods(), [])
        self.assertEqual(self._wizard(self.rule).proof, "none")
        with self.assertRaisesRegex(UserError, "neither a password nor a passkey"):
            self._sign(self.rule, signature_password="anything")

    def test_superuser_cannot_sign(self):
        root = self.env.ref("base.user_root")
        with self.assertRaises(UserError):
            self.rule.with_user(root).with_context(signature_password="").action_sign()
        with self.assertRaises(UserError):
            self.rule.with_user(self.signer).sudo().with_context(signature_password="x").action_sign()

    def test_password_goes_nowhere(self):
        password = self._password(self.signer)
        wizard = self._wizard(self.rule)
        columns = self.env["medical.sign"]._fields
        self.assertFalse(columns["password"].store or columns["token"].store)
        wizard.write({"password": password, "token": "123456"})
        self.env.flush_all()
        self.env.cr.execute("SELECT to_jsonb(w)::text FROM medical_sign w")
        self.assertNotIn(password, "".join(row for (row,) in self.env.cr.fetchall()))
        seen = []
        rule_class = self.env.registry["medical.clock.rule"]
        original = rule_class.write

        def write(records, vals):
            seen.append(dict(records.env.context))
            return original(records, vals)

        self.patch(rule_class, "write", write)
        wizard.with_context(signature_password=password, signature_token="1").action_sign()
        self.assertTrue(seen)
        for context in seen:
            self.assertFalse({"signature_password", "signature_token", "signature_passkey"} & set(context))

    # ------------------------------------------------------------------
    # Who may sign
    # ------------------------------------------------------------------

    def test_author_does_not_sign(self):
        with self.assertRaisesRegex(AccessError, "because you worked on it yourself"):
            self._sign(self.rule, self.author)
        with self.assertRaises(AccessError):
            self.rule.with_user(self.author).action_sign()
        # Whoever changed the figures last has become the author.
        self.rule.with_user(self.signer).write({"number": 4})
        with self.assertRaises(AccessError):
            self._sign(self.rule)
        self._sign(self.rule, self.author)

    def test_wrong_role_does_not_sign(self):
        for number, group in enumerate(
            (
                "base.group_user",
                "stock.group_stock_manager",
                "base.group_system",
                "medical_base.group_medical_quality_approver",
                "medical_base.group_medical_auditor",
            )
        ):
            user = self._user(f"sign_other_{number}", group)
            with self.subTest(group=group), self.assertRaises(AccessError):
                self._sign(self.rule, user)
        self.assertFalse(self._signatures(self.rule))

    def test_signer_of_another_company(self):
        stranger = self._user("sign_stranger", "regulatory", company=self.other_company)
        with self.assertRaises(AccessError):
            self._sign(self.rule, stranger)

    def test_readers(self):
        self._sign(self.rule)
        signature = self._signatures(self.rule)
        self.assertEqual(signature.with_user(self.quality).signer_name, self.signer.name)
        for name in ("content", "content_text"):
            with self.assertRaises(AccessError):
                signature.with_user(self.quality).read([name])
        plain = self._user("sign_plain", "employee")
        with self.assertRaises(AccessError):
            signature.with_user(plain).read(["res_name"])
        stranger = self._user("sign_reader", "auditor", company=self.other_company)
        self.assertFalse(self.Signature.with_user(stranger).search([("id", "=", signature.id)]))

    # ------------------------------------------------------------------
    # Later changes
    # ------------------------------------------------------------------

    def test_signed_content_is_refused(self):
        self._sign(self.rule)
        for vals in ({"number": 9}, {"source": "Other"}, {"valid_from": "2031-01-01"}, {"basis": "practice"}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "Rule 1 is signed and cannot be changed"):
                self.rule.with_user(self.author).write(vals)
        self.env.invalidate_all()
        self.rule.write({"number": 1, "note": "Notes are not signed."})
        self.assertEqual(self._signatures(self.rule).state, "valid")

    def test_signed_content_is_invalidated(self):
        self.patch(type(self.rule), "_signed_change", "invalidate")
        self.patch(type(self.rule), "_declared_settles", {})
        self._sign(self.rule)
        signature = self._signatures(self.rule)
        self.rule.with_context(medical_reason="Amended law").write({"number": 9})
        self.assertEqual((signature.state, self.rule.signature_state), ("invalidated", "broken"))
        self.assertEqual(signature.invalidation_reason, "Amended law")
        self.assertEqual(signature.row_hash, self._current_hash(signature))
        entry = self._entries(signature)[-1]
        self.assertEqual((entry.field_name, entry.new_value), ("(signature invalidated)", "Amended law"))
        self.assertFalse(self.rule._valid_signatures("approval"))
        self.rule._guarded_write({"state": "open"})
        self._sign(self.rule, self._user("sign_third", "regulatory"))
        self.rule.invalidate_recordset()
        self.assertEqual(self.rule.signature_state, "signed")
        self.assertEqual(len(self.rule._valid_signatures("approval")), 1)

    def test_change_past_the_orm_shows(self):
        self._sign(self.rule)
        signature = self._signatures(self.rule)
        self.env.flush_all()
        self.env.cr.execute(SQL("UPDATE medical_clock_rule SET number = 99 WHERE id = %s", self.rule.id))
        self.env.invalidate_all()
        self.assertEqual((signature.state, self.rule.signature_state), ("changed", "broken"))
        self.assertFalse(self.rule._valid_signatures("approval"))
        self.env.cr.execute(SQL("DELETE FROM medical_clock_rule WHERE id = %s", self.rule.id))
        self.env.invalidate_all()
        self.assertEqual(signature.state, "missing")

    def test_signed_record_is_kept(self):
        self._sign(self.rule)
        for context in ({}, FORGED):
            with self.assertRaisesRegex(UserError, "was signed and is kept"):
                self.rule.with_user(self.signer).with_context(**context).unlink()
        self.rules[1].unlink()

    # ------------------------------------------------------------------
    # Forging
    # ------------------------------------------------------------------

    def test_nobody_writes_signatures(self):
        self._sign(self.rule)
        signature = self._signatures(self.rule)
        vals = signature.copy_data()[0]
        manager = self._user("sign_manager", "approver", "admin")
        for user in (self.quality, manager, self.env.ref("base.user_root")):
            for method, arguments in (
                ("create", [[vals]]),
                ("write", [signature.ids, {"user_id": manager.id}]),
                ("write", [signature.ids, {"invalidated_on": False}]),
                ("unlink", [signature.ids]),
                ("web_save", [signature.ids, {"reason": "x"}, {}]),
                ("_record", [self.rule.ids, "approval", "password", "x"]),
                ("_invalidate", [signature.ids, "x"]),
            ):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    call_kw(self.Signature.with_user(user), method, arguments, {"context": FORGED})
        # Nor through the record that was signed.
        with self.assertRaises(AccessError):
            self.rules[1].with_user(self.signer).write({"signature_ids": [(0, 0, vals)]})
        with self.assertRaises(AccessError):
            self.rule.with_user(self.signer).write({"signature_ids": [(2, signature.id)]})

    def test_state_without_a_signature(self):
        for user in (self.quality, self.signer, self.admin):
            for method, arguments in (
                ("write", [self.rule.ids, {"state": "signed"}]),
                ("create", [[{**self.rule.copy_data()[0], "state": "signed"}]]),
                ("_sign", [self.rule.ids, "approval", {}]),
                ("_guarded_write", [self.rule.ids, {"state": "signed"}]),
            ):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    call_kw(self.rule.browse().with_user(user), method, arguments, {"context": FORGED})
        # The action itself only opens the window, whatever the context claims.
        action = call_kw(
            self.rule.browse().with_user(self.signer), "action_sign", [self.rule.ids],
            {"context": {**FORGED, "identity_checked": True, "signature_hashes": {}}},
        )  # fmt: skip
        self.assertEqual(action["res_model"], "medical.sign")
        self.assertEqual(self.rule.state, "open")

    def test_window_calls_signed_actions_only(self):
        Wizard = self.env["medical.sign"].with_user(self.signer)
        for model, method in (
            ("medical.clock.rule", "unlink"),
            ("medical.clock.rule", "_guarded_write"),
            ("res.users", "action_sign"),
            ("no.such.model", "action_sign"),
        ):
            wizard = Wizard.create({"model": model, "method": method, "line_ids": [(0, 0, {"res_id": self.rule.id})]})
            with self.subTest(model=model, method=method), self.assertRaises(AccessError):
                wizard.with_context(signature_password=self._password(self.signer)).action_sign()
        # A window made by hand asks for the same proof, group and duties.
        wizard = (
            self.env["medical.sign"]
            .with_user(self.quality)
            .create(
                {
                    "model": "medical.clock.rule",
                    "method": "action_sign",
                    "meaning": "author",
                    "line_ids": [(0, 0, {"res_id": self.rule.id, "content_hash": "x"})],
                }
            )
        )
        with self.assertRaises(AccessError):
            wizard.with_context(signature_password=self._password(self.quality)).action_sign()

    def test_row_changed_in_sql_is_found(self):
        self._sign(self.rules)
        changed, rewritten, removed = self._signatures(self.rules)
        self.env.flush_all()
        check = self.env["medical.audit.check"].create({})
        check.action_check()
        self.assertFalse(check.finding_ids.filtered(lambda f: f.kind == "signature"))
        self.env.cr.execute("ALTER TABLE medical_signature DISABLE TRIGGER USER")
        self.env.cr.execute(SQL("UPDATE medical_signature SET user_id = %s WHERE id = %s", self.author.id, changed.id))
        self.env.invalidate_all()
        self.assertEqual(changed.state, "forged")
        # Somebody who also rewrites the hash is found by the entry in the trail.
        self.env.cr.execute(SQL("UPDATE medical_signature SET reason = 'x' WHERE id = %s", rewritten.id))
        self.env.invalidate_all()
        self.env.cr.execute(
            SQL("UPDATE medical_signature SET row_hash = %s WHERE id = %s", self._current_hash(rewritten), rewritten.id)
        )
        self.env.cr.execute(SQL("DELETE FROM medical_step WHERE signature_id = %s", removed.id))
        self.env.cr.execute(SQL("DELETE FROM medical_signature WHERE id = %s", removed.id))
        self.env.invalidate_all()
        check.action_check()
        messages = check.finding_ids.filtered(lambda f: f.kind == "signature").mapped("message")
        self.assertCountEqual(
            messages,
            [
                "The signature of this entry was removed or altered.",
                "The signature of this entry was removed or altered.",
                f"The signature {rewritten.id} was added to its table by hand.",
                f"The signature {changed.id} on Rule 1 was altered.",
            ],
        )

    def test_versions_of_the_hash(self):
        """Versions are added, the second of which covers less: signatures are judged by the one that they name."""
        columns = self.Signature._hash_versions[1]
        versions = {1: columns, 2: tuple(name for name in columns if name != "content_text"), 3: columns}
        self._sign(self.rules[0])
        self.patch(type(self.Signature), "_hash_versions", versions)
        self._sign(self.rules[1:])
        first, _second, third = signatures = self._signatures(self.rules)
        self.assertEqual([signature.row_hash[:3] for signature in signatures], ["$1$", "$3$", "$3$"])
        self.assertEqual(signatures.mapped("state"), ["valid"] * 3)
        self.assertFalse(list(self.Signature._iter_findings()))

        # Whoever changes what the second version does not cover, and has the signature claim that version.
        self.env.cr.execute("ALTER TABLE medical_signature DISABLE TRIGGER USER")
        self.env.cr.execute(
            SQL(
                "UPDATE medical_signature SET content_text = 'x', row_hash = %s WHERE id = %s",
                hashes.row_hash(third._hashed_row(), versions, 2),
                third.id,
            )
        )
        unknown = first.row_hash.replace("$1$", "$9$")
        self.env.cr.execute(SQL("UPDATE medical_signature SET row_hash = %s WHERE id = %s", unknown, first.id))
        self.env.invalidate_all()
        self.assertEqual(first.state, "forged")
        messages = [finding["message"] for finding in self.Signature._iter_findings()]
        self.assertEqual(messages.count("The signature of this entry was removed or altered."), 2, "by the audit trail")
        for signature, text in ((first, "names a version of the hash"), (third, "was hashed by an older version")):
            start = f"The signature {signature.id} on {signature.res_name} {text}"
            self.assertEqual(len([message for message in messages if message.startswith(start)]), 1, messages)

    def test_window_belongs_to_the_one_who_opened_it(self):
        wizard = self._wizard(self.rule)
        for user in (self.author, self.admin):
            for record in (wizard, wizard.line_ids):
                with self.subTest(user=user.login, model=record._name), self.assertRaises(AccessError):
                    record.with_user(user).read([])

    def test_signing_has_no_query_per_record(self):
        many = self.rules.concat(*(self.rule.copy({"valid_from": f"2040-01-{day:02d}"}) for day in range(1, 21)))
        counts = []
        for records in (many[:2], many[2:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._sign(records)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(set(records.mapped("state")), {"signed"})
        self.assertLessEqual(counts[1], counts[0] + 5, counts)

    # ------------------------------------------------------------------
    # Developing with it
    # ------------------------------------------------------------------

    def test_unknown_signed_fields_do_not_load(self):
        for names in (("no_such_field",), ("calendar_id.no_such_field",), ("name",), ("period",)):
            with self.subTest(names=names), self.assertRaises(TypeError):
                self.patch(type(self.rule), "_signed_fields", names)
                self.rule._post_model_setup__()

    def test_lines_belong_to_the_content(self):
        calendar = self.env.ref("medical_base.holiday_calendar_own")
        self.patch(type(self.rule), "_signed_fields", ("number", "calendar_id.tz", "escalation_user_ids"))
        self.rule.calendar_id = calendar
        self.rule._post_model_setup__()
        self._sign(self.rule)
        signature = self._signatures(self.rule)
        self.assertEqual(json.loads(signature.content)["calendar_id.tz"], [[calendar.id, calendar.tz]])
        self.assertIn(f"Time Zone: {calendar.tz}", signature.content_text)
        calendar.tz = "Asia/Tokyo"
        signature.invalidate_recordset(["state"])
        self.assertEqual(signature.state, "changed")

    # ------------------------------------------------------------------
    # Printing
    # ------------------------------------------------------------------

    def test_printed(self):
        self._sign(self.rule, reason="Compared with the law")
        signature = self._signatures(self.rule)
        html, _type = self.env["ir.actions.report"]._render_qweb_html(
            "medical_base.report_medical_signature", signature.ids
        )
        html = html.decode()
        for text in (
            self.signer.name,
            "Approval",
            "Valid",
            "Compared with the law",
            signature.content_hash,
            "Article 1",
        ):
            self.assertIn(text, html)
        html = self.env["ir.qweb"]._render("medical_base.report_signatures", {"doc": self.rules[1]})
        self.assertIn("Not signed", html)
        plain = self._user("sign_printer", "employee")
        with self.assertRaises(AccessError):
            self.rule.with_user(plain)._signature_rows()
        self.assertEqual(self.rule.with_user(self.quality)._signature_rows()[0]["signer"], self.signer.name)
