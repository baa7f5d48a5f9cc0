from odoo import api, fields, models


class MedicalLotDecision(models.TransientModel):
    """Asks why lots are released, rejected or put in quarantine, and shows what stands against a release."""

    _name = "medical.lot.decision"
    _description = "Decide on Lots"

    lot_ids = fields.Many2many("stock.lot", string="Lots", required=True, readonly=True)
    decision = fields.Selection(
        [("released", "Release"), ("rejected", "Reject"), ("quarantine", "Put in Quarantine")], required=True, readonly=True
    )
    unmet = fields.Text("Not Met", compute="_compute_unmet")
    reason = fields.Char(required=True)

    @api.depends("lot_ids", "decision")
    def _compute_unmet(self):
        for wizard in self:
            wizard.unmet = "\n".join(wizard.lot_ids._quality_unmet()) if wizard.decision == "released" else False

    def action_apply(self):
        self.ensure_one()
        self.lot_ids._quality_decide(self.decision, self.reason)
