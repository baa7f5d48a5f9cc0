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
    medical_min_remaining_days = fields.Integer(
        "Minimum Remaining Life",
        help="Days that a lot must still be good when it is delivered to a customer who has no minimum of his own. "
        "0: as the category above.",
    )

    _medical_min_remaining_days_positive = models.Constraint(
        "CHECK (medical_min_remaining_days >= 0)", "The minimum remaining life is a number of days from 0 on."
    )

    def _medical_min_days(self):
        category = self
        while category and not category.medical_min_remaining_days:
            category = category.parent_id
        return category.medical_min_remaining_days
