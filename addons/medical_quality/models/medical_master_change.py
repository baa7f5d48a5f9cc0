from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import QUALITY_APPROVER, step

_lt = LazyTranslate(__name__)

# What the shelf life of a product is made of, whether its lots are kept apart, and what they are counted in. The category
# is changed without one as long as the product stays under quality control.
CONTROLLED = ("use_expiration_date", "expiration_time", "use_time", "removal_time", "alert_time", "tracking", "uom_id")
# What is a record, and the field that its name stands in.
_NAMED = {"uom_id": "name", "categ_id": "complete_name"}
# A hundred years: what is added to a date has to come to one.
_MOST_DAYS = 36525


class MedicalMasterChange(models.Model):
    """A change of a product's controlled data: requested, approved by somebody else, in force from a day on."""

    _name = "medical.master.change"
    _description = "Product Data Change"
    _inherit = [
        "medical.document.mixin",
        "medical.signed.mixin",
        "medical.quality.retained.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _rec_name = "product_tmpl_id"
    _check_company_auto = True

    _kept_from = "approved"
    _settles = {"draft": ("product_tmpl_id", "company_id", "field_name", "new_value", "effective_date", "reason")}
    _guarded_fields = ("old_value", "requested_by_id")
    _retention_from = ("closed_on",)
    _retention_products = ("product_tmpl_id.product_variant_ids",)
    _audited_fields = ("product_tmpl_id", "field_name", "new_value", "effective_date", "reason", "state", "old_value")
    _signed_fields = ("product_tmpl_id", "field_name", "new_value", "effective_date", "reason")
    _signed_change = "refuse"

    product_tmpl_id = fields.Many2one(
        "product.template",
        "Product",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_storable', '=', True)]",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    field_name = fields.Selection(
        [
            ("expiration_time", "Expiration (days after receipt or production)"),
            ("use_time", "Best before (days before expiration)"),
            ("removal_time", "Removal (days before expiration)"),
            ("alert_time", "Alert (days before expiration)"),
            ("use_expiration_date", "Expiration dates (yes or no)"),
            ("tracking", "Tracking (lot, serial or none)"),
            ("uom_id", "Unit of measure (its name)"),
            ("categ_id", "Product category (its full name)"),
        ],
        "What",
        required=True,
        default="expiration_time",
    )
    new_value = fields.Char("New", required=True)
    old_value = fields.Char("Old", readonly=True, copy=False, help="What it was until the change came into force.")
    reason = fields.Char(required=True)
    effective_date = fields.Date(required=True, default=lambda self: fields.Date.context_today(self))
    requested_by_id = fields.Many2one("res.users", readonly=True, copy=False, default=lambda self: self.env.user)
    state = fields.Selection(
        [("draft", "Requested"), ("approved", "Approved"), ("applied", "In Force"), ("cancelled", "Cancelled")]
    )
    closed_on = fields.Datetime(readonly=True, copy=False, help="When it came into force or was cancelled.")

    @api.constrains("field_name", "new_value")
    def _check_new_value(self):
        for change in self:
            change._value()

    def _value(self):
        """The new value as the product takes it. Raises ValidationError."""
        self.ensure_one()
        text = (self.new_value or "").strip()
        if self.field_name in _NAMED:
            return self._named(text)
        text = text.lower()
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
        if not text.isdecimal() or int(text) > _MOST_DAYS:
            raise ValidationError(
                self.env._(
                    "%(product)s: give a whole number of days, at most %(most)d.",
                    product=self.product_tmpl_id.name,
                    most=_MOST_DAYS,
                )
            )
        return int(text)

    def _named(self, name):
        """Id of the unit or category that is called ``name``. Raises ValidationError."""
        # sudo: what it is called does not depend on who asks, and is said in the language of whoever asked for it.
        product = self.product_tmpl_id.sudo().with_context(lang=self.sudo().requested_by_id.lang)
        records = product[self.field_name].search([(_NAMED[self.field_name], "=", name)], limit=2)
        if len(records) != 1:
            raise ValidationError(
                self.env._(
                    "%(product)s: %(count)d records are called %(name)s. Write the name of one as it stands in its list.",
                    product=product.name,
                    count=len(records),
                    name=name,
                )
            )
        return records.id

    @step(
        "draft",
        to="approved",
        label=_lt("Approve"),
        group=QUALITY_APPROVER,
        sign="approval",
        not_by=("requested_by_id", "content"),
    )
    def action_approve(self):
        """The change comes into force on its day, at once when that day has come."""

    def _after_approve(self):
        self._apply_due()

    @step("draft", to="cancelled", label=_lt("Cancel"), reason=True, on="closed_on")
    def action_cancel(self):
        """What was asked for is not wanted any more."""

    @step(
        "approved",
        to="cancelled",
        label=_lt("Revoke"),
        group=QUALITY_APPROVER,
        sign="approval",
        reason=True,
        on="closed_on",
    )
    def action_revoke(self):
        """What was approved does not come into force."""

    @step("approved", to="applied", label=_lt("Bring into Force"), on="closed_on", system=True)
    def _apply(self):
        """Lots that are there keep their dates."""
        for change in self:
            # sudo: the approval is the right to change the product.
            product = change.product_tmpl_id.sudo()
            old = product[change.field_name]
            old = old.display_name if change.field_name in _NAMED else old
            product._quality_write_approved({change.field_name: change._value()})
            change._guarded_write({"old_value": "" if old is False else str(old)})

    def _apply_due(self):
        today = fields.Date.context_today(self)
        self.filtered(lambda change: change.effective_date <= today)._apply()

    def _settled_advice(self):
        if self.signature_state == "unsigned":
            return self.env._("Ask for another change.")
        return self.env._("It was signed and cannot be changed: ask for another change in its place.")

    @api.model
    def _cron_apply_due(self):
        due = self.search([("state", "=", "approved"), ("effective_date", "<=", fields.Date.today())])
        for change in due:
            try:
                with self.env.cr.savepoint():
                    change._apply_due()
            except UserError as error:  # what it names may be gone by now; the others come into force all the same
                change.message_post(body=str(error))
            self.env["ir.cron"]._commit_progress(1)
