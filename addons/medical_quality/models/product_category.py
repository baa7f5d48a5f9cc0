from odoo import models
from odoo.exceptions import AccessError


class ProductCategory(models.Model):
    _inherit = "product.category"

    def write(self, vals):
        """Products do not leave quality control with their category, unless a quality approver moves it."""
        if "parent_id" not in vals:
            return super().write(vals)
        scopes = self.env["medical.scope"]
        before = scopes._enabled_by_company("quality")
        result = super().write(vals)
        after = scopes._enabled_by_company("quality")
        lost = frozenset().union(*before.values()).difference(*after.values())
        if lost and not self.env["product.template"]._quality_may_recategorise():
            name = self.browse(min(lost)).display_name
            # What was just read into the cache is rolled back.
            scopes._forget_enabled()
            raise AccessError(
                self.env._(
                    "%(category)s is under quality control and would not be there: ask a quality approver to move it.",
                    category=name,
                )
            )
        # sudo: also products that the user does not see.
        products = self.env["product.product"].sudo().with_context(active_test=False)
        for company, categories in after.items():
            if new := categories - before.get(company, frozenset()):
                found = products.search([("categ_id", "in", list(new))])
                # In the other companies nothing has changed for them.
                found._quality_come_under_control({other: found for other in before if other != company})
        return result
