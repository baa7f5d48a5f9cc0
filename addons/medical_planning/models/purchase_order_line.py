from odoo import api, fields, models


class PurchaseOrderLine(models.Model):
    _inherit = "purchase.order.line"

    medical_proposal_id = fields.Many2one(
        "medical.reorder.proposal",
        "Reorder Proposal",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The proposal that the reorder rule followed when this line was made.",
    )
    medical_reorder_point = fields.Float("Reorder Point", related="medical_proposal_id.new_min", digits="Product Unit")
    medical_forecast = fields.Float(
        "Forecast Demand",
        related="medical_proposal_id.series_id.cover_mean",
        help="Demand expected over lead time and review.",
    )
    medical_promised = fields.Datetime(
        "First Promised",
        compute="_compute_medical_promised",
        store=True,
        copy=False,
        help="The expected arrival when the order was confirmed. Later changes of it do not make a late receipt one in time.",
    )
    medical_reason = fields.Char("Why", compute="_compute_medical_reason")

    @api.depends("state")
    def _compute_medical_promised(self):
        for line in self:
            line.medical_promised = line.state == "purchase" and (line.medical_promised or line.date_planned)

    @api.depends("medical_proposal_id")
    def _compute_medical_reason(self):
        for line in self:
            # sudo: buyers read the reason of their line whatever else they may read of planning.
            proposal = line.medical_proposal_id.sudo()
            line.medical_reason = proposal._dated_reason() if proposal else False

    def _prepare_purchase_order_line_from_procurement(
        self, product_id, product_qty, product_uom, location_dest_id, name, origin, company_id, values, po
    ):
        result = super()._prepare_purchase_order_line_from_procurement(
            product_id, product_qty, product_uom, location_dest_id, name, origin, company_id, values, po
        )
        rule = values.get("orderpoint_id")
        if rule and rule.medical_managed:
            result["medical_proposal_id"] = rule.medical_proposal_id.id
        return result
