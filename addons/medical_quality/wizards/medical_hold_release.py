from odoo import fields, models


class MedicalHoldRelease(models.TransientModel):
    """Asks why holds are lifted."""

    _name = "medical.hold.release"
    _description = "Lift Holds"

    hold_ids = fields.Many2many("medical.hold", string="Holds", required=True, readonly=True)
    reason = fields.Char(required=True)

    def action_apply(self):
        self.ensure_one()
        self.hold_ids._lift(self.reason)
