import base64

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalRetainedCase


@tagged("post_install", "-at_install")
class TestKeptFiles(MedicalRetainedCase):
    """Files of legal clocks (retained) and of retention classes (signed)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.file = cls._file(cls.clock)

    @classmethod
    def _file(cls, record, name="report.txt", **values):
        return cls.env["ir.attachment"].create(
            {"name": name, "raw": b"as sent", "res_model": record._name, "res_id": record.id, **values}
        )

    def _refused(self, file, act, pattern="report.txt cannot be deleted, changed or moved"):
        contexts = ({}, {"_force_unlink": True, "medical_guard": True, "install_mode": True, "su": True})
        for user in (self.regulatory, self.env.ref("base.user_root")):
            for context in contexts:
                with self.subTest(user=user.login), self.assertRaisesRegex(UserError, pattern), self.cr.savepoint():
                    act(file.with_user(user).with_context(**context))
        file.invalidate_recordset()
        self.assertEqual((file.exists().raw, file.res_id), (b"as sent", self.clock.id))

    def test_file_of_a_retained_record_stays_as_it_is(self):
        for act in (
            lambda file: file.unlink(),
            lambda file: file.sudo().unlink(),
            lambda file: file.write({"raw": b"other"}),
            lambda file: file.write({"datas": base64.b64encode(b"other")}),
            lambda file: file.write({"raw": False}),
            lambda file: file.write({"type": "url", "url": "https://example.com"}),
            lambda file: file.write({"res_id": 0}),
            lambda file: file.write({"res_model": "res.partner", "res_id": self.company.partner_id.id}),
            lambda file: file._delete_and_notify(),
        ):
            self._refused(file=self.file, act=act)

    def test_one_kept_file_keeps_the_others_of_the_call(self):
        other = self._file(self.company.partner_id)
        with self.assertRaises(UserError), self.cr.savepoint():
            (other | self.file).unlink()
        self.assertTrue(other.exists())
        other.unlink()

    def test_what_changes_no_content_goes_on(self):
        self.file.write({"name": "renamed.txt", "description": "Sent on 10 March"})
        self.file.generate_access_token()
        # Core rewrites contents when it moves its store.
        self.file.write({"raw": self.file.raw, "mimetype": self.file.mimetype})
        self.env["ir.config_parameter"].set_param("ir_attachment.location", "db")
        self.file._migrate()
        self.assertEqual((self.file.raw, self.file.store_fname), (b"as sent", False))

    def test_period_over_and_record_deleted(self):
        self._sign_retention()
        with freeze_time("2026-03-10 12:00:00"):
            self.clock.action_stop()
        second = self._file(self.clock, "second.txt")
        with freeze_time("2041-03-10"):
            self._refused(self.file, lambda file: file.unlink(), "kept until 2041-03-10")
        with freeze_time("2041-03-11"):
            second.unlink()
            self.clock.with_user(self.regulatory).unlink()
        self.assertFalse(self.file.exists(), "the files go with their record")

    def test_file_of_a_signed_record(self):
        free = self._file(self.retention, "draft.txt")
        free.write({"raw": b"corrected"})
        free.unlink()
        file = self._file(self.retention, "source.txt")
        self._sign_retention()
        with self.assertRaisesRegex(UserError, "source.txt cannot be deleted.* was signed"):
            file.with_user(self.regulatory).unlink()
        # The record cannot be deleted either when its signature holds no more.
        self.retention.with_user(self.regulatory).months = 1
        with self.assertRaisesRegex(UserError, "was signed"):
            file.with_user(self.regulatory).unlink()

    def test_files_cost_no_query_each(self):
        files = self.env["ir.attachment"].create(
            [{"name": f"{i}", "raw": b"x", "res_model": "medical.clock", "res_id": self.clock.id} for i in range(30)]
        )
        with freeze_time("2026-03-10 12:00:00"):
            self.clock.action_stop()
        self.env.flush_all()
        self.env.invalidate_all()
        # The files, their record and its class, whatever the number of files.
        with self.assertQueryCount(7), self.assertRaises(UserError):
            files.unlink()

    def test_class_and_date_are_not_written_by_hand(self):
        for values in ({"retain_until": "2000-01-01"}, {"retention_class_id": self.retention.copy({"code": "x"}).id}):
            for user in (self.regulatory, self.admin, self.env.ref("base.user_root")):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    self.clock.with_user(user).write(values)
