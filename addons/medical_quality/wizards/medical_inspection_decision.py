from odoo import api, fields, models


class MedicalInspectionDecision(models.TransientModel):
    """How much of an inspected lot is accepted, rejected or used on concession."""

    _name = "medical.inspection.decision"
    _description = "Decide on an Inspection"
    _inherit = ["medical.window.mixin"]

    inspection_id = fields.Many2one("medical.inspection", required=True, readonly=True, ondelete="cascade")
    lot_id = fields.Many2one(related="inspection_id.lot_id")
    quantity = fields.Float(related="inspection_id.quantity")
    nonconforming = fields.Integer(related="inspection_id.nonconforming")
    accept_number = fields.Integer(related="inspection_id.accept_number")
    passes = fields.Boolean(compute="_compute_passes")
    accepted = fields.Float(digits="Product Unit", compute="_compute_quantities", store=True, readonly=False)
    rejected = fields.Float(digits="Product Unit", compute="_compute_quantities", store=True, readonly=False)
    concession = fields.Float("On Concession", digits="Product Unit")
    reason = fields.Char()

    @api.depends("inspection_id")
    def _compute_passes(self):
        for wizard in self:
            wizard.passes = wizard.inspection_id._passes()

    @api.depends("inspection_id")
    def _compute_quantities(self):
        for wizard in self:
            wizard.accepted = wizard.quantity if wizard.passes else 0.0
            wizard.rejected = 0.0 if wizard.passes else wizard.quantity

    def action_apply(self):
        """Go on to the signature."""
        self.ensure_one()
        return self.inspection_id.with_context(medical_reason=self.reason or "").action_decide_quantities(
            accepted=self.accepted, rejected=self.rejected, concession=self.concession
        )
