from odoo import fields, models
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import QUALITY_APPROVER, QUALITY_USER, step

_lt = LazyTranslate(__name__)


class MedicalTestVisit(models.Model):
    """A visit at a supplier: planned, reported, and approved by somebody else."""

    _name = "medical.test.visit"
    _description = "Supplier Visit"
    _inherit = ["medical.document.mixin", "medical.signed.mixin", "mail.thread"]
    _audited_fields = ("partner_id", "findings", "state")
    _signed_fields = ("partner_id", "findings")
    _settles = {"planned": ("partner_id", "findings")}
    _kept_from = "reported"

    partner_id = fields.Many2one("res.partner", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    findings = fields.Text()
    state = fields.Selection([("planned", "Planned"), ("reported", "Reported"), ("approved", "Approved")])

    @step("planned", to="reported", label=_lt("Report"), group=QUALITY_USER)
    def action_report(self):
        """The findings are written down."""

    def _unmet_report(self):
        bare = self.filtered(lambda visit: not visit.findings)
        return {visit: self.env._("%(visit)s: enter what was found.", visit=visit.display_name) for visit in bare}

    @step("reported", to="approved", label=_lt("Approve"), group=QUALITY_APPROVER, sign="approval", not_by=("report",))
    def action_approve(self):
        """A second person stands for it."""
