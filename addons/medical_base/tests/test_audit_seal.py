"""Sealing at commit, with transactions of their own that really commit; and what the database refuses."""

from contextlib import contextmanager

from psycopg2.errors import InsufficientPrivilege

from odoo import api
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL, mute_logger


@tagged("post_install", "-at_install")
class TestSealAtCommit(TransactionCase):
    """Entries committed here stay in the database, chained and sound, as all entries do."""

    @contextmanager
    def _transaction(self):
        """Another transaction; it commits at the end."""
        with db_connect(self.env.cr.dbname).cursor() as cr:
            yield api.Environment(cr, api.SUPERUSER_ID, {})["medical.audit.entry"]

    def _log(self, entries, count=1):
        last = entries.search([], limit=1).id
        entries._log("res.partner", [(0, f"Commit {number}", "state", "a", "b") for number in range(count)])
        return entries.search([("id", ">", last)], order="id").ids

    def _seal_all(self):
        with self._transaction() as entries:
            while entries._seal():
                pass

    def _sealed(self, ids):
        with self._transaction() as entries:
            return [bool(entry.seal_seq) for entry in entries.browse(ids)]

    def _assert_sound(self):
        self._seal_all()
        with self._transaction() as entries:
            self.assertEqual(entries._verify(), [])
            self.assertEqual(entries._chain_status()["unsealed"], 0)
            entries.env.cr.execute("SELECT count(*) FROM medical_audit_due")
            self.assertEqual(entries.env.cr.fetchone(), (0,), "nothing waits for a commit that is over")

    def test_sealed_when_it_commits(self):
        self._seal_all()
        with self._transaction() as entries:
            ids = self._log(entries, 3)
            with entries.env.cr.savepoint():
                ids += self._log(entries, 2)
            entries.env.cr.execute("SELECT count(*) FROM medical_audit_entry WHERE seal_seq IS NULL")
            self.assertEqual(entries.env.cr.fetchone(), (5,), "not before the commit")
        self.assertEqual(self._sealed(ids), [True] * 5)
        self._assert_sound()

    def test_rolled_back_part_is_not_missed(self):
        self._seal_all()
        with self._transaction() as entries:
            with self.assertRaises(ZeroDivisionError), entries.env.cr.savepoint():
                self._log(entries)
                raise ZeroDivisionError
            ids = self._log(entries)
        self.assertEqual(self._sealed(ids), [True])
        self._assert_sound()

    def test_chain_that_moved_after_the_snapshot_fails_nobody(self):
        """The end of the chain is another one than the snapshot shows: entries wait for the next commit."""
        self._seal_all()
        with self._transaction() as late:
            late.env.cr.execute("SELECT 1 FROM medical_audit_head")  # the snapshot
            with self._transaction() as early:
                early_ids = self._log(early)
            late_ids = self._log(late)
        self.assertEqual(self._sealed(early_ids + late_ids), [True, False])
        with self._transaction() as entries:
            next_ids = self._log(entries)
        self.assertEqual(self._sealed(late_ids + next_ids), [True, True])
        self._assert_sound()

    def test_job_with_an_old_snapshot_fails_neither(self):
        self._seal_all()
        with self._transaction() as job:
            job.env.cr.execute("SELECT 1 FROM medical_audit_head")  # the snapshot
            with self._transaction() as entries:
                self._log(entries)
            self._log(job)
            self.assertEqual(job._seal(), 0)
            job.env.cr.execute("SELECT 1")  # the transaction goes on
        self._assert_sound()

    def test_nobody_waits_for_the_end_of_the_chain(self):
        for locked in ("medical_audit_head", "medical_audit_entry"):
            self._seal_all()
            with db_connect(self.env.cr.dbname).cursor() as other:
                # The commit finds the end of the chain taken, or entries that it does not need.
                other.execute(SQL("SELECT FROM %s FOR UPDATE", SQL.identifier(locked)))
                with self._transaction() as entries:
                    ids = self._log(entries)
            self.assertEqual(self._sealed(ids), [locked == "medical_audit_entry"], locked)
        self._assert_sound()

    def test_locked_entry_of_another_is_left_alone(self):
        self._seal_all()
        with self._transaction() as late:
            late.env.cr.execute("SELECT 1 FROM medical_audit_head")  # the snapshot
            with self._transaction() as early:
                self._log(early)
            waiting = self._log(late)
        with db_connect(self.env.cr.dbname).cursor() as other:
            other.execute(SQL("SELECT FROM medical_audit_entry WHERE id = ANY(%s) FOR UPDATE", waiting))
            with self._transaction() as entries:
                ids = self._log(entries)
        self.assertEqual(self._sealed(waiting + ids), [False, False])
        self._assert_sound()

    def test_large_transaction_leaves_the_rest_to_the_job(self):
        self._seal_all()
        with self._transaction() as entries:
            ids = self._log(entries, 700)
        sealed = self._sealed(ids)
        self.assertEqual(sealed, sorted(sealed, reverse=True), "in id order")
        self.assertEqual(sum(sealed), 500)
        self._assert_sound()

    def test_wrong_chain_does_not_stop_people(self):
        """A number that exists twice (a tampered head) fails the job, and no commit."""
        self._seal_all()
        with self._transaction() as entries:
            entries.env.cr.execute("UPDATE medical_audit_head SET entry_count = entry_count - 1")
        try:
            with self._transaction() as entries:
                ids = self._log(entries)
            self.assertEqual(self._sealed(ids), [False])
        finally:
            with self._transaction() as entries:
                entries.env.cr.execute("UPDATE medical_audit_head SET entry_count = entry_count + 1")
        self._assert_sound()


