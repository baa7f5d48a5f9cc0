from odoo import api, models


class MrpBom(models.Model):
    _inherit = "mrp.bom"

    @api.constrains("product_uom_id", "product_id", "product_tmpl_id")
    def _check_medical_unit(self):
        self.env["medical.unit.problem"]._refuse(
            (bom.company_id, bom.product_tmpl_id, bom.product_uom_id) for bom in self
        )
