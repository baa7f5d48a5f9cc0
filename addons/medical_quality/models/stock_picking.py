from odoo import fields, models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "medical.guarded.mixin"]

    _guarded_fields = ("quality_disposition_id",)

    quality_disposition_id = fields.Many2one(
        "medical.nonconformity.disposition",
        "Disposition",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The decision on a nonconformity that this return carries out.",
    )
