import math
import re

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class MedicalInspectionResult(models.Model):
    """What was found for one characteristic; limits are those of the day the inspection was started."""

    _name = "medical.inspection.result"
    _description = "Inspection Result"
    _inherit = [
        "medical.inspection.characteristic.mixin",
        "medical.document.line.mixin",
        "medical.audited.mixin",
        "medical.kept.files.mixin",
    ]
    _order = "sequence, id"

    _document_field = "inspection_id"
    _open_fields = ("sequence",)
    # What is looked at is settled when the inspection starts.
    _guarded_fields = ("specified", "company_id")
    _audited_fields = ("values_text", "checked", "nonconforming", "remark", "attachment_ids")
    _kept_files_fields = ("attachment_ids",)

    inspection_id = fields.Many2one("medical.inspection", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="inspection_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    specified = fields.Boolean(readonly=True, copy=False, help="Taken over from the plan.")
    sample_size = fields.Integer(related="inspection_id.sample_size")
    values_text = fields.Char(
        "Values", help="Of a measured characteristic: one for each unit, with spaces or semicolons between."
    )
    checked = fields.Integer(
        compute="_compute_counts", store=True, readonly=False, help="How many units were looked at."
    )
    nonconforming = fields.Integer(
        compute="_compute_counts", store=True, readonly=False, help="How many of them did not conform."
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    remark = fields.Char()
    complete = fields.Boolean(compute="_compute_complete")

    _counts = models.Constraint(
        "CHECK (checked >= 0 AND nonconforming >= 0 AND nonconforming <= checked)",
        "Of the units that were looked at, none to all do not conform.",
    )

    @api.model
    def _numbers(self, text):
        """Values as floats; a comma is a decimal point. Raises ValueError."""
        values = [float(part.replace(",", ".")) for part in re.split(r"[;\s]+", (text or "").strip()) if part]
        if not all(map(math.isfinite, values)):  # they are neither below nor above a limit
            raise ValueError(text)
        return values

    def _limits_text(self):
        """The limits of a measured characteristic as people write them."""
        self.ensure_one()
        lower, upper = (f"{value:.6f}".rstrip("0").rstrip(".") for value in (self.lower, self.upper))
        if self.has_lower and self.has_upper:
            text = f"{lower} – {upper}"
        else:
            text = f"≥ {lower}" if self.has_lower else f"≤ {upper}" if self.has_upper else ""
        return f"{text} {self.unit or ''}".strip()

    @api.constrains("values_text")
    def _check_values(self):
        for line in self:
            try:
                self._numbers(line.values_text)
            except ValueError:
                raise ValidationError(
                    self.env._(
                        "%(name)s: write numbers with spaces between, for example 9.8 10.1 10.0.", name=line.name
                    )
                ) from None

    @api.depends("values_text", "kind", "lower", "upper", "has_lower", "has_upper")
    def _compute_counts(self):
        for line in self:
            if line.kind != "measured":
                # Entered by hand; nothing was counted yet.
                line.checked, line.nonconforming = line.checked or 0, line.nonconforming or 0
                continue
            try:
                values = self._numbers(line.values_text)
            except ValueError:
                values = []
            line.checked = len(values)
            line.nonconforming = sum(
                (line.has_lower and value < line.lower) or (line.has_upper and value > line.upper) for value in values
            )

    @api.depends("checked", "attachment_ids", "kind", "inspection_id.sample_size", "inspection_id.plan_id")
    def _compute_complete(self):
        for line in self:
            line.complete = bool(line.attachment_ids) if line.kind == "document" else line.checked >= line.sample_size

    def write(self, vals):
        settled = {"name", "kind", "lower", "upper", "has_lower", "has_upper", "unit", "critical", "inspection_id"}
        if settled & set(vals) and any(line.specified for line in self):
            raise UserError(self.env._("What is looked at was settled when the inspection was started."))
        if {"checked", "nonconforming"} & set(vals) and any(line.kind == "measured" for line in self):
            raise UserError(self.env._("Measured characteristics are counted from their values."))
        before = self.inspection_id._signed_results()
        result = super().write(vals)
        self.inspection_id._results_changed(before)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        inspections = self.env["medical.inspection"].browse(
            {vals["inspection_id"] for vals in vals_list if vals.get("inspection_id")}
        )
        before = inspections._signed_results()
        lines = super().create(vals_list)
        inspections._results_changed(before)
        return lines

    def unlink(self):
        inspections = self.inspection_id
        before = inspections._signed_results()
        result = super().unlink()
        inspections._results_changed(before)
        return result

    def _made_by_people(self):
        """What the plan asks for stands there for whoever received the lot; the results are written later."""
        return super()._made_by_people().filtered(lambda line: not line.specified)

    def _kept_files_refusals(self):
        """Files of results are kept as long as the inspection."""
        refusals = super()._kept_files_refusals()
        of_inspections = self.inspection_id._kept_files_refusals()
        return refusals | {
            line.id: of_inspections[line.inspection_id.id] for line in self if line.inspection_id.id in of_inspections
        }

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_never_specified(self):
        self._refuse_settled()
        if any(line.specified for line in self):
            raise UserError(self.env._("What is looked at was settled when the inspection was started."))
