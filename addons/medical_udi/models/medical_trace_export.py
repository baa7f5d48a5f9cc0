import base64
import hashlib

from odoo import fields, models

from .medical_trace_log import DIRECTIONS


class MedicalTraceExport(models.Model):
    """A trace as a workbook that is too large to wait for: written in the background and kept with its digest.

    It is one batch, because a workbook cannot be written in parts; one that was killed is written anew.
    """

    _name = "medical.trace.export"
    _description = "Trace Export"
    _inherit = ["medical.job.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _guarded_fields = ("file", "filename", "sha256")
    _audited_fields = ("state", "sha256")
    _settles = {"draft": ("company_id", "company_ids", "lot_ids", "subject", "direction")}
    _number = "medical.trace.export"
    _job_groups = ("stock.group_stock_user",)
    _job_cron = "medical_udi.ir_cron_trace_export"
    _lock_class = 1297370200
    _as_user = True

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    company_ids = fields.Many2many(
        "res.company", string="Companies Shown", readonly=True, help="Movements of other companies are only counted."
    )
    subject = fields.Char("Traced", readonly=True)
    lot_ids = fields.Many2many("stock.lot", string="Lots", readonly=True)
    direction = fields.Selection(DIRECTIONS, required=True, readonly=True)
    total = fields.Integer("Movements")
    file = fields.Binary("Workbook", readonly=True, copy=False)
    filename = fields.Char(readonly=True, copy=False)
    sha256 = fields.Char("SHA-256 of the File", readonly=True, copy=False)

    def _overlaps(self, other):
        mine = (self.create_uid, self.direction, self.company_ids, self.lot_ids)
        return mine == (other.create_uid, other.direction, other.company_ids, other.lot_ids)

    def _for_work(self):
        return (
            super()._for_work().with_context(allowed_company_ids=self.sudo().company_ids.ids)
        )  # superuser: as recorded

    def _prepare(self):
        """What to do is what was asked for."""

    def _work_batch(self):
        name, content, rows = self.env["medical.trace.workbook"]._workbook(
            "stock.lot", self.lot_ids.ids, self.direction
        )
        # Superuser: who asked for it reads what comes of it, and writes nothing of it.
        self.sudo()._guarded_write(
            {
                "filename": name,
                "file": base64.b64encode(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "total": rows,
            }
        )
        self._finish()
        return 0

    def _after_finish(self):
        self._notify(self.env._("The workbook of the trace is ready."))

    def _after_fail(self, message):
        self._notify(self.env._("The workbook of the trace could not be written."))

    def _notify(self, summary):
        for export in self.sudo():  # superuser: the scheduled action tells whoever asked for it
            export.activity_schedule("mail.mail_activity_data_todo", summary=summary, user_id=export.create_uid.id)
