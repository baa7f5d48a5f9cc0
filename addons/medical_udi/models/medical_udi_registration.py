from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import REGULATORY, step

_lt = LazyTranslate(__name__)


class MedicalUdiRegistration(models.Model):
    """A device in the database of one market."""

    _name = "medical.udi.registration"
    _description = "UDI Registration"
    _inherit = ["medical.document.mixin", "mail.thread"]
    _order = "di_id, market_id, id desc"
    _audited_fields = ("di_id", "market_id", "number", "version", "state", "valid_from", "valid_to")
    _settles = {"draft": ("di_id", "market_id")}
    _kept_from = "submitted"

    di_id = fields.Many2one(
        "medical.udi.di",
        "DI",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('contained_di_id', '=', False)]",
    )
    product_id = fields.Many2one(related="di_id.product_id", store=True, index=True)
    company_id = fields.Many2one(related="di_id.company_id", store=True, index="btree_not_null")
    market_id = fields.Many2one("medical.udi.market", required=True, index=True, ondelete="restrict")
    number = fields.Char("Registration Number")
    version = fields.Char("Version of the Record", help="The database's own count of published versions.")
    submitted_on = fields.Date(readonly=True, copy=False)
    registered_on = fields.Date(readonly=True, copy=False)
    withdrawn_on = fields.Date(readonly=True, copy=False)
    valid_from = fields.Date()
    valid_to = fields.Date(help="Empty: without end.")
    state = fields.Selection(
        [("draft", "Draft"), ("submitted", "Submitted"), ("registered", "Registered"), ("withdrawn", "Withdrawn")]
    )
    in_force = fields.Boolean(compute="_compute_in_force")
    days_left = fields.Integer(
        compute="_compute_in_force", help="Days until it ends; of one without end nothing is shown."
    )

    _sane_dates = models.Constraint(
        "CHECK (valid_to >= valid_from)", "A registration ends on or after the day it begins."
    )

    @api.depends("state", "valid_from", "valid_to")
    def _compute_in_force(self):
        today = fields.Date.context_today(self)
        for row in self:
            begun = not row.valid_from or row.valid_from <= today
            row.days_left = (row.valid_to - today).days if row.valid_to else 0
            row.in_force = row.state == "registered" and begun and (not row.valid_to or row.valid_to >= today)

    @api.depends("di_id", "market_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.di_id.code or ''} / {row.market_id.code or ''}"

    @api.constrains("di_id")
    def _check_primary(self):
        for row in self:
            if row.di_id.contained_di_id:
                raise ValidationError(
                    self.env._(
                        "%(di)s is a package: register the device in it, %(primary)s.",
                        di=row.di_id.code,
                        primary=row.di_id.primary_di_id.code,
                    )
                )

    @step("draft", to="submitted", label=_lt("Submit"), group=REGULATORY, on="submitted_on")
    def action_submit(self):
        """The authority has been asked."""

    @step("draft", "submitted", to="registered", label=_lt("Register"), group=REGULATORY, on="registered_on")
    def action_register(self):
        """The authority has accepted it."""

    def _unmet_register(self):
        return {
            row: self.env._("%(registration)s: enter its number first.", registration=row.display_name)
            for row in self
            if not row.number
        }

    @step("submitted", "registered", to="withdrawn", label=_lt("Withdraw"), group=REGULATORY, on="withdrawn_on")
    def action_withdraw(self):
        """It is in force no more."""
