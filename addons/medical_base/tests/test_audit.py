import base64
import hashlib
import json
from contextlib import closing
from itertools import chain

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.sql_db import db_connect
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.medical_base.engine import hashes

from .common import MedicalBaseCase


@tagged("post_install", "-at_install")
class TestAudit(MedicalBaseCase):
    people = (*MedicalBaseCase.people, "auditor")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.entry = cls.env["medical.audit.entry"]

    def _log(self, count=1, first=1):
        rows = [(number, f"Record {number}", "state", "a", f"b{number}") for number in range(first, first + count)]
        return self.entry._log("res.partner", rows, "Test")

    def _seal_ten(self):
        """Ten sealed entries at the end of the chain; returns their numbers."""
        while self.entry._seal():
            pass
        before = self.entry._chain_status()["sealed"]
        self._log(10)
        self.assertEqual(self.entry._seal(), 10)
        return list(range(before + 1, before + 11))

    def _sql(self, query, *arguments):
        # As the owner of the table can.
        self.env.cr.execute("ALTER TABLE medical_audit_entry DISABLE TRIGGER USER")
        self.env.cr.execute(SQL(query, *arguments))

    def _kinds(self, earlier_head=None):
        return [(finding["kind"], finding["seal_seq"]) for finding in self.entry._verify(earlier_head)]

    # ------------------------------------------------------------------
    # Logging
    # ------------------------------------------------------------------

    def test_log_is_one_insert(self):
        rows = [(self.company.id, "Ours", "name", number, number + 1) for number in range(500)]
        with self.assertQueryCount(1):
            self.assertEqual(self.entry._log(self.company, rows), 500)
        self.assertEqual(self.entry._log("res.partner", []), 0)

    def test_log_normalises_values(self):
        self.entry._log(
            self.company,
            [(self.company.id, "C\x00", "name", False, "x\x00y"), (self.company.id, "", "n", 0, 1.5)],
        )
        self.assertRecordValues(
            self._entries(self.company)[-2:],
            [
                {"res_name": "C", "old_value": False, "new_value": "xy", "company_id": self.company.id},
                {"res_name": False, "old_value": "0", "new_value": "1.5", "company_id": self.company.id},
            ],
        )
        self.assertFalse(self.entry._verify())

    def test_company_of_the_record(self):
        warehouse = self.warehouse
        self.entry._log("stock.warehouse", [(warehouse.id, "W", "code", "A", "B"), (0, "none", "code", "A", "B")])
        self.assertEqual(self._entries(warehouse)[-1].company_id, self.company)

    def test_user_behind_sudo_is_logged(self):
        self.entry.with_user(self.auditor).sudo()._log("res.partner", [(1, "P", "name", "a", "b")])
        self.assertEqual(self.entry.search([], limit=1).user_id, self.auditor)

    def test_audited_mixin(self):
        scopes = self._scope(category_id=self.devices.id) + self._scope()
        self.assertEqual(self._entries(scopes).mapped("field_name"), ["(created)", "(created)"])
        self.assertIn(f"category_id: Devices (#{self.devices.id})", self._entries(scopes[0]).new_value)
        scopes.with_context(medical_reason="Check").write({"category_id": self.implants.id, "reason": "not audited"})
        self.assertRecordValues(
            self._entries(scopes)[2:],
            [
                {
                    "field_name": "category_id",
                    "old_value": f"Devices (#{self.devices.id})",
                    "reason": "Check",
                    "new_value": f"Devices / Implants (#{self.implants.id})",
                },
                {
                    "field_name": "category_id",
                    "old_value": False,
                    "reason": "Check",
                    "new_value": f"Devices / Implants (#{self.implants.id})",
                },
            ],
        )
        scopes.with_context(medical_reason={"not": "text"}).write({"category_id": self.implants.id})
        self.assertEqual(len(self._entries(scopes)), 4, "an unchanged value is not logged")
        ids = scopes.ids
        scopes.unlink()
        last = self._entries(self.env["medical.scope"].browse(ids))[-2:]
        self.assertEqual(last.mapped("field_name"), ["(deleted)", "(deleted)"])
        self.assertEqual(last.company_id, self.company)

    def test_audited_write_has_no_query_per_record(self):
        scopes = self.env["medical.scope"].create(
            [{"feature_id": self.feature.id, "company_id": self.company.id} for _number in range(30)]
        )
        counts = []
        for records in (scopes[:2], scopes):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            records.with_context(tracking_disable=True).write({"valid_from": f"2024-01-0{len(counts) + 1}"})
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    # ------------------------------------------------------------------
    # Append-only
    # ------------------------------------------------------------------

    def test_nobody_writes_through_the_orm(self):
        self._log()
        entry = self.entry.search([], limit=1)
        vals = {"model": "x", "user_id": 1, "date": "2024-01-01", "content_hash": "x"}
        for user in (self.auditor, self.admin, self.env.ref("base.user_root")):
            for context in ({}, {"medical_guard": True, "_force_unlink": True, "install_mode": True}):
                model = self.entry.with_user(user)
                for method, arguments in (
                    ("create", [[vals]]),
                    ("write", [entry.ids, {"new_value": "x"}]),
                    ("unlink", [entry.ids]),
                    ("copy", [entry.ids]),
                    ("web_save", [entry.ids, {"new_value": "x"}, {}]),
                    ("_log", ["res.partner", [(1, "x", "x", "x", "x")]]),
                    ("_seal", []),
                ):
                    with (
                        self.subTest(user=user.login, method=method, context=context),
                        self.assertRaises(AccessError),
                    ):
                        call_kw(model, method, arguments, {"context": context})
        self.assertEqual(entry.new_value, "b1")

    def test_import_is_refused(self):
        result = self.entry.sudo().load(["model", "new_value", "content_hash"], [["x", "y", "z"]])
        self.assertFalse(result["ids"])

    def test_head_is_not_written_through_the_orm(self):
        head = self.env["medical.audit.head"].search([])
        self.assertEqual(len(head), 1)
        for attempt in (
            lambda: head.sudo().write({"entry_count": 0}),
            lambda: head.sudo().with_context(_force_unlink=True).unlink(),
            lambda: head.sudo().create({"entry_count": 0}),
        ):
            with self.assertRaises(AccessError):
                attempt()

    # ------------------------------------------------------------------
    # Sealing
    # ------------------------------------------------------------------

    def test_sealing_is_gapless_and_sound(self):
        numbers = self._seal_ten()
        entries = self.entry.search([("seal_seq", "in", numbers)], order="seal_seq")
        self.assertEqual(entries.mapped("seal_seq"), numbers)
        self.assertEqual(entries.ids, sorted(entries.ids))
        status = self.entry._chain_status()
        self.assertEqual((status["sealed"], status["unsealed"]), (numbers[-1], 0))
        self.assertEqual(status["last_hash"], entries[-1].chain_hash)
        self.assertEqual(self.entry._verify(), [])
        self.assertEqual(self.entry._seal(), 0)

    def test_bounded_batches(self):
        self._seal_ten()
        self._log(7)
        self.assertEqual([self.entry._seal(3) for _turn in range(4)], [3, 3, 1, 0])
        self.assertEqual(self.entry._verify(), [])

    def test_late_commit_of_a_lower_id_is_sealed_later(self):
        """An entry whose transaction commits after a higher id was sealed gets the next number."""
        numbers = self._seal_ten()
        self._sql("SELECT min(id) FROM medical_audit_entry")
        lowest = self.env.cr.fetchone()[0]
        self._log()
        late = self.entry.search([], limit=1, order="id desc")
        self._sql("UPDATE medical_audit_entry SET id = %s WHERE id = %s", lowest - 2, late.id)
        self.env.invalidate_all()
        self.assertEqual(self.entry._seal(), 1)
        self.assertEqual(self.entry.browse(lowest - 2).seal_seq, numbers[-1] + 1)
        self.assertEqual(self.entry._verify(), [])

    def test_two_jobs_do_not_seal_at_once(self):
        self._log()
        with closing(db_connect(self.env.cr.dbname).cursor()) as other_job:
            other_job.execute(SQL("SELECT FROM medical_audit_head FOR UPDATE"))
            self.assertEqual(self.entry._seal(), 0)
        self.assertGreaterEqual(self.entry._seal(), 1)

    def test_cron_seals_everything(self):
        self._seal_ten()
        self._log(5)
        with self.enter_registry_test_mode():
            self.env.ref("medical_base.ir_cron_seal_audit_trail").method_direct_trigger()
        self.assertEqual(self.entry._chain_status()["unsealed"], 0)
        self.assertEqual(self.entry._verify(), [])

    # ------------------------------------------------------------------
    # Tampering by SQL
    # ------------------------------------------------------------------

    def test_every_changed_column_is_found(self):
        numbers = self._seal_ten()
        for number, (column, value) in zip(
            numbers,
            {
                "model": "res.users",
                "res_id": 99,
                "res_name": "x",
                "field_name": "x",
                "old_value": None,
                "new_value": "x",
                "user_id": 1 if self.env.uid != 1 else 2,
                "date": "2020-01-01",
                "reason": "x",
                "company_id": self.company.id,
            }.items(),
            strict=True,
        ):
            self._sql(
                "UPDATE medical_audit_entry SET %s = %s WHERE seal_seq = %s",
                SQL.identifier(column),
                value,
                number,
            )
        self.assertEqual(self._kinds(), [("changed", number) for number in numbers])

    def test_change_with_a_new_content_hash(self):
        number = self._seal_ten()[4]
        self._sql("UPDATE medical_audit_entry SET content_hash = %s WHERE seal_seq = %s", "0" * 64, number)
        self.assertEqual(self._kinds(), [("changed", number), ("order", number)])

    def test_change_before_sealing(self):
        self._seal_ten()
        self._log()
        self._sql("UPDATE medical_audit_entry SET new_value = 'x' WHERE seal_seq IS NULL")
        self.assertEqual(self._kinds(), [("changed", 0)])

    def _insert_copy(self, number, seal_seq, chain_hash="x"):
        self._sql(
            """INSERT INTO medical_audit_entry
                      (model, res_id, user_id, date, content_hash, res_name, field_name, old_value, new_value,
                       reason, company_id, seal_seq, chain_hash)
               SELECT model, res_id, user_id, date, content_hash, res_name, field_name, old_value, new_value,
                      reason, company_id, %s, %s FROM medical_audit_entry WHERE seal_seq = %s""",
            seal_seq,
            chain_hash,
            number,
        )

    def test_inserted_rows(self):
        numbers = self._seal_ten()
        self._sql("DROP INDEX medical_audit_entry_seal_seq_unique")
        self._insert_copy(numbers[2], numbers[5])
        self._insert_copy(numbers[2], numbers[-1] + 1)
        self._insert_copy(numbers[2], -7)
        self._insert_copy(numbers[2], None)
        self.assertEqual(
            self._kinds(),
            [("inserted", -7), ("inserted", numbers[5]), ("inserted", numbers[-1] + 1), ("inserted", 0)],
        )

    def test_row_deleted_in_the_middle(self):
        numbers = self._seal_ten()
        self._sql("DELETE FROM medical_audit_entry WHERE seal_seq = ANY(%s)", [numbers[3], numbers[4]])
        [finding] = self.entry._verify()
        self.assertEqual((finding["kind"], finding["seal_seq"]), ("missing", numbers[3]))
        self.assertIn(f"{numbers[3]} to {numbers[4]}", finding["message"])

    def test_row_deleted_and_the_rest_renumbered(self):
        numbers = self._seal_ten()
        self._sql("DELETE FROM medical_audit_entry WHERE seal_seq = %s", numbers[3])
        for number in numbers[4:]:
            self._sql("UPDATE medical_audit_entry SET seal_seq = %s WHERE seal_seq = %s", number - 1, number)
        self.assertEqual(self._kinds(), [("order", numbers[3]), ("missing", numbers[-1])])

    def test_rows_deleted_at_the_tail(self):
        numbers = self._seal_ten()
        self._sql("DELETE FROM medical_audit_entry WHERE seal_seq >= %s", numbers[8])
        self.assertEqual(self._kinds(), [("missing", numbers[8])])

    def test_two_rows_swapped(self):
        first, second = self._seal_ten()[4:6]
        for source, target in ((first, -1), (second, first), (-1, second)):
            self._sql("UPDATE medical_audit_entry SET seal_seq = %s WHERE seal_seq = %s", target, source)
        kinds = self._kinds()
        self.assertEqual({kind for kind, _number in kinds}, {"order"})
        self.assertIn(("order", first), kinds)

    def test_everything_deleted(self):
        numbers = self._seal_ten()
        self._sql("DELETE FROM medical_audit_entry")
        self.assertEqual(self._kinds(), [("missing", 1)])
        self.assertIn(str(numbers[-1]), self.entry._verify()[0]["message"])

    def test_head_changed(self):
        numbers = self._seal_ten()
        self._sql("UPDATE medical_audit_head SET last_hash = 'x'")
        self.assertEqual(self._kinds(), [("head", numbers[-1])])

    def test_rewritten_chain_is_found_by_an_earlier_export(self):
        numbers = self._seal_ten()
        status = self.entry._chain_status()
        head = (status["sealed"], status["last_hash"])
        self.assertEqual(self._kinds(head), [])
        self._log(3)
        self.entry._seal()
        self.assertEqual(self._kinds(head), [], "a chain that has grown is the same chain")
        # Delete the last sealed rows and let the job chain everything anew.
        self._sql("DELETE FROM medical_audit_entry WHERE seal_seq = %s", numbers[6])
        self._sql("UPDATE medical_audit_entry SET seal_seq = NULL, chain_hash = NULL")
        self._sql("UPDATE medical_audit_head SET entry_count = 0, last_hash = %s", "0" * 64)
        while self.entry._seal():
            pass
        self.assertEqual(self._kinds(), [])
        self.assertEqual(self._kinds(head), [("earlier", head[0])])

    # ------------------------------------------------------------------
    # Versions of the hash
    # ------------------------------------------------------------------

    def _use_versions(self, last):
        """Versions as releases add them: the second leaves out the reason, the third covers it again."""
        columns = self.registry["medical.audit.entry"]._hash_versions[1]
        without = tuple(name for name in columns if name != "reason")
        versions = {1: columns, 2: without, 3: columns}
        self.patch(type(self.entry), "_hash_versions", {number: versions[number] for number in range(1, last + 1)})

    def _seal_versions(self):
        """Ten sealed entries of each of three versions; the number before the first."""
        first = self._seal_ten()[0]
        for last in (2, 3):
            self._use_versions(last)
            self._seal_ten()
        return first - 1

    def test_entries_of_all_versions_are_sound(self):
        before = self._seal_versions()
        entries = self.entry.search([("seal_seq", ">", before)], order="seal_seq")
        self.assertEqual([entry.content_hash[:3] for entry in entries], ["$1$"] * 10 + ["$2$"] * 10 + ["$3$"] * 10)
        self.assertEqual(self._kinds(), [])
        for number in (3, 13, 23):
            self._sql("UPDATE medical_audit_entry SET reason = 'x' WHERE seal_seq = %s", before + number)
        self.assertEqual(
            self._kinds(), [("changed", before + 3), ("changed", before + 23)], "each by what its version covers"
        )

    def test_lowered_version_is_found(self):
        """Whoever changes what an older version does not cover, and has the entry claim that version."""
        before = self._seal_versions()
        self._log(2)
        unsealed = self.entry.search([], limit=2)[1]
        attacked = self.entry.search([("seal_seq", "=", before + 23)]) + unsealed
        rows = self.entry._iter_rows(sealed=True), self.entry._iter_rows(sealed=False)
        contents = {entry_id: content for entry_id, *_values, content in chain(*rows)}
        for entry in attacked:
            lowered = hashes.row_hash({**contents[entry.id], "reason": "x"}, self.entry._hash_versions, 2)
            self._sql("UPDATE medical_audit_entry SET reason = 'x', content_hash = %s WHERE id = %s", lowered, entry.id)
        self.assertEqual(self._kinds(), [("older", before + 23), ("order", before + 23), ("older", 0)])

    def test_version_that_does_not_exist_is_found(self):
        before = self._seal_versions()
        self._use_versions(2)
        self.assertEqual(self._kinds(), [("unknown", before + number) for number in range(21, 31)], "an older release")
        check = self._check()
        check.action_check()
        self.assertEqual(set(check.finding_ids.mapped("kind")), {"unknown"})
        self._use_versions(3)
        self._sql(
            "UPDATE medical_audit_entry SET content_hash = '$9$' || split_part(content_hash, '$', 3) WHERE seal_seq = %s",
            before + 5,
        )
        self.assertEqual(self._kinds(), [("unknown", before + 5), ("order", before + 5)])

    def test_export_shows_what_each_version_covers(self):
        before = self._seal_versions()
        *lines, _head = map(json.loads, self.entry._export_lines(self.env["res.company"].search([]), before))
        for line in lines:
            _empty, version, digest = line["content_hash"].split("$")
            content = json.dumps(list(line["content"].values()), separators=(",", ":"))
            self.assertEqual(hashlib.sha256(content.encode()).hexdigest(), digest)
            self.assertEqual("reason" in line["content"], version != "2")

    # ------------------------------------------------------------------
    # Screen and export
    # ------------------------------------------------------------------

    def _check(self, **vals):
        return self.env["medical.audit.check"].with_user(self.auditor).create(vals)

    def test_check_screen(self):
        numbers = self._seal_ten()
        self._log(2)
        check = self._check()
        self.assertEqual(check.action_check()["res_id"], check.id)
        self.assertRecordValues(
            check,
            [{"state": "checked", "sealed_count": numbers[-1], "unsealed_count": 2, "finding_count": 0}],
        )
        self.assertTrue(check.oldest_unsealed)
        self._sql("DELETE FROM medical_audit_entry WHERE seal_seq = %s", numbers[3])
        check.action_check()
        self.assertEqual(check.finding_ids.mapped("kind"), ["missing"])

    def test_check_says_what_it_cannot_know(self):
        self._seal_ten()
        check = self._check()
        check.action_check()
        before, *limits = check.statement.splitlines()
        self.assertRegex(
            before, r"^Every hash of \d+ chained entries, of 0 that are not chained yet and of \d+ signatures"
        )
        self.assertEqual(len(limits), 1, limits)
        self.assertIn("only the comparison with an export", limits[0])

        # Two entries that wait, a transaction that was rolled back, and an entry that somebody deleted.
        self._log(2)
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self._log(3)
            raise ZeroDivisionError
        self._log()
        self._sql("DELETE FROM medical_audit_entry WHERE id = %s", self.entry.search([], limit=2)[1].id)
        status = self.entry._chain_status()
        check = self._check(earlier_count=status["sealed"], earlier_hash=status["last_hash"])
        check.action_check()
        self.assertFalse(check.finding_count)
        waiting, gaps, earlier, triggers = check.statement.splitlines()[1:]
        self.assertRegex(waiting, r"^2 entries since [-\d]+ [:\d]+ \(UTC\) are not chained yet")
        self.assertRegex(gaps, r"^4 numbers given after the last chained entry have no entry")
        self.assertIn(f"entries after no. {status['sealed']}, the last of the earlier export", earlier)
        self.assertIn("table medical_audit_entry are missing or off", triggers)

        check.action_export()
        last = json.loads(base64.b64decode(check.export_file).splitlines()[-1])
        self.assertEqual(last["not_known"][:2], [waiting, gaps])

    def test_export_and_comparison(self):
        numbers = self._seal_ten()
        self.entry._log(self.other_company, [(self.other_company.id, "Secret", "name", "a", "b")])
        self.entry._seal()
        check = self._check()
        check.action_export()
        content = base64.b64decode(check.export_file)
        self.assertEqual(check.export_sha256, hashlib.sha256(content).hexdigest())
        *lines, last = [json.loads(line) for line in content.splitlines()]
        self.assertEqual([line["no"] for line in lines], list(range(1, numbers[-1] + 2)))
        self.assertEqual(last["head"]["count"], numbers[-1] + 1)
        self.assertEqual(last["head"]["last_hash"], lines[-1]["chain_hash"])
        self.assertNotIn("content", lines[-1], "an entry of a company that the auditor lacks")
        self.assertEqual(lines[-2]["content"]["new_value"], "b10")
        self.assertNotIn(b"Secret", content)
        previous = "0" * 64
        for line in lines:
            previous = hashlib.sha256((previous + line["content_hash"]).encode()).hexdigest()
            self.assertEqual(previous, line["chain_hash"])

        later = self._check(earlier_file=check.export_file, earlier_filename="audit.jsonl")
        later.action_check()
        self.assertEqual(later.finding_count, 0)
        noted = self._check(earlier_count=numbers[-1], earlier_hash="f" * 64)
        noted.action_check()
        self.assertEqual(noted.finding_ids.mapped("kind"), ["earlier"])

        partial = self._check(export_after=numbers[-1])
        partial.action_export()
        self.assertEqual(len(base64.b64decode(partial.export_file).splitlines()), 2)

    def test_wrong_file_is_refused(self):
        for content in (b"", b"no json", b'{"head": 1}', b"[1]", b"\xff\xfe"):
            check = self._check(earlier_file=base64.b64encode(content or b"\n"), earlier_filename="x.jsonl")
            with self.subTest(content=content), self.assertRaisesRegex(UserError, "x.jsonl is not an export"):
                check.action_check()
        with self.assertRaisesRegex(UserError, "give both"):
            self._check(earlier_count=3).action_check()

    def test_open_record(self):
        self.entry._log(
            self.syringe, [(self.syringe.id, "Syringe", "name", "a", "b"), (2**30, "Gone", "name", "a", "b")]
        )
        gone, there = self.entry.search([], limit=2)
        self.assertEqual(there.action_view_record()["res_id"], self.syringe.id)
        with self.assertRaisesRegex(UserError, "Gone cannot be opened"):
            gone.action_view_record()
