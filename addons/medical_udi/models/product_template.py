from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    udi_control = fields.Selection(
        [("category", "As its category"), ("always", "Always"), ("never", "Never")],
        "UDI Control",
        default="category",
        required=True,
        help="Whether stock moves need a lot or serial number and a DI. A category is under UDI control "
        "where the feature is switched on for it (Medical Scopes).",
    )

    def action_view_udi_dis(self):
        return self.product_variant_ids.action_view_udi_dis()
