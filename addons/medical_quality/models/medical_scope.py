from odoo import api, fields, models
from odoo.fields import Domain


class MedicalScope(models.Model):
    _inherit = "medical.scope"

    feature_code = fields.Char(related="feature_id.code")
    # Superuser counts, as the others of the preview.
    quality_expired_count = fields.Integer(
        "Expired Lots in Stock",
        compute="_compute_quality_preview",
        compute_sudo=True,
        help="Lots that could not be delivered or used any more.",
    )
    quality_untracked_count = fields.Integer(
        "Products Not Tracked",
        compute="_compute_quality_preview",
        compute_sudo=True,
        help="Products without lots or serial numbers: quality control does not reach them.",
    )

    @api.depends("feature_id", "company_id", "warehouse_id", "category_id")
    def _compute_quality_preview(self):
        # Shown on the form only, so there is one record.
        for scope in self:
            shown = scope.feature_code == "quality" and scope.company_id
            scope.quality_expired_count = (
                self.env["stock.lot"].search_count(scope._quality_expired_domain()) if shown else 0
            )
            scope.quality_untracked_count = (
                self.env["product.product"].search_count(scope._quality_untracked_domain()) if shown else 0
            )

    def _quality_expired_domain(self):
        return self._preview_domain("stock.lot") & Domain("expiration_date", "<=", fields.Datetime.now())

    def _quality_untracked_domain(self):
        return self._preview_domain("product.product") & Domain("tracking", "=", "none")

    def action_view_quality_expired(self):
        return self._action_preview("stock.lot", self.env._("Expired Lots in Stock")) | {
            "domain": list(self._quality_expired_domain())
        }

    def action_view_quality_untracked(self):
        return self._action_preview("product.product", self.env._("Products Not Tracked")) | {
            "domain": list(self._quality_untracked_domain())
        }
