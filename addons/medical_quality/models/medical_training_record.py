from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MedicalTrainingRecord(models.Model):
    """Who was trained in what, and until when that counts.

    Kept as long as documents of implants, which are kept longest: what somebody did may have been about any device.
    The period is counted from the end of the training, whatever end is entered not from before it was recorded.
    """

    _name = "medical.training.record"
    _description = "Training"
    _inherit = ["medical.guarded.mixin", "medical.audited.mixin", "medical.retained.mixin"]
    _order = "valid_until desc, id desc"
    _rec_name = "requirement_id"

    _guarded_fields = ("company_id",)
    _retention_class = "implant"
    _retention_from = ("create_date", "valid_until")
    _audited_fields = ("requirement_id", "user_id", "done_on", "valid_until")

    requirement_id = fields.Many2one(
        "medical.training.requirement", "Training", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="requirement_id.company_id", store=True, index="btree_not_null")
    user_id = fields.Many2one("res.users", "Person", required=True, index=True, ondelete="restrict")
    done_on = fields.Date(required=True, default=fields.Date.context_today)
    valid_until = fields.Date(help="Empty: for good.")
    state = fields.Selection(
        [("current", "Current"), ("expiring", "Expires within 30 Days"), ("expired", "Expired")],
        compute="_compute_state",
    )

    @api.depends("valid_until")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for record in self:
            left = (record.valid_until - today).days if record.valid_until else None
            record.state = "current" if left is None or left > 30 else "expiring" if left >= 0 else "expired"

    @api.constrains("requirement_id", "user_id", "done_on", "valid_until")
    def _check_record(self):
        for record in self:
            if record.valid_until and record.valid_until < record.done_on:
                raise ValidationError(
                    self.env._("%(training)s: it cannot end before it was done.", training=record.requirement_id.name)
                )
            if record.user_id == self.env.user:
                raise ValidationError(
                    self.env._(
                        "%(training)s: somebody else records your own training.", training=record.requirement_id.name
                    )
                )
