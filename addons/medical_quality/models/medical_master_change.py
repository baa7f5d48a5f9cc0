from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.medical_base.models.medical_signed_mixin import signed

# What the shelf life of a product is made of, and whether its lots are kept apart.
CONTROLLED = ("use_expiration_date", "expiration_time", "use_time", "removal_time", "alert_time", "tracking")


class MedicalMasterChange(models.Model):
    """A change of a product's controlled data: requested, approved by somebody else, in force from a day on."""

    _name = "medical.master.change"
    _description = "Product Data Change"
    _inherit = [
        "medical.guarded.mixin",
        "medical.audited.mixin",
        "medical.signed.mixin",
        "medical.quality.retained.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_name = "product_tmpl_id"
    _check_company_auto = True

    _guarded_fields = ("state", "old_value", "requested_by_id", "applied_on", "closed_on")
    _retention_from = ("closed_on",)
    _retention_products = ("product_tmpl_id.product_variant_ids",)
    _audited_fields = ("product_tmpl_id", "field_name", "new_value", "effective_date", "reason", "state", "old_value")
    _signed_fields = ("product_tmpl_id", "field_name", "new_value", "effective_date", "reason")
    _signed_change = "refuse"
    _signature_groups = {"approval": "medical_base.group_medical_quality_approver"}
    _signature_duties = {"approval": ("requested_by_id",)}

    product_tmpl_id = fields.Many2one(
        "product.template",
        "Product",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_storable', '=', True)]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self._default_company_id()
    )
    field_name = fields.Selection(
        [
            ("expiration_time", "Expiration (days after receipt or production)"),
            ("use_time", "Best before (days before expiration)"),
            ("removal_time", "Removal (days before expiration)"),
            ("alert_time", "Alert (days before expiration)"),
            ("use_expiration_date", "Expiration dates (yes or no)"),
            ("tracking", "Tracking (lot, serial or none)"),
        ],
        "What",
        required=True,
        default="expiration_time",
    )
    new_value = fields.Char("New", required=True)
    old_value = fields.Char("Old", readonly=True, copy=False, help="What it was until the change came into force.")
    reason = fields.Char(required=True)
    effective_date = fields.Date(required=True, default=lambda self: self._default_effective_date())
    requested_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, default=lambda self: self._default_requested_by_id()
    )
    state = fields.Selection(
        [("draft", "Requested"), ("approved", "Approved"), ("applied", "In Force"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    applied_on = fields.Datetime(readonly=True, copy=False)
    closed_on = fields.Datetime(readonly=True, copy=False, help="When it came into force or was cancelled.")

    @api.model
    def _default_company_id(self):
        return self.env.company

    @api.model
    def _default_effective_date(self):
        return fields.Date.context_today(self)

    @api.model
    def _default_requested_by_id(self):
        return self.env.user

    @api.constrains("field_name", "new_value")
    def _check_new_value(self):
        for change in self:
            change._value()

    def _value(self):
        """The new value as the product takes it. Raises ValidationError."""
        self.ensure_one()
        text = (self.new_value or "").strip().lower()
        if self.field_name == "tracking":
            if text in ("lot", "serial", "none"):
                return text
            raise ValidationError(
                self.env._("%(product)s: tracking is lot, serial or none.", product=self.product_tmpl_id.name)
            )
        if self.field_name == "use_expiration_date":
            if text in ("yes", "no"):
                return text == "yes"
            raise ValidationError(self.env._("%(product)s: answer yes or no.", product=self.product_tmpl_id.name))
        if not text.isdecimal():
            raise ValidationError(
                self.env._("%(product)s: give a whole number of days.", product=self.product_tmpl_id.name)
            )
        return int(text)

    @signed("approval", check="_check_can_approve")
    def action_approve(self):
        """The change comes into force on its day, at once when that day has come."""
        self._guarded_write({"state": "approved"})
        self._apply_due()

    def _check_can_approve(self):
        self._check_state("draft")

    def action_cancel(self):
        for change in self:
            if change.state not in ("draft", "approved"):
                raise UserError(
                    self.env._("%(product)s: the change is in force already.", product=change.product_tmpl_id.name)
                )
        self._guarded_write({"state": "cancelled", "closed_on": fields.Datetime.now()})

    def _check_state(self, state):
        for change in self:
            if change.state != state:
                raise UserError(
                    self.env._(
                        "%(product)s: the change is %(state)s.",
                        product=change.product_tmpl_id.name,
                        state=dict(self._fields["state"]._description_selection(self.env))[change.state].lower(),
                    )
                )

    def _apply_due(self):
        """Write what is due; lots that are there keep their dates."""
        today = fields.Date.context_today(self)
        for change in self.filtered(lambda change: change.state == "approved" and change.effective_date <= today):
            # sudo: the approval is the right to change the product.
            product = change.product_tmpl_id.sudo()
            old = product[change.field_name]
            product._quality_write_approved({change.field_name: change._value()})
            now = fields.Datetime.now()
            change._guarded_write(
                {"state": "applied", "applied_on": now, "closed_on": now, "old_value": "" if old is False else str(old)}
            )

    @api.model
    def _cron_apply_due(self):
        due = self.search([("state", "=", "approved"), ("effective_date", "<=", fields.Date.today())])
        for change in due:
            change._apply_due()
            self.env["ir.cron"]._commit_progress(1)

    def _is_retention_draft(self):
        return self.state == "draft"
