from odoo import models
from odoo.exceptions import AccessError


class ProductCategory(models.Model):
    _inherit = "product.category"

    def write(self, vals):
        """Products do not leave quality control with their category, unless a quality approver moves it."""
        if "parent_id" not in vals or self.env["product.template"]._quality_may_recategorise():
            return super().write(vals)
        before = self.env["medical.scope"]._enabled_anywhere("quality")
        result = super().write(vals)
        if lost := before - self.env["medical.scope"]._enabled_anywhere("quality"):
            name = self.browse(min(lost)).display_name
            # What was just read into the cache is rolled back.
            self.env["medical.scope"]._forget_enabled()
            raise AccessError(
                self.env._(
                    "%(category)s is under quality control and would not be there: ask a quality approver to move it.",
                    category=name,
                )
            )
        return result
