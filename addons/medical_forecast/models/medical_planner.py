"""From demand to proposal for a batch of series: load, clean, forecast, decide, write down."""

import logging
from collections import namedtuple
from dataclasses import replace

from odoo import api, models

_logger = logging.getLogger(__name__)

DAYS_PER_PERIOD = {"week": 7.0, "month": 365.25 / 12}
SEASON = {"week": 52, "month": 12}

# What is known about a pair before any number is computed.
Master = namedtuple(
    "Master",
    "series product warehouse vendor policy rule lead_days lead_deviation lead_source minimum multiple blocked",
)


class MedicalPlanner(models.AbstractModel):
    """The data flow of a run, one batch at a time.

    Every fact is loaded for the whole batch, the engines are called once, and the results
    are written with one flush. Extensions override the small steps.
    """

    _name = "medical.planner"
    _description = "Planner"

    @api.model
    def _plan(self, run, series):
        """Forecast ``series`` (pending, of one run) and make their proposals."""
        company = run.company_id
        panel_model = self.env["medical.demand.panel"]
        pairs = [(row.product_id.id, row.warehouse_id.id) for row in series]
        panel = panel_model._load(company, pairs, run.as_of)
        masters = self._masters(run, series)
        effects = self.env["medical.demand.effects"]
        told = effects._told(run, series, panel.starts)
        repaired = self._clean(run, series, panel, told.masks)
        cleaned, events, sizes = self._without_events(run, repaired, told, panel.starts)
        forecast = self._forecast(run, series, cleaned, masters)
        forecast = self._with_pooled(run, series, panel, cleaned, forecast)
        forecast, drivers = self._with_drivers(run, series, panel, cleaned, forecast)
        forecast, applied = self._with_events(forecast, events, sizes)
        entries = effects._entries(told, applied, drivers, sizes)
        forecast, more = self.env["medical.product.lifecycle"]._apply(run, series, panel, forecast, masters)
        for row, entry in more.items():
            entries.setdefault(row, []).extend(entry)
        self._write_series(run, series, panel, cleaned, forecast, masters, entries)
        ordinary = self._ordinary_panel(panel, repaired, cleaned)
        self.env["medical.forecast.alert"]._watch_batch(run, series, ordinary, cleaned, forecast)
        self._turns(series, ordinary, cleaned, forecast, masters)
        self._propose(run, series, forecast, masters)

    # Masters: what has to be right before anything is planned

    @api.model
    def _masters(self, run, series):
        """One :class:`Master` per series, in order; ``blocked`` is (code, reason) or None."""
        company = run.company_id
        products = series.product_id.with_company(company)
        products.fetch(["active", "uom_id", "categ_id", "standard_price", "use_expiration_date", "is_storable"])
        products.product_tmpl_id.fetch(["expiration_time", "removal_time"])
        policy = self.env["medical.policy"]
        policies = policy._by_pair(company, policy._pairs(series))
        rules = self._rules(company, products)
        sellers = self._sellers(company, products)
        measured = self.env["medical.lead.time"]._measure(company, products.ids, run.as_of)
        buys = self._bought_warehouses(company)
        masters = []
        for row, policy in zip(series, policies, strict=True):
            product, warehouse = row.product_id, row.warehouse_id
            rule = rules.get((product.id, warehouse.lot_stock_id.id), self.env["stock.warehouse.orderpoint"])
            seller = rule.supplier_id or sellers.get(product.id, self.env["product.supplierinfo"])
            blocked = self._blocked(product, warehouse, seller, buys, measured)
            if blocked:
                lead = (0.0, 0.0, False)
                minimum = multiple = 0.0
            else:
                lead = self.env["medical.lead.time"]._choose(measured, product.id, seller.partner_id.id, seller.delay)
                lead = (lead[0] + company.days_to_purchase, lead[1], lead[2])
                unit = seller.product_uom_id
                minimum = unit._compute_quantity(seller.min_qty, product.uom_id, round=False)
                multiple = unit._compute_quantity(1.0, product.uom_id, round=False) if unit != product.uom_id else 0.0
            masters.append(
                Master(row, product, warehouse, seller.partner_id, policy, rule, *lead, minimum, multiple, blocked)
            )
        return masters

    @api.model
    def _rules(self, company, products):
        """Reorder rules of the products by (product id, location id), archived ones too."""
        rules = (
            self.env["stock.warehouse.orderpoint"]
            .with_context(active_test=False)
            .search_fetch(
                [("company_id", "=", company.id), ("product_id", "in", products.ids)],
                [
                    "active",
                    "product_id",
                    "location_id",
                    "product_min_qty",
                    "product_max_qty",
                    "medical_managed",
                    "medical_by_hand",
                    "medical_proposal_id",
                    "supplier_id",
                ],
            )
        )
        return {(rule.product_id.id, rule.location_id.id): rule for rule in rules}

    @api.model
    def _sellers(self, company, products):
        """First valid vendor price of each product, as core's order of sellers has it."""
        infos = self.env["product.supplierinfo"].search_fetch(
            [
                ("product_tmpl_id", "in", products.product_tmpl_id.ids),
                ("company_id", "in", (company.id, False)),
                ("partner_id.active", "=", True),
            ],
            [
                "product_tmpl_id",
                "product_id",
                "partner_id",
                "delay",
                "min_qty",
                "product_uom_id",
                "date_start",
                "date_end",
            ],
        )
        today = self.env.cr.now().date()
        by_template = {}
        for info in infos:
            if (not info.date_start or info.date_start <= today) and (not info.date_end or info.date_end >= today):
                by_template.setdefault(info.product_tmpl_id.id, []).append(info)
        found = {}
        for product in products:
            for info in by_template.get(product.product_tmpl_id.id, ()):
                if not info.product_id or info.product_id == product:
                    found[product.id] = info
                    break
        return found

    @api.model
    def _bought_warehouses(self, company):
        """Ids of the warehouses whose stock location has a buy rule."""
        groups = self.env["stock.rule"]._read_group(
            [("action", "=", "buy"), ("company_id", "in", (company.id, False)), ("active", "=", True)],
            ["location_dest_id"],
        )
        locations = {location.id for (location,) in groups}
        warehouses = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        return {
            warehouse.id
            for warehouse in warehouses
            if warehouse.lot_stock_id.id in locations or warehouse.view_location_id.id in locations
        }

    @api.model
    def _blocked(self, product, warehouse, seller, buys, measured):
        """(code, sentence) when an item cannot be planned, else None."""
        if not product.active:
            return "archived", self.env._("The product is archived.")
        if warehouse.id not in buys:
            return "no_route", self.env._(
                "Warehouse %(warehouse)s buys nothing: switch on 'Buy to Resupply' there.", warehouse=warehouse.name
            )
        if not seller:
            return "no_vendor", self.env._("No vendor with a valid price: add one on the product's Purchase tab.")
        if not seller.product_uom_id._has_common_reference(product.uom_id):
            return "unit_mismatch", self.env._(
                "%(vendor)s sells in %(theirs)s, which does not convert to %(ours)s: correct the vendor's unit.",
                vendor=seller.partner_id.name,
                theirs=seller.product_uom_id.name,
                ours=product.uom_id.name,
            )
        if product.use_expiration_date and not product.product_tmpl_id.expiration_time:
            return "no_shelf_life", self.env._(
                "The product expires but has no shelf life: set the expiration time on its Inventory tab."
            )
        by_product, by_vendor = measured
        if seller.delay <= 0 and not (
            (product.id, seller.partner_id.id) in by_product or seller.partner_id.id in by_vendor
        ):
            return "no_lead_time", self.env._(
                "%(vendor)s has no lead time and nothing was received yet: set it on the vendor's price.",
                vendor=seller.partner_id.name,
            )
        return None

    # Cleaning

    @api.model
    def _clean(self, run, series, panel, masks):
        """Repair the demand by named rules; log what is new, honour what planners took back."""
        import numpy as np

        from ..engine import calendar, cleaning

        period = run.company_id.medical_period
        column = {start: index for index, start in enumerate(panel.starts)}
        row_of = {pair: row for row, pair in enumerate(panel.pairs)}
        known = self.env["medical.demand.repair"].search_fetch(
            [
                ("company_id", "=", run.company_id.id),
                ("product_id", "in", series.product_id.ids),
                ("date", ">=", panel.starts[0]),
            ],
            ["product_id", "warehouse_id", "date", "rule", "reverted"],
        )
        logged, reverted = set(), set()
        for repair in known:
            row = row_of.get((repair.product_id.id, repair.warehouse_id.id))
            key = (row, column.get(repair.date), repair.rule)
            logged.add(key)
            if repair.reverted:
                reverted.add(key)
        days = np.array([calendar.days_in_period(start, period) for start in panel.starts], dtype=float)
        cleaned = cleaning.clean(
            panel.quantity,
            stockout_days=panel.stockout_days,
            days=days,
            masks=masks,
            season=SEASON[period],
            reverted=reverted,
        )
        self.env["medical.demand.repair"].create(
            [
                {
                    "company_id": run.company_id.id,
                    "product_id": panel.pairs[row][0],
                    "warehouse_id": panel.pairs[row][1],
                    "date": panel.starts[place],
                    "rule": rule,
                    "old_value": old if np.isfinite(old) else 0.0,
                    "new_value": new if np.isfinite(new) else 0.0,
                    "left_out": not np.isfinite(new),
                    "run_id": run.id,
                }
                for row, place, rule, old, new in cleaned.repairs
                if (row, place, rule) not in logged
            ]
        )
        return cleaned

    # Events and drivers

    @api.model
    def _without_events(self, run, repaired, told, starts):
        """(history without events, all events with the holidays that matter, sizes by kind)."""
        from ..engine import effects

        season = self._season_of(run.company_id)
        events = [*told.events, *self.env["medical.demand.effects"]._holidays(run, repaired.values, starts)]
        values, sizes = effects.clean(repaired.values, events, season)
        return replace(repaired, values=values), events, sizes

    @api.model
    def _with_pooled(self, run, series, panel, cleaned, forecast):
        """The forecast with the models learned over all products of the batch, where they won."""
        from ..engine import forecast as engine
        from ..engine import pooled
        from ..engine.panel import Panel

        kinds = run.version_id._pooled_kinds()
        if not kinds:
            return forecast
        history = Panel(tuple(range(len(series))), cleaned.values, self._season_of(run.company_id))
        settings = run.version_id._engine_settings(run.horizon)
        outside = self.env["medical.demand.effects"]._outside(run.company_id, series, panel.starts, run.horizon)
        return pooled.admit(
            history, forecast, lambda past: engine.forecast(past, settings), kinds, [told for _owner, told in outside]
        )[0]

    @api.model
    def _with_drivers(self, run, series, panel, cleaned, forecast):
        """The forecast with external series on it that help, and what each adds."""
        from ..engine import forecast as engine
        from ..engine.panel import Panel

        history = Panel(tuple(range(len(series))), cleaned.values, self._season_of(run.company_id))
        settings = run.version_id._engine_settings(run.horizon)
        return self.env["medical.demand.effects"]._external(
            run, series, history, lambda past: engine.forecast(past, settings), forecast, panel.starts
        )

    @api.model
    def _with_events(self, forecast, events, sizes):
        import numpy as np

        from ..engine import effects

        return effects.apply(forecast, events, sizes, np.array(forecast.keys, dtype=np.int64))

    @api.model
    def _ordinary_panel(self, panel, repaired, cleaned):
        """The panel as it would have been without events: what they explain is no surprise."""
        import numpy as np

        explained = repaired.values != cleaned.values
        explained &= ~(np.isnan(repaired.values) & np.isnan(cleaned.values))
        return replace(panel, quantity=np.where(explained, cleaned.values, panel.quantity))

    # Forecast

    @api.model
    def _cover_periods(self, run, master):
        """Periods that the reorder point has to cover: lead time and review."""
        review = master.policy.review_days if master.policy else 0.0
        return (master.lead_days + review) / DAYS_PER_PERIOD[run.company_id.medical_period]

    @api.model
    def _days_per_period(self, company):
        return DAYS_PER_PERIOD[company.medical_period]

    @api.model
    def _forecast(self, run, series, cleaned, masters):
        """The engine's result; ``keys`` are positions in the batch."""
        import numpy as np

        from ..engine import forecast as engine
        from ..engine.panel import Panel

        company = run.company_id
        cover = np.array([max(self._cover_periods(run, master), 0.1) for master in masters])
        panel = Panel(tuple(range(len(series))), cleaned.values, self._season_of(company))
        settings = run.version_id._engine_settings(run.horizon)
        result = engine.forecast(panel, settings, cover)
        return self._slow_pass(run, panel, settings, result, masters)

    @api.model
    def _slow_pass(self, run, panel, settings, result, masters):
        """The result with the slow models where a policy asks for them and they won the backtest."""
        from ..engine import forecast as engine
        from ..engine import slow

        wanted = [key for key in result.keys if masters[key].policy.slow_pass and not masters[key].blocked]
        if not wanted:
            return result
        try:
            return slow.admit(panel, result, lambda past: engine.forecast(past, settings), only=wanted)[0]
        except slow.Missing as missing:
            # The run itself says so to people, see its `_name_missing_library`.
            _logger.warning("%s goes on without the slow pass: %s is not installed", run.name, missing)
            return result

    @api.model
    def _season_of(self, company):
        return SEASON[company.medical_period]

    @api.model
    def _write_series(self, run, series, panel, cleaned, forecast, masters, entries):
        import numpy as np

        reasons = {refusal.key: refusal for refusal in forecast.refused}
        position = {key: index for index, key in enumerate(forecast.keys)}
        starts = [start.isoformat() for start in panel.starts]
        values = []
        for key, master in enumerate(masters):
            row = {
                "history": self._history(starts, panel.quantity[key], cleaned.values[key]),
                "vendor_id": master.vendor.id,
                "policy_id": master.policy.id,
            }
            index = position.get(key)
            if index is None:
                refusal = reasons[key]
                row.update(state="refused", reason_code=refusal.code, reason=self._refusal_text(refusal))
            else:
                row.update(self._figures(forecast, index, master), effects=entries.get(key))
                row.update(state="done")
                if forecast.demand_class[index] == "none":
                    row.update(
                        state="blocked",
                        reason_code="no_demand",
                        reason=self.env._("No demand in the history looked at."),
                    )
            if master.blocked and row["state"] != "refused":
                row.update(state="blocked", reason_code=master.blocked[0], reason=master.blocked[1])
            values.append(row)
        for record, row in zip(series, values, strict=True):
            record.write(row)
        levels = [forecast.levels.index(level) for level in self.env["medical.forecast.line"]._quantile_columns]
        if len(forecast.keys):
            effect = np.zeros_like(forecast.mean)
            for index, key in enumerate(forecast.keys):
                for entry in entries.get(key, ()):
                    effect[index] += entry["amounts"]
            self.env["medical.forecast.line"]._insert(
                run.company_id,
                [series[key].id for key in forecast.keys],
                self._future(run, panel.starts[-1]),
                forecast.mean,
                effect,
                np.ascontiguousarray(forecast.quantiles[:, :, levels]),
                forecast.made_by,
            )

    @api.model
    def _future(self, run, last):
        from ..engine import calendar

        period = run.company_id.medical_period
        return [calendar.add_periods(last, ahead, period) for ahead in range(1, run.horizon + 1)]

    @api.model
    def _history(self, starts, original, cleaned):
        """Demand of the observed periods as stored with the series: repaired and as it was."""
        import numpy as np

        observed = np.flatnonzero(~np.isnan(original))
        if not len(observed):
            return {"dates": [], "values": [], "originals": []}
        first = observed[0]

        def plain(numbers):
            rounded = numbers[first:].round(6)
            return np.where(np.isnan(rounded), None, rounded).tolist()

        return {"dates": starts[first:], "values": plain(cleaned), "originals": plain(original)}

    @api.model
    def _refusal_text(self, refusal):
        """The engine's sentence in the user's language."""
        texts = {
            "all_nan": self.env._("There is no demand in the history looked at."),
            "too_short": self.env._("Too little history: wait for more periods or import older demand."),
            "not_finite": self.env._("The demand holds a value that is no number: correct the import."),
            "negative": self.env._("More was returned than delivered: check the returns."),
            "too_large": self.env._("The demand of a period is implausibly large: check the unit of the records."),
            "cover": self.env._("The lead time is implausibly long: check the vendor's lead time."),
        }
        return texts.get(refusal.code, refusal.reason)

    @api.model
    def _figures(self, forecast, index, master):
        import numpy as np

        def number(value):
            return float(value) if np.isfinite(value) else None

        return {
            "demand_class": str(forecast.demand_class[index]),
            "adi": number(forecast.adi[index]),
            "cv2": number(forecast.cv2[index]),
            "weights": {
                name: round(float(weight), 4)
                for name, weight in zip(forecast.models, forecast.weights[index], strict=True)
            },
            "level": number(forecast.level[index]),
            "trend": number(forecast.trend[index]),
            "season_strength": number(forecast.season_strength[index]),
            "wape": number(forecast.wape[index]),
            "wape_naive": number(forecast.wape_naive[index]),
            "fva": number(forecast.fva[index]),
            "bias": number(forecast.bias[index]),
            "mase": number(forecast.mase[index]),
            "recent_errors": [number(error) for error in forecast.recent_error[index]],
            "lead_days": master.lead_days,
            "lead_deviation": master.lead_deviation,
            "lead_source": master.lead_source,
            "cover_days": master.lead_days + (master.policy.review_days if master.policy else 0.0),
            "cover_mean": number(forecast.cover_mean[index]),
            "rate": float(forecast.mean[index].mean()),
        }

    # Turns

    @api.model
    def _turns(self, series, panel, cleaned, forecast, masters):
        """Mark the series whose demand jumped, or has been low for long; what runs were told to raise stays marked."""
        import numpy as np

        from ..engine import turns

        rows = list(forecast.keys)
        if not rows:
            return
        recent = forecast.recent_error.copy()
        length = min(recent.shape[1], cleaned.values.shape[1])
        expected = cleaned.values[rows, -length:] + recent[:, -length:]
        actual = panel.quantity[rows, -1]
        recent[:, -1] = expected[:, -1] - actual
        policies = [masters[row].policy for row in rows]
        limit = np.array([policy.surge_percent / 100.0 for policy in policies])
        up = turns.surges(actual, expected[:, -1], recent, forecast.demand_class, limit)
        low = np.array([policy.decline_periods for policy in policies], dtype=int)
        down = turns.declines(cleaned.values[rows, -length:], expected, forecast.demand_class, low)
        for place, row in enumerate(rows):
            record = series[row]
            if record.turn_kind == "together":
                record.turn_factor = min(record.turn_factor, 1.0 + limit[place])
            elif up[place] > 1:
                record.write({"turn_kind": "surge", "turn_factor": float(up[place])})
            elif down[place] < 1:
                record.write({"turn_kind": "decline", "turn_factor": float(down[place])})

    # Proposals

    @api.model
    def _scenario_factor(self, run):
        company = run.company_id
        return {
            "base": 1.0,
            "high": 1.0 + company.medical_high_percent / 100.0,
            "low": 1.0 - company.medical_low_percent / 100.0,
        }[run.scenario]

    @api.model
    def _policy_input(self, run, forecast, chosen):
        """Arrays for the policy engine; ``chosen`` are (position in the forecast, Master)."""
        import numpy as np

        from ..engine import cover, policy

        rows = np.array([index for index, _master in chosen])
        masters = [master for _index, master in chosen]
        days = DAYS_PER_PERIOD[run.company_id.medical_period]
        rate = forecast.mean[rows].mean(axis=1)
        deviation = np.array([master.lead_deviation for master in masters]) / days
        spread_sd, spread_quantiles = cover.with_lead_time_spread(
            forecast.cover_mean[rows],
            forecast.cover_sd[rows],
            forecast.cover_levels,
            forecast.cover_quantiles[rows],
            rate,
            deviation,
        )
        factor = self._scenario_factor(run)

        def column(value):
            return np.array([value(master) for master in masters], dtype=float)

        # A jump raises what has to be covered, not what is ordered at a time; a decline lowers both.
        turn = column(lambda m: m.series.turn_factor or 1.0)
        base = policy.PolicyInput(
            cover_mean=forecast.cover_mean[rows] * turn,
            cover_sd=spread_sd * turn,
            cover_levels=forecast.cover_levels,
            cover_quantiles=spread_quantiles * turn[:, None],
            counted=forecast.counted[rows],
            rate=rate * np.minimum(turn, 1.0),
            review=column(lambda m: m.policy.review_days) / days,
            target=column(lambda m: m.policy.service_target) / 100.0,
            target_fill=np.array([m.policy.service_type == "fill" for m in masters]),
            moq=column(lambda m: m.minimum),
            multiple=column(lambda m: m.multiple),
            rounding=column(lambda m: 10.0 ** -self._digits(m.product)),
            shelf_life=column(self._shelf_life_days) / days,
            unit_cost=column(lambda m: m.product.standard_price),
            old_min=column(lambda m: m.rule.product_min_qty if m.rule else np.nan),
            old_max=column(lambda m: m.rule.product_max_qty if m.rule else np.nan),
            cap=np.where(
                turn > 1.0,
                column(lambda m: (m.policy.surge_percent + m.policy.tolerance_percent) / 100.0),
                column(lambda m: m.policy.max_change_percent / 100.0 or np.inf),
            ),
        )
        base = self._shared(base, masters, forecast.demand_class[rows])
        if factor == 1.0:
            return base, base
        scenario = replace(
            base,
            cover_mean=base.cover_mean * factor,
            cover_sd=base.cover_sd * factor,
            cover_quantiles=base.cover_quantiles * factor,
            rate=base.rate * factor,
        )
        return scenario, base

    @api.model
    def _shared(self, asked, masters, classes):
        """The policy engine's input with each product's own target where its policy shares one over its products."""
        import numpy as np

        from ..engine import sharing

        target = asked.target.copy()
        for policy in self.env["medical.policy"].union(*(master.policy for master in masters)).filtered("is_shared"):
            rows = np.array([row for row, master in enumerate(masters) if master.policy == policy])
            part = asked.rows(rows)
            money = np.maximum(part.unit_cost, 1e-6)
            target[rows] = sharing.shared_targets(part, policy.least_service / 100.0, money, classes[rows])
        return replace(asked, target=target)

    @api.model
    def _digits(self, product):
        """Rules of countable units hold whole pieces, whatever precision the database keeps."""
        unit = self.env.ref("uom.product_uom_unit")
        return 0 if product.uom_id._has_common_reference(unit) else 2

    @api.model
    def _shelf_life_days(self, master):
        """Days from receipt within which a lot has to be sold; infinite without expiry."""
        import math

        template = master.product.product_tmpl_id
        if not master.product.use_expiration_date or not template.expiration_time:
            return math.inf
        return float(max(template.expiration_time - template.removal_time, 1))

    @api.model
    def _propose(self, run, series, forecast, masters):
        """Compare what the rules should be with what they are; write proposals where it matters."""
        import numpy as np

        from ..engine import policy

        outcomes, chosen = {}, []
        rules = self.env["stock.warehouse.orderpoint"].union(*(master.rule for master in masters))
        overridden = self.env["medical.planner.override"]._active_on(rules)
        for index, key in enumerate(forecast.keys):
            master = masters[key]
            if series[key].state != "done":
                continue
            if master.rule.id in overridden:
                outcomes[key] = "override"
            elif master.rule.medical_by_hand:
                outcomes[key] = "by_hand"
            elif master.rule and not master.rule.active:
                outcomes[key] = "archived"
            elif not master.policy:
                outcomes[key] = "no_policy"
            else:
                chosen.append((index, master))
        for key, outcome in outcomes.items():
            series[key].outcome = outcome
        if not chosen:
            return
        scenario, base = self._policy_input(run, forecast, chosen)
        result = policy.decide(scenario)
        bought = self.env["medical.product.lifecycle"]._last_bought(run, [master for _index, master in chosen])
        result = self._without_rules(result, bought)
        before = policy.service_at(base, np.where(np.isnan(base.old_min), 0.0, base.old_min))[0]
        after, fill = policy.service_at(base, result.new_min, result.order_quantity)
        enabled = self.env["medical.scope"]._enabled_categories("planning", run.company_id.id)
        values, unchanged = [], series.browse()
        for place, (_index, master) in enumerate(chosen):
            new_min, new_max = float(result.new_min[place]), float(result.new_max[place])
            rule = master.rule
            if rule and self._same(rule, new_min, new_max) and rule.medical_managed:
                unchanged |= master.series
                continue
            old_min, old_max = (rule.product_min_qty, rule.product_max_qty) if rule else (0.0, 0.0)
            change = self._change_percent(rule, new_min, new_max)
            over = place in bought
            review = self._review_reason(run, master, change, bool(result.capped[place]), enabled, over)
            cost = master.product.standard_price
            old_value = cost * (max(old_min - base.cover_mean[place], 0.0) + (old_max - old_min) / 2)
            values.append(
                {
                    "run_id": run.id,
                    "series_id": master.series.id,
                    "company_id": run.company_id.id,
                    "product_id": master.product.id,
                    "warehouse_id": master.warehouse.id,
                    "categ_id": master.product.categ_id.id,
                    "orderpoint_id": rule.id,
                    "policy_id": master.policy.id,
                    "policy_version": master.policy.version,
                    "had_rule": bool(rule),
                    "old_min": old_min,
                    "old_max": old_max,
                    "old_managed": rule.medical_managed,
                    "new_min": new_min,
                    "new_max": new_max,
                    "change_percent": change,
                    "safety_stock": float(result.safety_stock[place]),
                    "old_service": 100.0 * float(before[place]) if rule else 0.0,
                    "new_service": 100.0 * float(after[place]),
                    "new_fill_rate": 100.0 * float(fill[place]),
                    "old_value": old_value,
                    "new_value": float(result.stock_value[place]),
                    "value_change": float(result.stock_value[place]) - old_value,
                    "order_minimum": master.minimum,
                    "limits": "last_buy" if over else ",".join(result.limits[place]),
                    "review_reason": review,
                    "state": "ready" if review == "none" else "review",
                }
            )
        unchanged.write({"outcome": "unchanged"})
        self.env["medical.reorder.proposal"]._guarded_create(values)
        series.browse([row["series_id"] for row in values]).write({"outcome": "proposed"})

    @api.model
    def _without_rules(self, result, rows):
        """The result with minimum and maximum 0 for ``rows``: the last buy has to do."""
        if not rows:
            return result
        zeroed = {}
        for name in ("new_min", "new_max", "order_quantity", "safety_stock", "mean_stock", "stock_value"):
            zeroed[name] = getattr(result, name).copy()
            zeroed[name][rows] = 0.0
        return replace(result, **zeroed)

    @api.model
    def _same(self, rule, new_min, new_max):
        unit = rule.product_uom
        return not unit.compare(rule.product_min_qty, new_min) and not unit.compare(rule.product_max_qty, new_max)

    @api.model
    def _change_percent(self, rule, new_min, new_max):
        """The larger relative change of minimum and maximum; 100 for a rule that is new."""
        if not rule:
            return 100.0
        changes = [
            abs(new - old) / max(abs(old), 1.0)
            for new, old in ((new_min, rule.product_min_qty), (new_max, rule.product_max_qty))
        ]
        return round(100.0 * max(changes), 2)

    @api.model
    def _review_reason(self, run, master, change, capped, enabled, over=False):
        """Why a planner has to look at a proposal before it is written; 'none' if nobody has to."""
        policy, rule = master.policy, master.rule
        if master.product.categ_id.id not in enabled.get(master.warehouse.id, ()):
            return "scope"
        if run.scenario != "base":
            return "scenario"
        if not rule:
            return "none" if policy.create_rules else "create"
        if not rule.medical_managed and not policy.take_over:
            return "take_over"
        last = rule.medical_proposal_id
        if rule.medical_managed and last and not self._same(rule, last.new_min, last.new_max):
            return "by_hand"
        if over:
            # The planner decided with the date of the last buy: an order after it could not be placed anyhow.
            return "none"
        if master.series.turn_factor > 1.0:
            # Bounded by the surge already: what is used does not stop because somebody is away.
            return "none"
        if capped:
            return "cap"
        if change > policy.tolerance_percent:
            return "tolerance"
        return "none"
