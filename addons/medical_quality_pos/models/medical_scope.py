from odoo import models


class MedicalScope(models.Model):
    _inherit = "medical.scope"

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            # sudo: who sets scopes need not sell. Tills keep products; from now on they ask for them anew.
            tills = self.env["pos.config"].sudo().search([("company_id", "in", self.company_id.ids)])
            tills.last_data_change = self.env.cr.now()
        return result
