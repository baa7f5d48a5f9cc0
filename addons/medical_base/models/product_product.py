from odoo import models


class ProductProduct(models.Model):
    _inherit = "product.product"

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
