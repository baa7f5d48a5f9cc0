from odoo import api, fields, models


class MedicalUdiMarket(models.Model):
    """An authority's database: where devices are registered, and for which countries that counts."""

    _name = "medical.udi.market"
    _description = "UDI Market"
    _order = "code"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    country_ids = fields.Many2many("res.country", string="Countries")
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex("(code)", "There is a market with this code already.")

    @api.model
    def _by_code(self):
        """Code → market, archived ones included."""
        return {market.code: market for market in self.with_context(active_test=False).search([])}
