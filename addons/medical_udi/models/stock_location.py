from odoo import fields, models


class StockLocation(models.Model):
    _inherit = "stock.location"

    medical_stock_state = fields.Selection(
        [("production", "In Production"), ("transit", "In Transit")],
        "Stock State",
        help="What stock here and below counts as in 'Stock by State'. Empty: as the location above; without any: what its "
        "product is (raw, finished or spare part). Transit locations are in transit.",
    )
