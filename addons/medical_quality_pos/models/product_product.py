from odoo import api, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _medical_pos_controlled(self, config):
        """The products of ``self`` that the till may sell only when the server has looked at their lots."""
        # sudo: cashiers need not read scopes.
        warehouse, company, products = config.sudo().picking_type_id.warehouse_id, config.sudo().company_id, self.sudo()
        return products._quality_controlled(warehouse, company) | products._udi_controlled(warehouse, company)

    @api.model
    def _load_pos_data_read(self, records, config):
        found = super()._load_pos_data_read(records, config)
        controlled = set(records._medical_pos_controlled(config).ids)
        for product in found:
            product["_medical_controlled"] = product["id"] in controlled
        return found
