from odoo import api, fields, models
from odoo.exceptions import UserError

from .medical_signed_mixin import signed


class MedicalClockExtension(models.Model):
    """More time for a limit of the own procedure, asked for by one person and approved by another.

    A law gives no more time: its clocks cannot be extended.
    """

    _name = "medical.clock.extension"
    _description = "Extension of a Clock"
    _inherit = ["medical.guarded.mixin", "medical.audited.mixin", "medical.signed.mixin"]
    _order = "id desc"
    _rec_name = "clock_id"
    _guarded_fields = ("state", "user_id")
    _audited_fields = ("clock_id", "days", "reason", "user_id", "state")
    _signed_fields = ("clock_id", "days", "reason", "user_id")
    _signed_change = "refuse"
    _signature_groups = {"approval": "medical_base.group_medical_quality_approver"}
    _signature_duties = {"approval": ("user_id",)}

    clock_id = fields.Many2one("medical.clock", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="clock_id.company_id", store=True, index=True)
    days = fields.Integer("Calendar Days More", required=True, aggregator=None)
    reason = fields.Char(required=True)
    user_id = fields.Many2one(
        "res.users",
        "Asked By",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        [("asked", "Asked For"), ("approved", "Approved"), ("refused", "Refused")],
        default="asked",
        required=True,
        readonly=True,
        copy=False,
    )

    _days_positive = models.Constraint("CHECK (days > 0)", "An extension is for at least one day.")

    @api.model_create_multi
    def create(self, vals_list):
        extensions = super().create(vals_list)
        for extension in extensions:
            extension._check_can_extend()
            extension.clock_id.message_post(
                body=self.env._(
                    "Extension by %(days)s days asked for: %(reason)s", days=extension.days, reason=extension.reason
                )
            )
        return extensions

    def write(self, vals):
        if not self._is_guarded_call() and not {"clock_id", "days", "reason"}.isdisjoint(vals):
            raise UserError(self.env._("What was asked for does not change. Have it refused and ask again."))
        return super().write(vals)

    def _check_can_extend(self):
        for extension in self:
            clock = extension.clock_id
            rule = clock.rule_id.sudo()  # superuser: whoever asks for time need not read the rules
            approved = clock.extension_ids.filtered(lambda other: other.state == "approved")
            if rule.basis != "practice":
                raise UserError(
                    self.env._(
                        "%(clock)s cannot be extended: its limit comes from %(article)s, not from your own procedure.",
                        clock=clock.name,
                        article=rule.source,
                    )
                )
            if clock.state != "running":
                raise UserError(self.env._("The clock %(clock)s does not run any more.", clock=clock.name))
            if len(approved) >= rule.max_extensions:
                raise UserError(
                    self.env._(
                        "%(clock)s has been extended %(number)s times already; the rule allows no more.",
                        clock=clock.name,
                        number=len(approved),
                    )
                )

    def _check_asked(self):
        for extension in self:
            if extension.state != "asked":
                raise UserError(
                    self.env._("The extension of %(clock)s is decided. Reload the page.", clock=extension.clock_id.name)
                )
        self._check_can_extend()

    @signed("approval", check="_check_asked")
    def action_approve(self):
        """Give the time (a quality approver, not the one who asked)."""
        for extension in self:
            extension.with_context(medical_reason=extension.reason)._guarded_write({"state": "approved"})
            extension.clock_id.with_context(medical_reason=extension.reason)._set_due()
        return True

    def action_refuse(self):
        """Do not give the time (a quality approver)."""
        self._check_may_sign("approval")
        self._check_asked()
        self._guarded_write({"state": "refused"})
        return True
