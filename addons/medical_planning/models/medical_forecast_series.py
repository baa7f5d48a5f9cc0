from odoo import api, fields, models


class MedicalForecastSeries(models.Model):
    """What the forecast means for the reorder rule."""

    _inherit = "medical.forecast.series"

    outcome = fields.Selection(
        [
            ("proposed", "Proposal made"),
            ("unchanged", "Rule fits already"),
            ("by_hand", "Managed by hand"),
            ("override", "Overridden for a time"),
            ("no_policy", "No policy applies"),
            ("archived", "Rule is archived"),
        ],
        help="What the forecast means for the reorder rule.",
    )
    policy_id = fields.Many2one("medical.policy", ondelete="set null", index="btree_not_null")
    vendor_id = fields.Many2one("res.partner", ondelete="set null", index="btree_not_null")
    lead_days = fields.Float("Lead Time (days)", aggregator="avg")
    lead_deviation = fields.Float("Lead Time Deviation (days)", aggregator="avg")
    lead_source = fields.Selection(
        [
            ("product", "Receipts of the product"),
            ("vendor", "Receipts of the vendor"),
            ("promised", "Promised by the vendor"),
        ]
    )

    # What has turned: a factor on the demand to cover, beside the forecast
    turn_kind = fields.Selection(
        [
            ("surge", "Demand jumped"),
            ("together", "Used with a product whose demand jumped"),
            ("decline", "Demand has been low"),
        ],
        "Turn",
    )
    turn_factor = fields.Float(aggregator="avg", help="On the demand to cover; 0 for none.")
    turn_source_id = fields.Many2one("product.product", "Raised with", ondelete="set null", index="btree_not_null")

    proposal_ids = fields.One2many("medical.reorder.proposal", "series_id")
    proposal_count = fields.Integer(compute="_compute_link_counts")
    rule_count = fields.Integer(compute="_compute_link_counts")
    cover_days = fields.Float(help="Lead time plus review.")

    @api.depends("product_id", "warehouse_id", "proposal_ids")
    def _compute_link_counts(self):
        rules = self._count_beside("stock.warehouse.orderpoint")
        for series in self:
            series.proposal_count = len(series.proposal_ids)
            series.rule_count = rules.get((series.product_id, series.warehouse_id), 0)

    @api.depends("lead_days", "proposal_ids")
    def _compute_why(self):
        return super()._compute_why()

    def action_view_rules(self):
        return self._open_beside("stock.action_orderpoint")

    def action_open_proposals(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_planning.action_medical_reorder_proposal_all")
        action["domain"] = [("series_id", "in", self.ids)]
        if len(self.proposal_ids) == 1:
            action.update(view_mode="form", views=[(False, "form")], res_id=self.proposal_ids.id)
        return action

    def _cells(self):
        """(value class, variability class) of each of these series' products in its warehouse, None where not classified."""
        cells = self.env["medical.planning.cell"].search_fetch(
            [("company_id", "in", self.company_id.ids), ("product_id", "in", self.product_id.ids)],
            ["product_id", "warehouse_id", "abc", "xyz"],
        )
        known = {(cell.product_id, cell.warehouse_id): (cell.abc, cell.xyz) for cell in cells}
        return [known.get((series.product_id, series.warehouse_id)) for series in self]
