from odoo import fields, models

STOCK_CLASSES = [("raw", "Raw Material"), ("finished", "Finished"), ("spare", "Spare Part")]


class ProductCategory(models.Model):
    _inherit = "product.category"

    medical_stock_class = fields.Selection(
        STOCK_CLASSES,
        "Stock Class",
        help="What stock of the products counts as in 'Stock by State'. Empty: as the category above; without any: what can be "
        "sold is finished, the rest raw material.",
    )
