from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import LazyTranslate, float_round

from odoo.addons.medical_base.document import PLANNER, step

_lt = LazyTranslate(__name__)


class MedicalProductLifecycle(models.Model):
    """When a product begins and ends, and what is expected where its own history cannot tell.

    Beginning: like products and a launch plan, which own demand replaces period by period. Ending: sale, then service
    only; after the last buy no stock is kept for safety.
    """

    _name = "medical.product.lifecycle"
    _description = "Product Lifecycle"
    _inherit = ["medical.document.mixin", "medical.run.follower", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True
    _guarded_fields = ("last_buy_quantity", "last_buy_demand", "last_buy_there", "last_buy_run_id", "last_buy_line_id")
    _settles = {"draft": ("product_id", "warehouse_id", "company_id")}
    # A confirmed lifecycle explains forecasts that were made.
    _kept_from = "confirmed"
    _dropped_states = ("cancelled",)
    _audited_fields = (
        *("product_id", "warehouse_id", "state", "launch_date", "like_ids", "like_percent"),
        *("ramp_periods", "blend_periods", "band_percent", "end_of_sale"),
        *("service_percent", "last_buy_date", "end_of_service", "shortage_percent"),
    )

    product_id = fields.Many2one("product.product", required=True, ondelete="restrict", index=True, check_company=True)
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True, help="Empty for all warehouses.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    state = fields.Selection([("draft", "Draft"), ("confirmed", "Confirmed"), ("cancelled", "Cancelled")])
    stage = fields.Selection(
        [
            ("planned", "Planned"),
            ("ramp", "Ramp"),
            ("mature", "Mature"),
            ("service", "Service Only"),
            ("ended", "Ended"),
        ],
        compute="_compute_stage",
    )
    launch_date = fields.Date(help="From this day on there is demand.")
    like_ids = fields.Many2many(
        "product.product", string="Like Products", check_company=True, help="Their forecasts say how much to expect."
    )
    like_percent = fields.Float("Of Their Mean (%)", default=100.0)
    ramp_periods = fields.Integer(
        "Ramp (periods)", default=3, help="So long it takes to reach the level of the like products."
    )
    plan_ids = fields.One2many("medical.launch.plan", "lifecycle_id", "Launch Plan", copy=True)
    blend_periods = fields.Integer(
        "Blend (periods)", default=6, help="After so many periods of its own, the product's history counts for half."
    )
    band_percent = fields.Float(
        "Uncertainty (%)",
        default=50.0,
        help="Standard deviation of the launch, as a share of it: how far off such plans were.",
    )
    end_of_sale = fields.Date("End of Sale", help="From this day on only service demand is left.")
    service_percent = fields.Float(
        "Service Demand (%)", default=10.0, help="Of the demand before, between the end of sale and the end of service."
    )
    last_buy_date = fields.Date(help="Last day on which the vendor takes orders. From then on the reorder rule is 0.")
    end_of_service = fields.Date("End of Service", help="From this day on there is no demand.")
    shortage_percent = fields.Float(
        "Cost of a Unit Short (%)",
        default=300.0,
        help="In percent of the cost of a unit left over. 300: three units left over are as bad as one short.",
    )
    last_buy_quantity = fields.Float(
        "Last Buy", digits="Product Unit", readonly=True, copy=False, help="As of the last forecast run."
    )
    last_buy_demand = fields.Float("Demand to the End", digits="Product Unit", readonly=True, copy=False)
    last_buy_there = fields.Float("There and Coming", digits="Product Unit", readonly=True, copy=False)
    last_buy_run_id = fields.Many2one(
        "medical.forecast.run", "Computed by", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    last_buy_line_id = fields.Many2one(
        "purchase.order.line", "Last Buy Order", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )
    note = fields.Text()

    _once = models.UniqueIndex(
        "(product_id, coalesce(warehouse_id, 0), company_id) WHERE state = 'confirmed'",
        "This product has a confirmed lifecycle here already: change that one.",
    )
    _sane_numbers = models.Constraint(
        "CHECK (like_percent BETWEEN 0 AND 1000 AND ramp_periods BETWEEN 0 AND 60 AND blend_periods BETWEEN 0 AND 60 "
        "AND band_percent BETWEEN 0 AND 300 AND service_percent BETWEEN 0 AND 100 AND shortage_percent >= 0)",
        "Ramp and blend are 0 to 60 periods, the service demand 0 to 100 percent, the uncertainty 0 to 300 percent.",
    )

    @api.depends("product_id", "warehouse_id")
    def _compute_display_name(self):
        for life in self:
            life.display_name = " / ".join(filter(None, [life.product_id.display_name, life.warehouse_id.code]))

    @api.depends("launch_date", "end_of_sale", "end_of_service", "ramp_periods")
    def _compute_stage(self):
        today = fields.Date.context_today(self)
        for life in self:
            length = life.company_id._medical_period_days()
            if life.end_of_service and life.end_of_service <= today:
                life.stage = "ended"
            elif life.end_of_sale and life.end_of_sale <= today:
                life.stage = "service"
            elif life.launch_date and life.launch_date > today:
                life.stage = "planned"
            elif life.launch_date and (today - life.launch_date).days < life.ramp_periods * length:
                life.stage = "ramp"
            else:
                life.stage = "mature"

    @api.constrains("launch_date", "end_of_sale", "last_buy_date", "end_of_service")
    def _check_order_of_dates(self):
        for life in self:
            dates = [day for day in (life.launch_date, life.end_of_sale, life.end_of_service) if day]
            if dates != sorted(dates):
                raise ValidationError(
                    self.env._(
                        "%(life)s: launch, end of sale and end of service come in this order.", life=life.display_name
                    )
                )
            if life.last_buy_date and not life.end_of_service:
                raise ValidationError(
                    self.env._(
                        "%(life)s: a last buy has to last until the end of service: enter that date.",
                        life=life.display_name,
                    )
                )

    # What people do

    @step("draft", to="confirmed", label=_lt("Confirm"), group=PLANNER)
    def action_confirm(self):
        """From the next run on forecasts and reorder rules follow these dates."""

    def _unmet_confirm(self):
        unmet = {}
        for life in self:
            if not (life.launch_date or life.end_of_sale or life.end_of_service):
                unmet[life] = self.env._("%(life)s: enter when it begins or ends.", life=life.display_name)
            elif life.launch_date and not life.like_ids and not life.plan_ids:
                text = self.env._("%(life)s: choose like products or enter a launch plan.", life=life.display_name)
                unmet[life] = text
        return unmet

    @step("draft", "confirmed", to="cancelled", label=_lt("Cancel"), group=PLANNER)
    def action_cancel(self):
        """It does not come about; what was forecast with it stays explained by it."""

    @step("confirmed", "cancelled", to="draft", label=_lt("Back to Draft"), group=PLANNER)
    def action_draft(self):
        """Forecasts do not follow it until it is confirmed again."""

    @step("confirmed", label=_lt("Order Last Buy"), group="purchase.group_purchase_user", access="read", single=True)
    def action_last_buy(self):
        """Make a request for quotation over the last buy."""
        self.ensure_one()
        seller, warehouse = self._last_seller(), self.warehouse_id
        if not warehouse:
            warehouse = self.env["stock.warehouse"].search([("company_id", "=", self.company_id.id)], limit=1)
        order = self.env["purchase.order"].create(
            {
                "partner_id": seller.partner_id.id,
                "company_id": self.company_id.id,
                "picking_type_id": warehouse.in_type_id.id,
                "origin": self.env._("Last buy of %(life)s", life=self.display_name),
                "order_line": [
                    fields.Command.create(
                        {
                            "product_id": self.product_id.id,
                            "product_qty": self.product_id.uom_id._compute_quantity(
                                self.last_buy_quantity, seller.product_uom_id, rounding_method="UP"
                            ),
                            "product_uom_id": seller.product_uom_id.id,
                        }
                    )
                ],
            }
        )
        # sudo: buyers may not write lifecycles; the link says that the last buy was ordered.
        self.sudo()._guarded_write({"last_buy_line_id": order.order_line.id})
        return order.get_formview_action()

    def _unmet_last_buy(self):
        unmet = {}
        for life in self:
            # sudo: that the last buy was ordered is a fact, whoever reads orders.
            order = life.sudo().last_buy_line_id.order_id
            if order:
                text = self.env._(
                    "%(order)s holds the last buy of %(life)s already.", order=order.name, life=life.display_name
                )
            elif life.last_buy_quantity <= 0:
                text = self.env._("%(life)s: there is nothing to buy any more.", life=life.display_name)
            elif not life._last_seller():
                text = self.env._("%(life)s has no vendor with a valid price.", life=life.display_name)
            else:
                continue
            unmet[life] = text
        return unmet

    def _last_seller(self):
        return self.env["medical.planning.master"]._sellers(self.company_id, self.product_id).get(self.product_id.id)

    # What runs ask for

    @api.model
    def _for_series(self, company, series):
        """Position in ``series`` → confirmed lifecycle; one for the warehouse counts before one for all."""
        lives = self.search(
            [("company_id", "=", company.id), ("state", "=", "confirmed"), ("product_id", "in", series.product_id.ids)]
        )
        found = {(life.product_id.id, life.warehouse_id.id): life for life in lives}
        chosen = {}
        for row, record in enumerate(series):
            life = found.get((record.product_id.id, record.warehouse_id.id)) or found.get((record.product_id.id, False))
            if life:
                chosen[row] = life
        return chosen

    @api.model
    def _pairs_to_launch(self, company, warehouses):
        """(product id, warehouse id) of confirmed launches, which have no demand yet."""
        lives = self.search(
            [("company_id", "=", company.id), ("state", "=", "confirmed"), ("launch_date", "!=", False)]
        )
        return {(life.product_id.id, place) for life in lives for place in life.warehouse_id.ids or warehouses}

    @api.model
    def _apply(self, batch):
        """Put lifecycles and substitutions on the forecast of a batch."""
        import numpy as np

        from odoo.addons.medical_forecast.engine.figures import entry

        from ..engine import lifecycle

        series, starts = batch.series, batch.ahead
        lives = self._for_series(batch.company, series)
        stands_in = self.env["medical.product.link"]._substitution(batch.company, series, starts)
        if not lives and not stands_in:
            return
        curves = self._launch_curves(lives, series, starts)
        plans = []
        for row in sorted({*lives, *stands_in}):
            life = lives.get(row, self.browse())
            added = sum((amounts for _name, amounts in stands_in.get(row, ())), np.zeros(len(starts)))
            plans.append(
                lifecycle.Plan(
                    row=row,
                    launch=curves.get(row),
                    band=life.band_percent / 100.0,
                    own=int((~np.isnan(batch.panel.quantity[row])).sum()),
                    blend=float(life.blend_periods),
                    remains=life._remains(starts) if life else None,
                    added=added,
                )
            )
        batch.forecast, amounts = lifecycle.apply(batch.forecast, plans, batch.cover)
        for row, change in amounts.items():
            for name, more in stands_in.get(row, ()):
                batch.entries.setdefault(row, []).append(entry(name, "substitution", more))
                change = change - more
            if row in lives and np.abs(change).max(initial=0.0) > 1e-9:
                batch.entries.setdefault(row, []).append(entry(self.env._("Lifecycle"), "lifecycle", change))

    @api.model
    def _launch_curves(self, lives, series, starts):
        """Position → (h,) demand expected of a launch: of the like products, ramped up, and the plan where there is one."""
        launching = {row: life for row, life in lives.items() if life.launch_date}
        if not launching:
            return {}
        likes = self.browse().union(*launching.values()).like_ids
        means = self.env["medical.forecast.line"]._in_use(series.company_id, likes, starts)
        return {row: life._curve(series[row].warehouse_id, means, starts) for row, life in launching.items()}

    def _curve(self, warehouse, means, starts):
        import numpy as np

        from odoo.addons.medical_demand.engine import calendar

        from ..engine import lifecycle

        period = self.company_id.medical_period
        found = [means[product.id, warehouse.id] for product in self.like_ids if (product.id, warehouse.id) in means]
        if not found:
            found = [mean for (product_id, _warehouse), mean in means.items() if product_id in self.like_ids.ids]
        places = {start: place for place, start in enumerate(starts)}
        plan = np.full(len(starts), np.nan)
        for line in self.plan_ids:
            if (start := calendar.period_start(line.date, period)) in places:
                plan[places[start]] = line.quantity
        ages = calendar.period_index(np.array(starts, dtype="datetime64[D]"), period)
        ages -= calendar.period_index(self.launch_date, period)
        return lifecycle.launch(np.array(found) * self.like_percent / 100.0, ages, self.ramp_periods, plan)

    def _remains(self, starts):
        """(h,) share of the demand that is left in each period, or None where nothing ends."""
        import numpy as np

        from odoo.addons.medical_demand.engine import calendar

        from ..engine import lifecycle

        if not self.end_of_sale and not self.end_of_service:
            return None
        lengths = np.array([calendar.days_in_period(start, self.company_id.medical_period) for start in starts])
        sold, served = (lifecycle.before(day, starts, lengths) for day in (self.end_of_sale, self.end_of_service))
        return lifecycle.remains(sold, served, self.service_percent / 100.0)

    @api.model
    def _last_bought(self, run, masters):
        """Positions of the masters whose last buy is over: nothing is kept for safety any more."""
        series = self.env["medical.forecast.series"].browse([master.series.id for master in masters])
        lives = self._for_series(run.company_id, series)
        return [row for row, life in lives.items() if life.last_buy_date and life.last_buy_date <= run.as_of]

    @api.model
    def _after_run(self, run):
        """What to buy for good: the demand to the end of service, with the risk of either side, less what is there."""
        if run.scenario != "base":
            return
        lives = self.search(
            [("company_id", "=", run.company_id.id), ("state", "=", "confirmed"), ("last_buy_date", ">", run.as_of)]
        )
        series = self.env["medical.forecast.series"].search(
            [("run_id", "=", run.id), ("state", "=", "done"), ("product_id", "in", lives.product_id.ids)]
        )
        lines = self.env["medical.forecast.line"].search_fetch(
            [("series_id", "in", series.ids)], ["series_id", "date", "mean", "q90"]
        )
        forecasts = lines.grouped("series_id")
        for life in lives:
            mine = life._of(series)
            if mine:
                life._refresh_last_buy(run, [forecasts[row] for row in mine if row in forecasts], mine)

    def _of(self, series):
        """Those of the series that the lifecycle is about."""
        self.ensure_one()
        return series.filtered(
            lambda row: (
                row.product_id == self.product_id and (not self.warehouse_id or row.warehouse_id == self.warehouse_id)
            )
        )

    def _refresh_last_buy(self, run, forecasts, series):
        from ..engine import lifecycle

        found = [self._to_the_end(lines.sorted("date")) for lines in forecasts]
        mean, deviation = sum(mean for mean, _wide in found), sum(wide**2 for _mean, wide in found) ** 0.5
        level = lifecycle.last_buy(mean, deviation, 1.0, self.shortage_percent / 100.0)
        product = self.product_id
        there = sum(product.with_context(warehouse_id=place.id).virtual_available for place in series.warehouse_id)
        self._guarded_write(
            {
                "last_buy_quantity": float_round(
                    max(level - there, 0.0), precision_digits=product._medical_digits(), rounding_method="UP"
                ),
                "last_buy_demand": mean,
                "last_buy_there": there,
                "last_buy_run_id": run.id,
            }
        )

    def _to_the_end(self, lines):
        """Mean and deviation of the demand of one warehouse until the end of service."""
        import numpy as np

        from ..engine import lifecycle

        company = self.company_id
        start = company._medical_periods_after(lines[-1].date, 1)[0]
        whole = max((self.end_of_service - start).days, 0)
        # Where sale goes on beyond the horizon, so does the share that is sold until it ends.
        share = 1.0
        if whole and self.end_of_sale and self.end_of_sale > start:
            sold = min((self.end_of_sale - start).days, whole) / whole
            share = lifecycle.remains(sold, 1.0, self.service_percent / 100.0)
        season = company._medical_season()
        left = whole / (366 / season if company.medical_period == "month" else 7.0)
        mean, upper = np.array(lines.mapped("mean")), np.array(lines.mapped("q90"))
        return lifecycle.to_the_end(mean, upper, season, left, share)


class MedicalLaunchPlan(models.Model):
    """What is planned to be sold of a new product in one period and warehouse."""

    _name = "medical.launch.plan"
    _description = "Launch Plan"
    _order = "lifecycle_id, date"

    lifecycle_id = fields.Many2one("medical.product.lifecycle", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="lifecycle_id.company_id", store=True, index=True)
    date = fields.Date("Period", required=True, help="Any day of it.")
    quantity = fields.Float(digits="Product Unit", required=True, help="Per warehouse that the lifecycle applies to.")

    _positive = models.Constraint("CHECK (quantity >= 0)", "A planned quantity is not negative.")
