from odoo import models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def action_medical_forecast(self):
        return self.product_variant_ids._medical_open_forecast()
