from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import PLANNER, step

_lt = LazyTranslate(__name__)


class MedicalPlannerOverride(models.Model):
    """A reorder rule that a person sets for a time, for a clinical or other reason, against what planning says.

    It has a limit and an end. While it is active planning leaves the rule alone; at its end the rule gets back what it held,
    and what came of it is measured.
    """

    _name = "medical.planner.override"
    _description = "Planner Override"
    _inherit = ["medical.document.mixin", "mail.thread"]
    _order = "date_to desc, id desc"
    _check_company_auto = True
    _guarded_fields = (
        *("old_min", "old_max", "approved_by_id"),
        *("demand", "expected", "lowest_stock", "verdict", "extra_value"),
    )
    _settles = {"draft": ("orderpoint_id", "new_min", "new_max", "date_to", "cause", "reason")}
    _kept_from = "active"
    _audited_fields = ("state", "orderpoint_id", "new_min", "new_max", "date_to", "cause", "reason", "started_by_id")

    orderpoint_id = fields.Many2one(
        "stock.warehouse.orderpoint", "Reorder Rule", required=True, ondelete="restrict", index=True, check_company=True
    )
    product_id = fields.Many2one(related="orderpoint_id.product_id", store=True, index=True)
    warehouse_id = fields.Many2one(related="orderpoint_id.warehouse_id", store=True)
    company_id = fields.Many2one(related="orderpoint_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    cause = fields.Selection(
        [("clinical", "Clinical need"), ("emergency", "Emergency"), ("supply", "Supply at risk"), ("other", "Other")],
        required=True,
        default="clinical",
    )
    reason = fields.Text(required=True, help="Who needs it, and why planning does not know.")
    new_min = fields.Float("Minimum", digits="Product Unit", required=True)
    new_max = fields.Float("Maximum", digits="Product Unit", required=True)
    date_from = fields.Date("From", readonly=True, copy=False)
    date_to = fields.Date("Until", required=True, help="Last day; then the rule gets back what it held.")
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("expired", "Expired"), ("ended", "Ended Early")]
    )
    old_min = fields.Float("Minimum Before", digits="Product Unit", readonly=True, copy=False)
    old_max = fields.Float("Maximum Before", digits="Product Unit", readonly=True, copy=False)
    change_percent = fields.Float("Change (%)", compute="_compute_change_percent")
    started_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", "Beyond the Limit Approved by", readonly=True, copy=False)
    ended_date = fields.Date(readonly=True, copy=False)
    demand = fields.Float("Demand Meanwhile", digits="Product Unit", readonly=True, copy=False)
    expected = fields.Float("Forecast for It", digits="Product Unit", readonly=True, copy=False)
    lowest_stock = fields.Float(digits="Product Unit", readonly=True, copy=False)
    extra_value = fields.Monetary(readonly=True, copy=False, help="The minimum above the one before, at cost.")
    verdict = fields.Selection(
        [
            ("needed", "Was needed"),
            ("not_needed", "Was not needed"),
            ("lowered", "Lowered stock, nothing ran out"),
            ("short", "Ran out"),
        ],
        readonly=True,
        copy=False,
        help="Was needed: without it the stock would have run out.",
    )

    _one_active = models.UniqueIndex(
        "(orderpoint_id) WHERE state = 'active'", "This rule has an active override: end that one first."
    )
    _sane_numbers = models.Constraint(
        "CHECK (new_min >= 0 AND new_max >= new_min)", "The minimum is not negative, the maximum not below it."
    )

    @api.depends("orderpoint_id", "cause")
    def _compute_display_name(self):
        causes = dict(self._fields["cause"]._description_selection(self.env))
        for override in self:
            rule, cause = override.orderpoint_id, causes.get(override.cause, "")
            where = f"{override.product_id.display_name} / {override.warehouse_id.code}"
            override.display_name = f"{where}: {cause}" if rule else False

    @api.depends("orderpoint_id", "new_min", "new_max", "state")
    def _compute_change_percent(self):
        for override in self:
            rule, draft = override.orderpoint_id, override.state == "draft"
            before = [
                (rule.product_min_qty if draft else override.old_min, override.new_min),
                (rule.product_max_qty if draft else override.old_max, override.new_max),
            ]
            override.change_percent = max(100.0 * abs(new - old) / max(abs(old), 1.0) for old, new in before)

    @api.constrains("reason")
    def _check_reason(self):
        for override in self:
            if not override.reason.strip():
                raise ValidationError(self.env._("%(override)s: say why.", override=override.display_name))

    def _settled_advice(self):
        return self.env._("An override that was started does not change: end it and make another one.")

    # What people do

    @step("draft", to="active", label=_lt("Start"), group=PLANNER, by="started_by_id", on="date_from")
    def action_start(self):
        """Set the rule now; beyond the limit only an Inventory administrator may."""
        manager = self.env.user._medical_has_group("stock.group_stock_manager")
        today = fields.Date.context_today(self)
        for override in self:
            limit = override.company_id.medical_override_percent
            beyond = override.change_percent > limit
            if beyond and not manager:
                raise AccessError(
                    self.env._(
                        "%(override)s changes the rule by %(change).0f %%, and planners may change it by %(limit).0f %%. Ask an "
                        "Inventory administrator to start it.",
                        override=override.display_name,
                        change=override.change_percent,
                        limit=limit,
                    )
                )
            # sudo: planners may not edit reorder rules; an override within its limit is how they do.
            rule = override.orderpoint_id.sudo()
            override._guarded_write(
                {
                    "old_min": rule.product_min_qty,
                    "old_max": rule.product_max_qty,
                    "approved_by_id": self.env.uid if beyond else False,
                    "expected": override._forecast_meanwhile(today),
                }
            )
            rule.write({"product_min_qty": override.new_min, "product_max_qty": override.new_max})

    def _unmet_start(self):
        today = fields.Date.context_today(self)
        return {
            override: self.env._(
                "%(override)s: it ends between today and %(days)d days from now.",
                override=override.display_name,
                days=override.company_id.medical_override_days,
            )
            for override in self
            if not today <= override.date_to <= today + timedelta(days=override.company_id.medical_override_days)
        }

    @step("active", to="ended", label=_lt("End Now"), group=PLANNER, on="ended_date")
    def action_end(self):
        """Give the rule back before the time is over."""
        self._give_back()

    @step("active", to="expired", label=_lt("Expired"), system=True, on="ended_date")
    def _expire(self):
        """Its time is over."""
        self._give_back()

    # What runs do

    @api.model
    def _expire_over(self, companies=None):
        """End what is over in ``companies``, by default all. Called before runs plan, so that they plan these rules
        again, and every night."""
        over = self.search([("state", "=", "active"), ("date_to", "<", self.env.cr.now().date())])
        if companies is not None:
            over = over.filtered(lambda override: override.company_id in companies)
        over._expire()

    def _give_back(self):
        """Restore the rules that still hold the override, and measure."""
        figures = self._measure(fields.Date.context_today(self))
        for override in self:
            rule = override.orderpoint_id.sudo()  # sudo: as in action_start
            if (rule.product_min_qty, rule.product_max_qty) == (override.new_min, override.new_max):
                rule.write({"product_min_qty": override.old_min, "product_max_qty": override.old_max})
            override._guarded_write(figures[override])
            override.message_post(
                body=self.env._(
                    "Ended. Demand meanwhile %(demand)s, forecast %(expected)s, lowest stock %(lowest)s.",
                    demand=f"{override.demand:g}",
                    expected=f"{override.expected:g}",
                    lowest=f"{override.lowest_stock:g}",
                )
            )

    @api.model
    def _active_on(self, rules):
        """Ids of the rules that are overridden now."""
        return set(self.search([("orderpoint_id", "in", rules.ids), ("state", "=", "active")]).orderpoint_id.ids)

    def _forecast_meanwhile(self, today):
        """Demand that the forecast in use expects between today and the end."""
        self.ensure_one()
        days = (self.date_to - today).days + 1
        product = self.product_id.with_company(self.company_id).with_context(warehouse_id=self.warehouse_id.id)
        return product._medical_forecast_demand(days).get(self.product_id.id, 0.0)

    def _measure(self, today):
        """Override → demand, lowest stock at the end of a day, and whether it was needed; one look for all of them."""
        from odoo.addons.medical_demand.engine import flows

        found = {}
        # sudo: planners do not read every stock move.
        panel = self.env["medical.demand.panel"].sudo()
        for company, overrides in self.grouped("company_id").items():
            pairs = sorted({(row.product_id.id, row.warehouse_id.id) for row in overrides})
            first = min(overrides.mapped("date_from"))
            on_hand, change, demand = panel._by_day(company, pairs, first, today)
            night = flows.nights(on_hand, change)[0]
            for override in overrides:
                row = pairs.index((override.product_id.id, override.warehouse_id.id))
                begin, end = (override.date_from - first).days, (min(override.date_to, today) - first).days
                span = slice(begin, end + 1)
                found[override] = override._judged(float(demand[row, span].sum()), float(night[row, span].min()))
        return found

    def _judged(self, demand, lowest):
        extra = self.new_min - self.old_min
        if lowest <= 0:
            verdict = "short"
        elif extra <= 0:
            verdict = "lowered"
        else:
            verdict = "needed" if lowest < extra else "not_needed"
        cost = self.product_id.with_company(self.company_id).standard_price
        return {"demand": demand, "lowest_stock": lowest, "verdict": verdict, "extra_value": max(extra, 0.0) * cost}
