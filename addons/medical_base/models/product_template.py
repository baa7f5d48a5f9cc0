from odoo import api, models
from odoo.fields import Domain

from .medical_control_mixin import TRACKED


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "medical.control.mixin", "medical.audited.mixin"]
    _audited_fields = ("name", "active", "type", "is_storable", "tracking", "uom_id", "categ_id")
    _control_fields = ("categ_id", "type", "is_storable", "tracking")

    @api.model_create_multi
    def create(self, vals_list):
        templates = super().create(vals_list)
        templates._medical_log_outside()
        return templates

    def _audited_records(self):
        """Products that the suite controls somewhere."""
        categories = self.env["medical.scope"]._enabled_anywhere()
        # Superuser: what is logged does not depend on what the person may read.
        return super()._audited_records().filtered(lambda product: product.sudo().categ_id.id in categories)

    @api.model
    def _medical_control_features(self) -> list[str]:
        """Codes of the features by which products are under control."""
        return []

    @api.model
    def _medical_control_domain(self, feature, categories) -> Domain:
        """Products under control by ``feature`` where it is switched on for ``categories``."""
        return Domain("categ_id", "in", list(categories)) if categories else Domain.FALSE

    @api.model
    def _medical_outside_domain(self, feature, categories) -> Domain:
        """Products that are not under control though their category is."""
        return Domain("categ_id", "in", list(categories)) & ~self._medical_control_domain(feature, categories)

    @api.model
    def _medical_control_places(self, feature) -> dict:
        """Categories for which ``feature`` is switched on → warehouses; none → no warehouse."""
        # Superuser: what is switched on does not depend on who asks.
        Scope = self.env["medical.scope"].sudo()
        scopes = Scope.search([("feature_id.code", "=", feature), ("state", "=", "active")])
        found = {frozenset(): [False]}
        for company in scopes.company_id:
            for warehouse, categories in Scope._enabled_categories(feature, company.id).items():
                found.setdefault(categories, []).append(warehouse)
        return found

    def _medical_control(self) -> dict[tuple, set[int]]:
        """(feature, warehouse) → ids of those of ``self`` that are under control there; no warehouse: everywhere."""
        found = {}
        for feature in self._medical_control_features():
            for categories, warehouses in self._medical_control_places(feature).items():
                ids = self._medical_having(self._medical_control_domain(feature, categories))
                found |= {(feature, warehouse): ids for warehouse in warehouses}
        tracked = Domain("is_storable", "=", True) & Domain("tracking", "!=", "none")
        found[TRACKED, False] = self._medical_having(tracked) if found else set()
        return found

    def _medical_having(self, domain) -> set[int]:
        if domain.is_false():
            return set()
        # Superuser and archived ones: control does not depend on who sees a product.
        templates = self.sudo().with_context(active_test=False)
        return set(templates.search(Domain("id", "in", self.ids) & domain)._ids)

    def _medical_with_stock(self):
        """Those that have lots, or stock in one place or another."""
        return self.filtered(lambda template: template.product_variant_ids._medical_with_stock())

    def _medical_log_outside(self):
        """Keep which new products are not under control though their category is; some need an approver for that."""
        inside, refused = {}, {}
        for feature in self._medical_control_features():
            for categories, warehouses in self._medical_control_places(feature).items():
                if (
                    ids := self._medical_having(self._medical_outside_domain(feature, categories))
                    if categories
                    else set()
                ):
                    inside |= {(feature, warehouse): ids for warehouse in warehouses}
                    if barred := self._medical_needs_approver(feature) & ids:
                        refused |= {(feature, warehouse): barred for warehouse in warehouses}
        # Superuser: the trail is complete, whoever makes products.
        new = self.sudo().with_context(active_test=False)
        if refused:
            self._control_check(new, refused)
        if inside:
            self._control_log_rows(new.browse(sorted(set().union(*inside.values()))), inside, {})

    def _medical_needs_approver(self, feature) -> set[int]:
        """Ids of new products that were taken out of ``feature`` on purpose."""
        return set()
