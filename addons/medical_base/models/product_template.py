from odoo import models


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "medical.audited.mixin"]
    _audited_fields = ("name", "active", "type", "is_storable", "tracking", "uom_id", "categ_id")

    def _audited_records(self):
        """Products that the suite controls somewhere."""
        categories = self.env["medical.scope"]._enabled_anywhere()
        # Superuser: what is logged does not depend on what the person may read.
        return super()._audited_records().filtered(lambda product: product.sudo().categ_id.id in categories)