@tagged("post_install", "-at_install")
class TestRefusedBySql(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.entry = cls.env["medical.audit.entry"]
        cls.entry._log("res.partner", [(1, "Partner", "name", "a", "b")], "Test")

    def _refused(self, query, *arguments):
        with (
            self.subTest(query=query),
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(InsufficientPrivilege, "is append-only"),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute(SQL(query, *arguments))

    def test_entries(self):
        for sealed in (False, True):
            with self.subTest(sealed=sealed):
                if sealed:
                    self.assertGreaterEqual(self.entry._seal(), 1)
                for column in ("id", *self.entry._hash_columns(), "content_hash"):
                    self._refused("UPDATE medical_audit_entry SET %s = DEFAULT", SQL.identifier(column))
                self._refused("DELETE FROM medical_audit_entry WHERE id = %s", self.entry.search([], limit=1).id)
                self._refused("TRUNCATE medical_audit_entry")
        self._refused("UPDATE medical_audit_entry SET seal_seq = seal_seq + 1 WHERE seal_seq IS NOT NULL")
        self._refused("UPDATE medical_audit_entry SET chain_hash = 'x' WHERE seal_seq IS NOT NULL")

    def test_users_and_companies_of_entries_stay(self):
        self._refused("TRUNCATE res_users CASCADE")

    def test_missing_triggers_are_named(self):
        limits = self.entry._limits()
        self.assertFalse([sentence for sentence in limits if "Triggers" in sentence])
        for statement, table in (
            ("ALTER TABLE medical_audit_entry DISABLE TRIGGER USER", "medical_audit_entry"),
            ("DROP TRIGGER medical_audit_seal_due ON medical_audit_due", "medical_audit_entry"),
            ("DROP TRIGGER medical_append_only_rows ON medical_signature", "medical_signature"),
            ("ALTER TABLE medical_signature ENABLE REPLICA TRIGGER medical_append_only_content", "medical_signature"),
        ):
            with self.subTest(statement=statement), self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(statement)
                [sentence] = [sentence for sentence in self.entry._limits() if "Triggers" in sentence]
                self.assertIn(f"the table {table} are missing or off", sentence)
                savepoint.rollback()
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute(
                "CREATE OR REPLACE FUNCTION medical_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                "$$BEGIN RETURN NEW; END$$"
            )
            self.assertEqual(len([sentence for sentence in self.entry._limits() if "Triggers" in sentence]), 2)
            savepoint.rollback()

    def test_updating_the_addon_puts_them_back(self):
        self.env.cr.execute("DROP FUNCTION medical_append_only CASCADE")
        models = (self.entry, self.env["medical.signature"])
        self.assertEqual([model._has_triggers() for model in models], [False, False])
        self.registry.init_models(self.env.cr, [model._name for model in models], {"module": "medical_base"})
        self.assertEqual([model._has_triggers() for model in models], [True, True])
        self._refused("DELETE FROM medical_audit_entry")

    def test_seal_seq_is_given_once(self):
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as the commit does
        self.assertTrue(self.entry.search([], limit=1).seal_seq)
        self.env.cr.execute("SET CONSTRAINTS ALL DEFERRED")
        self.entry._log("res.partner", [(1, "Partner", "name", "b", "c")])
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.assertTrue(self.entry.search([], limit=1).seal_seq, "also what the same transaction writes afterwards")
