from odoo import api, fields, models
from odoo.tools import LazyTranslate

from ..document import QUALITY_APPROVER, step

_lt = LazyTranslate(__name__)


class MedicalClockExtension(models.Model):
    """More time for a limit of the own procedure, asked for by one person and approved by another.

    A law gives no more time: its clocks cannot be extended.
    """

    _name = "medical.clock.extension"
    _description = "Extension of a Clock"
    _inherit = ["medical.document.mixin", "medical.signed.mixin"]
    _order = "id desc"
    _rec_name = "clock_id"
    _guarded_fields = ("user_id",)
    _settles = {"": ("clock_id", "days", "reason")}  # what was asked for does not change
    _kept_from = "approved"
    _audited_fields = ("clock_id", "days", "reason", "user_id", "state")
    _signed_fields = ("clock_id", "days", "reason", "user_id")
    _signed_change = "refuse"
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
    state = fields.Selection([("asked", "Asked For"), ("approved", "Approved"), ("refused", "Refused")])

    _days_positive = models.Constraint("CHECK (days > 0)", "An extension is for at least one day.")

    @api.model_create_multi
    def create(self, vals_list):
        extensions = super().create(vals_list)
        extensions._check_unmet(self._get_steps()["action_approve"], {})
        for extension in extensions:
            extension.clock_id.message_post(
                body=self.env._(
                    "Extension by %(days)s days asked for: %(reason)s", days=extension.days, reason=extension.reason
                )
            )
        return extensions

    def _settled_advice(self):
        return self.env._("What was asked for does not change: have it refused and ask again.")

    def _reason(self):
        return super()._reason() or "; ".join(dict.fromkeys(filter(None, self.mapped("reason")))) or None

    @step("asked", to="approved", label=_lt("Approve"), group=QUALITY_APPROVER, sign="approval", not_by=("user_id",))
    def action_approve(self):
        """Give the time."""

    def _after_approve(self):
        for extension in self:
            extension.clock_id._with_reason(extension.reason)._set_due()

    def _unmet_approve(self):
        unmet = {}
        for extension in self:
            clock = extension.clock_id
            rule = clock.rule_id.sudo()  # superuser: whoever asks for time need not read the rules
            approved = clock.extension_ids.filtered(lambda other: other.state == "approved")
            if rule.basis != "practice":
                unmet[extension] = self.env._(
                    "%(clock)s cannot be extended: its limit comes from %(article)s, not from your own procedure.",
                    clock=clock.name,
                    article=rule.source,
                )
            elif clock.state != "running":
                unmet[extension] = self.env._("The clock %(clock)s does not run any more.", clock=clock.name)
            elif len(approved) >= rule.max_extensions:
                unmet[extension] = self.env._(
                    "%(clock)s has been extended %(number)s times already; the rule allows no more.",
                    clock=clock.name,
                    number=len(approved),
                )
        return unmet

    @step("asked", to="refused", label=_lt("Refuse"), group=QUALITY_APPROVER, not_by=("user_id",))
    def action_refuse(self):
        """Do not give the time."""
