from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# A version is released only with a replay that has all of these.
REQUIRED_KINDS = ("history", "demand", "lead_time", "vendor_stop", "warehouse_down")


class MedicalPolicyReplayScenario(models.Model):
    """Something that is asked of the policies in a replay: the past as it was, or made harder, or changed."""

    _name = "medical.policy.replay.scenario"
    _description = "Replay Scenario"
    _inherit = ["medical.document.line.mixin"]
    _document_field = "replay_id"
    _order = "replay_id, sequence, id"
    _check_company_auto = True
    _guarded_fields = ("kind",)

    replay_id = fields.Many2one("medical.policy.replay", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="replay_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("history", "History"),
            ("demand", "Demand × 1.5"),
            ("lead_time", "Lead Time × 2"),
            ("vendor_stop", "Vendor Stop"),
            ("warehouse_down", "Warehouse Down"),
            ("what_if", "What-if"),
        ],
        required=True,
        default="what_if",
        readonly=True,
        copy=False,
        help="The stress scenarios are the same for everybody; a what-if is yours.",
    )
    demand_percent = fields.Float("Demand (%)", default=100.0, help="Of the demand as it was.")
    demand_category_id = fields.Many2one("product.category", "Demand of", help="Empty: of all products.")
    demand_warehouse_id = fields.Many2one(
        "stock.warehouse", "Demand in", check_company=True, help="Empty: in all warehouses."
    )
    is_known = fields.Boolean(
        "Planned", help="The forecast counts with the changed demand; otherwise it takes the plan by surprise."
    )
    lead_percent = fields.Float(
        "Lead Time (%)", default=100.0, help="Of the lead times as measured; never expected by the plan."
    )
    vendor_id = fields.Many2one("res.partner", "Vendor Stops")
    stop_days = fields.Integer(
        "Stop (days)", help="So long, from the middle of the time on, the vendor takes no orders."
    )
    closed_warehouse_id = fields.Many2one("stock.warehouse", "Warehouse Down", check_company=True)
    close_days = fields.Integer(
        "Down (days)", help="So long, from the middle of the time on, nothing leaves the warehouse."
    )

    _sane_numbers = models.Constraint(
        "CHECK (demand_percent BETWEEN 0 AND 1000 AND lead_percent BETWEEN 0 AND 300 AND stop_days BETWEEN 0 AND 366 "
        "AND close_days BETWEEN 0 AND 366)",
        "Demand is 0 to 1,000 percent, the lead time 0 to 300 percent, a stop 0 to 366 days.",
    )

    @api.constrains("vendor_id", "stop_days", "closed_warehouse_id", "close_days")
    def _check_who_stops(self):
        for scenario in self:
            stops, closes = scenario.vendor_id, scenario.closed_warehouse_id
            if scenario.stop_days and not stops or scenario.close_days and not closes:
                raise ValidationError(
                    self.env._(
                        "%(scenario)s: choose the vendor that stops or the warehouse that is down.",
                        scenario=scenario.name,
                    )
                )

    def write(self, vals):
        if set(vals) - {"sequence", "name"} and any(scenario.kind != "what_if" for scenario in self):
            raise UserError(
                self.env._("History and stress scenarios are the same for everybody: add a what-if of your own.")
            )
        return super().write(vals)

    @api.model
    def _standard(self, replay):
        """Values of the scenarios that every release needs."""
        company = replay.company_id
        vendor, warehouse = self._largest(company, "vendor_id"), self._largest(company, "warehouse_id")
        labels = dict(self._fields["kind"]._description_selection(self.env))
        extra = {
            "history": {},
            "demand": {"demand_percent": 150.0},
            "lead_time": {"lead_percent": 200.0},
            "vendor_stop": {"vendor_id": vendor.id, "stop_days": 30 if vendor else 0},
            "warehouse_down": {"closed_warehouse_id": warehouse.id, "close_days": 7 if warehouse else 0},
        }
        return [
            {"name": labels[kind], "kind": kind, "sequence": place, **extra[kind]}
            for place, kind in enumerate(REQUIRED_KINDS)
        ]

    @api.model
    def _largest(self, company, field):
        """The vendor, or warehouse, of most products in the forecasts in use."""
        groups = self.env["medical.forecast.series"]._read_group(
            [("company_id", "=", company.id), ("is_current", "=", True), (field, "!=", False)],
            [field],
            order="__count desc",
            limit=1,
        )
        model = self.env["medical.forecast.series"]._fields[field].comodel_name
        return groups[0][0] if groups else self.env[model]

    def _engine(self, masters):
        """The engine's Scenario for a batch of products."""
        import numpy as np

        from ..engine.replay import company

        self.ensure_one()
        inside = set(self.env["product.category"].search([("id", "child_of", self.demand_category_id.ids)]).ids)
        touched = np.array(
            [
                (not self.demand_category_id or master.product.categ_id.id in inside)
                and (not self.demand_warehouse_id or master.warehouse == self.demand_warehouse_id)
                for master in masters
            ],
            dtype=bool,
        )
        return company.Scenario(
            demand=np.where(touched, self.demand_percent / 100.0, 1.0),
            lead=np.full(len(masters), self.lead_percent / 100.0),
            known=self.is_known,
            stopped=np.array([master.vendor == self.vendor_id for master in masters], dtype=bool),
            closed=np.array([master.warehouse == self.closed_warehouse_id for master in masters], dtype=bool),
            stop_days=self.stop_days,
            close_days=self.close_days,
            lost=self.replay_id.lost_sales,
        )
