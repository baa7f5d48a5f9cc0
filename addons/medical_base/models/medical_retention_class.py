from odoo import api, fields, models
from odoo.exceptions import UserError

from .medical_signed_mixin import signed


class MedicalRetentionClass(models.Model):
    """How long records of one kind are kept. Data that regulatory affairs signs.

    Until the class is signed, none of its records can be deleted.
    """

    _name = "medical.retention.class"
    _description = "Retention Class"
    _inherit = ["medical.audited.mixin", "medical.signed.mixin", "mail.thread"]
    _order = "name, id"
    _audited_fields = ("name", "code", "months", "source", "trust")
    _signed_fields = ("code", "months", "source")
    _signature_groups = {"approval": "medical_base.group_medical_regulatory"}

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Name of the class in the program.")
    months = fields.Integer(
        "Kept for (Months)",
        required=True,
        aggregator=None,
        tracking=True,
        help="Counted from the day that the record itself gives, for example the day it was closed.",
    )
    source = fields.Char(required=True, tracking=True, help="Law and article, or the document of the procedure.")
    trust = fields.Selection(
        [("read", "Read in the Source"), ("copy", "Read in a Copy"), ("unverified", "Not Verified")],
        "Origin of the Figure",
        required=True,
        default="unverified",
    )
    note = fields.Text(translate=True)
    model_names = fields.Char("Records", compute="_compute_model_names")

    _code_unique = models.Constraint("UNIQUE(code)", "There is already a retention class with this code.")
    _months_positive = models.Constraint("CHECK (months > 0)", "Records are kept for at least one month.")

    @api.depends("code")
    @api.depends_context("lang")
    def _compute_model_names(self):
        by_code: dict[str, list[str]] = {}
        for name, model_class in self.env.registry.items():
            if model_class._abstract or not hasattr(model_class, "_retention_class"):
                continue
            for code in (model_class._retention_class, *model_class._retention_other_classes):
                by_code.setdefault(code, []).append(self.env["ir.model"]._get(name).name)
        for retention in self:
            retention.model_names = ", ".join(sorted(by_code.get(retention.code, [])))

    @api.ondelete(at_uninstall=False)
    def _unlink_unused(self):
        for retention in self:
            if retention.model_names:
                raise UserError(
                    self.env._(
                        "%(name)s is the retention class of %(records)s and is kept.",
                        name=retention.name,
                        records=retention.model_names,
                    )
                )

    @signed("approval")
    def action_sign(self):
        """Confirm the period (regulatory affairs)."""
        self.check_access("write")
        return True
