from odoo import api, models


class ProductCategory(models.Model):
    _inherit = "product.category"

    @api.model_create_multi
    def create(self, vals_list):
        categories = super().create(vals_list)
        self.env["medical.scope"]._forget_enabled()
        return categories

    def write(self, vals):
        result = super().write(vals)
        if "parent_id" in vals:
            self.env["medical.scope"]._forget_enabled()
        return result

    def _medical_path_ids(self) -> list[int]:
        """Ids of the categories from the top down to this one; none for no category."""
        return [int(part) for part in (self.parent_path or "").split("/") if part]
