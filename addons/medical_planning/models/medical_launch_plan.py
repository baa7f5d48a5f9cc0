from odoo import fields, models


class MedicalLaunchPlan(models.Model):
    """What is planned to be sold of a new product in one period and warehouse."""

    _name = "medical.launch.plan"
    _description = "Launch Plan"
    _order = "lifecycle_id, date"

    lifecycle_id = fields.Many2one("medical.product.lifecycle", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="lifecycle_id.company_id", store=True, index=True)
    date = fields.Date(string="Period", required=True, help="Any day of it.")
    quantity = fields.Float(digits="Product Unit", required=True, help="Per warehouse that the lifecycle applies to.")

    _positive = models.Constraint("CHECK (quantity >= 0)", "A planned quantity is not negative.")
