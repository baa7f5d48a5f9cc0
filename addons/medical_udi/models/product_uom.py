from odoo import api, models


class ProductUom(models.Model):
    _inherit = "product.uom"

    @api.constrains("uom_id", "product_id")
    def _check_medical_unit(self):
        self.env["medical.unit.problem"]._refuse((row.company_id, row.product_id, row.uom_id) for row in self)
