from odoo import fields, models


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    quality_lot_count = fields.Integer("Lots Inspected", compute="_compute_quality")
    quality_accepted = fields.Float("Accepted by Quality", digits="Product Unit", compute="_compute_quality")
    quality_rejected = fields.Float("Rejected by Quality", digits="Product Unit", compute="_compute_quality")
    quality_rate = fields.Float(
        "Accepted (%)",
        compute="_compute_quality",
        digits=(16, 1),
        help="Share of the units decided on that were accepted.",
    )

    def _compute_quality(self):
        # sudo: whoever sees the order line, such as the vendor or who pays the bill, sees what was accepted of it.
        Inspection = self.env["medical.inspection"].sudo()
        groups = Inspection._read_group(
            [("purchase_line_id", "in", self.ids), ("state", "!=", "open")],
            ["purchase_line_id"],
            ["lot_id:count_distinct", "accepted_quantity:sum", "concession_quantity:sum", "rejected_quantity:sum"],
        )
        found = {line.id: values for line, *values in groups}
        for line in self:
            lots, accepted, concession, rejected = found.get(line.id, (0, 0.0, 0.0, 0.0))
            decided = accepted + concession + rejected
            line.quality_lot_count = lots
            line.quality_accepted = accepted + concession
            line.quality_rejected = rejected
            line.quality_rate = 100 * accepted / decided if decided else 0.0

    def action_view_quality_inspections(self):
        return self._medical_records(
            "medical_quality.action_medical_inspection", [("purchase_line_id", "in", self.ids)]
        )
