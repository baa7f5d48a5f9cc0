from odoo import fields, models


class MedicalProposalReject(models.TransientModel):
    _name = "medical.proposal.reject"
    _description = "Reject Reorder Proposals"

    proposal_ids = fields.Many2many("medical.reorder.proposal", required=True)
    note = fields.Char(string="Why", required=True)

    def action_confirm(self):
        self.ensure_one()
        self.proposal_ids._reject(self.note)
        return {"type": "ir.actions.act_window_close"}
