from odoo import api, fields, models
from odoo.exceptions import ValidationError

KINDS = [("measured", "Measured"), ("attribute", "Good or Bad"), ("document", "Document")]


class MedicalInspectionCharacteristicMixin(models.AbstractModel):
    """What is looked at; kept on the plan, and as it was then on each inspection."""

    _name = "medical.inspection.characteristic.mixin"
    _description = "Inspection Characteristic Fields"

    name = fields.Char("Characteristic", required=True)
    kind = fields.Selection(KINDS, required=True, default="attribute")
    lower = fields.Float("At Least", digits=(16, 6))
    upper = fields.Float("At Most", digits=(16, 6))
    has_lower = fields.Boolean("Has a Lower Limit", default=True)
    has_upper = fields.Boolean("Has an Upper Limit", default=True)
    unit = fields.Char(help="Of the limits and the values, for example mm or N.")
    critical = fields.Boolean(help="One nonconforming unit rejects the lot, whatever the sampling plan allows.")
    instruction = fields.Char("How")


class MedicalInspectionCharacteristic(models.Model):
    _name = "medical.inspection.characteristic"
    _description = "Inspection Characteristic"
    _inherit = ["medical.inspection.characteristic.mixin", "medical.audited.mixin"]
    _order = "sequence, id"
    _audited_fields = ("plan_id", "name", "kind", "lower", "upper", "has_lower", "has_upper", "unit", "critical")

    plan_id = fields.Many2one("medical.inspection.plan", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(default=10)

    @api.constrains("kind", "lower", "upper", "has_lower", "has_upper")
    def _check_limits(self):
        for line in self:
            if line.kind != "measured":
                continue
            if not (line.has_lower or line.has_upper):
                raise ValidationError(
                    self.env._("%(name)s is measured: give a lower or an upper limit.", name=line.name)
                )
            if line.has_lower and line.has_upper and line.lower > line.upper:
                raise ValidationError(self.env._("%(name)s: the lower limit is above the upper one.", name=line.name))
