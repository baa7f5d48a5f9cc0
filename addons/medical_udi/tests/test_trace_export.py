import base64
import hashlib
import io

import openpyxl

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_trace import MedicalTraceCase


@tagged("post_install", "-at_install")
class TestTraceExport(MedicalTraceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lot = cls._lot(cls.resin, "RES1")
        cls._moved(cls.lot, 100, "supplier", "stock", cls.vendor)
        cls._moved(cls.lot, 7, "stock", "customer", cls.clinic)

    def _later(self, user=None, direction="forward"):
        book = self.env["medical.trace.workbook"].with_user(user or self.clerk)
        action = book.export_later("stock.lot", self.lot.ids, direction)
        return self.env["medical.trace.export"].with_user(self.clerk).browse(action["res_id"])

    def _cron(self, export):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("medical_udi.ir_cron_trace_export").method_direct_trigger()
        export.invalidate_recordset()

    def test_the_screen_says_what_is_large(self):
        screen = self.env["medical.trace.screen"].with_user(self.clerk)
        self.assertFalse(screen.open_trace("stock.lot", self.lot.ids, "forward")["large"])

    def test_a_large_trace_is_written_in_the_background_and_kept(self):
        export = self._later()
        self.assertEqual((export.state, export.file), ("running", False))
        with self.assertRaisesRegex(UserError, "still running on the same things"):
            self._later()
        self._later(direction="backward").action_cancel()
        # Killed before the workbook was saved: it is written anew.
        with self.assertRaises(KeyError), self.env.cr.savepoint():
            export._for_work()._work_batch()
            raise KeyError
        self._cron(export)
        content = base64.b64decode(export.file)
        self.assertEqual((export.state, export.total, export.create_uid), ("done", 1, self.clerk))
        self.assertEqual(export.sha256, hashlib.sha256(content).hexdigest())
        book = openpyxl.load_workbook(io.BytesIO(content))
        self.assertEqual(book["Movements"].max_row, 1 + 1)
        self.assertIn(("Asked by", self.clerk.name), list(book["Trace"].iter_rows(values_only=True)))
        self.assertEqual((export.activity_ids.user_id, len(export.activity_ids)), (self.clerk, 1))
        with self.assertRaisesRegex(UserError, "kept as a record"):
            export.sudo().unlink()

    def test_a_cancelled_export_is_not_written(self):
        export = self._later()
        export.action_cancel()
        self._cron(export)
        self.assertEqual((export.state, export.file), ("cancelled", False))

    def test_who_sees_it(self):
        export = self._later()
        other = self._user("other_clerk", "stock.group_stock_user")
        self.assertFalse(export.with_user(other).search([]))
        for user in (self.quality, self.regulatory, self.auditor):
            self.assertEqual(export.with_user(user).search([]), export)
            with self.assertRaises(AccessError):
                export.with_user(user).write({"subject": "x"})
        with self.assertRaises(AccessError):
            self._later(user=self.regulatory)
        with self.assertRaises(AccessError):
            export.with_user(self.auditor).action_cancel()
