from odoo import fields, models


class MedicalPolicyRelease(models.TransientModel):
    """What a version would change, in figures, before somebody puts it in force."""

    _name = "medical.policy.release"
    _description = "Release Policy Version"
    _inherit = ["medical.window.mixin"]

    version_id = fields.Many2one("medical.policy.version", required=True, readonly=True, ondelete="cascade")
    comparison = fields.Html(related="version_id.comparison")
    is_worse = fields.Boolean(related="version_id.is_worse")
    reason = fields.Text("Approver's Reason")

    def action_release(self):
        self.ensure_one()
        self.version_id.action_release(reason=self.reason)
        return {"type": "ir.actions.act_window_close"}
