from odoo import api, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        self.env["medical.scope"]._forget_enabled()
        return warehouses

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals or "company_id" in vals:
            self.env["medical.scope"]._forget_enabled()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["medical.scope"]._forget_enabled()
        return result
