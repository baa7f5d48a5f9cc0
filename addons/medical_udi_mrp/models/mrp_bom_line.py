from odoo import api, models


class MrpBomLine(models.Model):
    _inherit = "mrp.bom.line"

    @api.constrains("product_uom_id", "product_id")
    def _check_medical_unit(self):
        self.env["medical.unit.problem"]._refuse(
            (line.bom_id.company_id, line.product_id, line.product_uom_id) for line in self
        )
