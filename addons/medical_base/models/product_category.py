from odoo import api, models


class ProductCategory(models.Model):
    _name = "product.category"
    _inherit = ["product.category", "medical.control.mixin"]

    _control_fields = ("parent_id",)

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

    def unlink(self):
        result = super().unlink()
        self.env["medical.scope"]._forget_enabled()
        return result

    def _control_subjects(self):
        """Products of these categories and those below; deleted, they leave their products without one."""
        # No super(): a category is no product itself.
        templates = self.env["product.template"]
        return templates.search([("categ_id", "child_of", self.ids)]) if self else templates

    def _control_forget(self):
        self.env["medical.scope"]._forget_enabled()
        return super()._control_forget()

    def _medical_path_ids(self) -> list[int]:
        """Ids of the categories from the top down to this one; none for no category."""
        return [int(part) for part in (self.parent_path or "").split("/") if part]
