from odoo import models


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "medical.control.mixin", "medical.audited.mixin"]
    _audited_fields = ("active", "default_code", "barcode", "standard_price")
    _control_fields = ("product_tmpl_id",)

    def _audited_records(self):
        """Products that the suite controls somewhere; not the cost that valuation itself finds at each receipt."""
        found = self.env.su and self.env.context.get("disable_auto_revaluation")
        templates = self.product_tmpl_id.browse() if found else self.sudo().product_tmpl_id._audited_records()
        return super()._audited_records().filtered(lambda product: product.sudo().product_tmpl_id in templates)

    def _medical_control(self):
        """As the product it is a variant of."""
        state = self.product_tmpl_id._medical_control()
        return {
            key: set(self.filtered(lambda one, ids=ids: one.product_tmpl_id.id in ids)._ids)
            for key, ids in state.items()
        }

    def _medical_with_stock(self):
        # Superuser: stock of other companies is stock.
        here = [("product_id", "in", self.ids)]
        lots = self.env["stock.lot"].sudo()._read_group(here, ["product_id"])
        quants = self.env["stock.quant"].sudo()._read_group([*here, ("quantity", "!=", 0)], ["product_id"])
        return self & self.browse().union(*(product for (product,) in lots + quants))

    def _medical_enabled(self, feature: str, warehouse=None, company=None):
        """The products of ``self`` for which ``feature`` is switched on today.

        :param feature: code of a ``medical.scope.feature``
        :param warehouse: ``stock.warehouse`` record(s) of one company; none means any warehouse of the
            company
        :param company: ``res.company`` record; by default the warehouse's, else the current one
        """
        company = company or (warehouse and warehouse.company_id) or self.env.company
        by_warehouse = self.env["medical.scope"]._enabled_categories(feature, company.id)
        if warehouse:
            by_warehouse = {id_: by_warehouse[id_] for id_ in warehouse.ids if id_ in by_warehouse}
        categories = frozenset().union(*by_warehouse.values())
        if not categories:
            return self.browse()
        return self.filtered(lambda product: product.categ_id.id in categories)
