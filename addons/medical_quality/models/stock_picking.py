from odoo import fields, models


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "medical.guarded.mixin", "medical.hold.source.mixin"]

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

    def write(self, vals):
        if "partner_id" in vals:
            changed = self.filtered(lambda one: one.state == "done" and one.partner_id.id != vals["partner_id"])
            changed.move_line_ids._quality_keep_receiver()
        return super().write(vals)

    def _nonconformity_origin(self):
        found = {"supplier": "receipt", "customer": "return"}
        return found.get(self.location_id.usage) or super()._nonconformity_origin()
