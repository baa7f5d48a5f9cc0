from odoo import api, fields, models


class MedicalClockStep(models.TransientModel):
    """Ask for the moment and the reason of a step of legal clocks."""

    _name = "medical.clock.step"
    _description = "Legal Clock: Step"
    _inherit = ["medical.window.mixin"]

    step = fields.Selection([("action_stop", "Done"), ("action_correct_start", "Correct the Event")], required=True)
    clock_ids = fields.Many2many("medical.clock", "medical_clock_step_rel", string="Clocks", required=True)
    date = fields.Datetime(default=fields.Datetime.now)
    reason = fields.Char()
    reason_required = fields.Boolean(compute="_compute_reason_required")

    @api.depends("step", "date", "clock_ids.due")
    def _compute_reason_required(self):
        for wizard in self:
            late = any(wizard.date and clock.due and wizard.date > clock.due for clock in wizard.clock_ids)
            wizard.reason_required = wizard.step != "action_stop" or late

    def action_apply(self):
        self.ensure_one()
        if self.step == "action_stop":
            self.clock_ids.action_stop(date=self.date, reason=self.reason or "")
        else:
            self.clock_ids.action_correct_start(start=self.date, reason=self.reason or "")
        return {"type": "ir.actions.act_window_close"}
