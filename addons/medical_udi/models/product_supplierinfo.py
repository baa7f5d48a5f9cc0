from odoo import api, models


class ProductSupplierinfo(models.Model):
    _inherit = "product.supplierinfo"

    @api.constrains("product_uom_id", "product_id", "product_tmpl_id")
    def _check_medical_unit(self):
        self.env["medical.unit.problem"]._refuse(
            (row.company_id, row.product_id or row.product_tmpl_id, row.product_uom_id) for row in self
        )
