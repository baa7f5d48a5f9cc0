from odoo import models
from odoo.exceptions import AccessError


class ProductCategory(models.Model):
    _inherit = "product.category"

    def write(self, vals):
        """Products do not leave quality control with their category, unless a quality approver moves it."""
        if "parent_id" not in vals:
            return super().write(vals)
        # sudo: also products that the user does not see.
        products = self.env["product.product"].sudo().with_context(active_test=False)
        by_company = products._quality_categories_by_company()
        before = frozenset()
        if not self.env["product.template"]._quality_may_recategorise():
            before = products._quality_categories_anywhere()
        result = super().write(vals)
        if lost := before - products._quality_categories_anywhere():
            name = self.browse(min(lost)).display_name
            # What was just read into the cache is rolled back.
            self.env["medical.scope"]._forget_enabled()
            raise AccessError(
                self.env._(
                    "%(category)s is under quality control and would not be there: ask a quality approver to move it.",
                    category=name,
                )
            )
        for company, after in products._quality_categories_by_company().items():
            if new := after - by_company.get(company, frozenset()):
                found = products.search([("categ_id", "in", list(new))])
                # In the other companies nothing has changed for them.
                found._quality_come_under_control({other: found for other in by_company if other != company})
        return result
