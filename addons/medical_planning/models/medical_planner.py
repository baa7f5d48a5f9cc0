"""From forecast to proposal for a batch of series."""

from odoo import models

from .medical_planning_master import arrays, policy_set


class MedicalPlanner(models.AbstractModel):
    _name = "medical.planner"
    _description = "Planner"

    # Turns

    def _turns(self, batch):
        """Mark the series whose demand jumped, or has been low for long; what runs were told to raise stays marked."""
        import numpy as np

        from ..engine import turns

        rows = list(batch.forecast.keys)
        if not rows:
            return
        actual, expected, recent = batch.newest()
        policies = [batch.masters[row].policy for row in rows]
        limit = np.array([policy.surge_percent / 100.0 for policy in policies])
        up = turns.surges(actual, expected[:, -1], recent, batch.forecast.demand_class, limit)
        low = np.array([policy.decline_periods for policy in policies], dtype=int)
        cleaned = batch.cleaned.values[rows, -expected.shape[1] :]
        down = turns.declines(cleaned, expected, batch.forecast.demand_class, low)
        for place, row in enumerate(rows):
            record = batch.series[row]
            if record.turn_kind == "together":
                record.turn_factor = min(record.turn_factor, 1.0 + limit[place])
            elif up[place] > 1:
                record.write({"turn_kind": "surge", "turn_factor": float(up[place])})
            elif down[place] < 1:
                record.write({"turn_kind": "decline", "turn_factor": float(down[place])})

    # Proposals

    def _policy_input(self, batch, chosen):
        """The policy engine's input in the base scenario; ``chosen``: (position in the forecast, Master)."""
        import numpy as np

        from ..engine import policy, sharing

        rows, masters = np.array([index for index, _master in chosen]), [master for _index, master in chosen]
        policies, rules = [master.policy for master in masters], [master.rule for master in masters]
        decides, known = policy_set(policies), arrays(masters)
        del known["lead"]
        turn = np.array([master.series.turn_factor or 1.0 for master in masters])
        surge = np.array([(policy.surge_percent + policy.tolerance_percent) / 100.0 for policy in policies])
        asked = policy.asked(
            batch.forecast,
            rows,
            batch.company._medical_period_days(),
            turn,
            review=decides.review,
            target=decides.target,
            target_fill=decides.target_fill,
            cap=np.where(turn > 1.0, surge, decides.cap),
            old_min=np.array([rule.product_min_qty if rule else np.nan for rule in rules]),
            old_max=np.array([rule.product_max_qty if rule else np.nan for rule in rules]),
            **known,
        )
        return sharing.with_shared_targets(asked, decides.least, decides.owner, batch.forecast.demand_class[rows])

    def _propose(self, batch):
        """Compare what the rules should be with what they are; write proposals where it matters."""
        import numpy as np

        from ..engine import policy

        run, series, masters = batch.run, batch.series, batch.masters
        chosen = []
        rules = self.env["stock.warehouse.orderpoint"].union(*(master.rule for master in masters))
        overridden = self.env["medical.planner.override"]._active_on(rules)
        for index, key in enumerate(batch.forecast.keys):
            master = masters[key]
            if series[key].state != "done":
                continue
            if master.rule.id in overridden:
                series[key].outcome = "override"
            elif master.rule.medical_by_hand:
                series[key].outcome = "by_hand"
            elif master.rule and not master.rule.active:
                series[key].outcome = "archived"
            elif not master.policy:
                series[key].outcome = "no_policy"
            else:
                chosen.append((index, master))
        if not chosen:
            return
        base, company = self._policy_input(batch, chosen), run.company_id
        more = {"base": 0.0, "high": company.medical_high_percent, "low": -company.medical_low_percent}[run.scenario]
        result = policy.decide(base.scaled(1.0 + more / 100.0))
        bought = self.env["medical.product.lifecycle"]._last_bought(run, [master for _index, master in chosen])
        # The last buy has to do.
        result = result.without_rules(bought)
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

    def _same(self, rule, new_min, new_max):
        unit = rule.product_uom
        return not unit.compare(rule.product_min_qty, new_min) and not unit.compare(rule.product_max_qty, new_max)

    def _change_percent(self, rule, new_min, new_max):
        """The larger relative change of minimum and maximum; 100 for a rule that is new."""
        if not rule:
            return 100.0
        changes = [
            abs(new - old) / max(abs(old), 1.0)
            for new, old in ((new_min, rule.product_min_qty), (new_max, rule.product_max_qty))
        ]
        return round(100.0 * max(changes), 2)

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
        return "tolerance" if change > policy.tolerance_percent else "none"
