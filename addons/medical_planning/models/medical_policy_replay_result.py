from odoo import fields, models

from odoo.addons.medical_forecast.models.medical_forecast_series import DEMAND_CLASSES

RULES = [
    ("trial", "This version"),
    ("in_force", "In force"),
    ("fixed", "Fixed minimum and maximum"),
    ("textbook", "z·σ·√L"),
    ("oca_safety_stock", "OCA safety stock"),
    ("ddmrp", "DDMRP buffer"),
]


class MedicalPolicyReplayResult(models.Model):
    """What a rule achieved in one scenario, for one demand class or for all."""

    _name = "medical.policy.replay.result"
    _description = "Replay Result"
    _order = "replay_id desc, scenario_id, demand_class, rule"

    replay_id = fields.Many2one("medical.policy.replay", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="replay_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    scenario_id = fields.Many2one(
        "medical.policy.replay.scenario", required=True, readonly=True, ondelete="cascade", index=True
    )
    rule = fields.Selection(RULES, required=True, readonly=True)
    demand_class = fields.Selection([("all", "All"), *DEMAND_CLASSES], required=True, readonly=True)
    products = fields.Integer("Product-Warehouses", readonly=True)
    fill_rate = fields.Float("Fill Rate (%)", readonly=True, aggregator="avg")
    cycle_service = fields.Float(
        "Cycle Service (%)", readonly=True, aggregator="avg", help="Share of days that end without unserved demand."
    )
    stockout_share = fields.Float(
        "Stock-outs (%)", readonly=True, aggregator="avg", help="Share of days with demand on which not all was served."
    )
    worst_service = fields.Float(
        "Worst 5 % (%)", readonly=True, aggregator="avg", help="Cycle service of the 5 % of products with the least."
    )
    stock_value = fields.Monetary(readonly=True)
    turnover_days = fields.Float("Turnover (days)", readonly=True, aggregator="avg")
    orders = fields.Float("Orders per Year", readonly=True)
    expired_value = fields.Monetary("Expired per Year", readonly=True)
    volume = fields.Float("Space (m³)", readonly=True, help="Of the mean stock, from the volume of the products.")
    cost = fields.Monetary(
        "Cost per Year",
        readonly=True,
        help="Money tied up, orders, unserved demand and expired stock, at the rates of the replay.",
    )
