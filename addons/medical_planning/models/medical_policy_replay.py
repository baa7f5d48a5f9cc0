from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

from odoo.addons.medical_base.document import PLANNER

from .medical_planning_master import arrays, policy_set
from .medical_policy_replay_result import RULES
from .medical_policy_replay_scenario import REQUIRED_KINDS

# What a release looks at: field, whether more is better, and how much worse it may be before it counts as worse (points;
# for money percent). Less would be noise of the replications.
JUDGED = (
    ("fill_rate", True, 0.5),
    ("cycle_service", True, 0.5),
    ("stockout_share", False, 0.5),
    ("worst_service", True, 1.0),
    ("cost", False, 1.0),
)
SHOWN = (
    *("fill_rate", "cycle_service", "stockout_share", "worst_service"),
    *("stock_value", "turnover_days", "orders", "expired_value", "volume", "cost"),
)
MONEY = ("stock_value", "expired_value", "cost")


class MedicalPolicyReplay(models.Model):
    """Policies on the company's own history: what would have been on the shelf, day by day, had they decided.

    The products are worked off in batches, one transaction each, in the background. What is left is always in the
    database, so a replay that was killed goes on where it stopped.
    """

    _name = "medical.policy.replay"
    _description = "Policy Replay"
    _inherit = ["medical.job.mixin", "mail.thread"]
    _order = "id desc"
    _check_company_auto = True
    _guarded_fields = ("as_of", "settings", "compared_version", "worse", "worst_products")
    _settles = {
        "draft": (
            *("company_id", "version_id", "periods", "replications", "holding_percent"),
            *("order_cost", "stockout_percent", "lost_sales", "scenario_ids"),
        )
    }
    _number = "medical.policy.replay"
    _job_groups = (PLANNER,)
    _job_cron = "medical_planning.ir_cron_replay"
    _job_reader = "user_id"
    _lock_class = 1297370197
    _batch_size = 500

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one("res.users", "Responsible", required=True, default=lambda self: self.env.user)
    version_id = fields.Many2one(
        "medical.policy.version",
        "Policy Version",
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Tried in place of its policy's settings in force, on the products that either decides about. Empty: the "
        "policies in force alone, on all products.",
    )
    periods = fields.Integer(
        "Periods Replayed",
        default=lambda self: self.env.company._medical_season(),
        required=True,
        help="The last periods of the history are replayed; what is before them is what the first forecast knows.",
    )
    replications = fields.Integer(default=10, required=True, help="How often lead times and days of demand are drawn.")
    holding_percent = fields.Float(
        default=lambda self: self.env.company.medical_holding_percent,
        required=True,
        help="Cost of stock for a year, in percent of its value.",
    )
    order_cost = fields.Float(default=50.0, required=True, help="Cost of placing and receiving an order line.")
    stockout_percent = fields.Float(
        "Cost of Unserved Demand (%)", default=100.0, required=True, help="In percent of the product's cost."
    )
    lost_sales = fields.Boolean(help="Demand that cannot be served is lost; otherwise it waits.")
    scenario_ids = fields.One2many("medical.policy.replay.scenario", "replay_id", "Scenarios")
    result_ids = fields.One2many("medical.policy.replay.result", "replay_id", "Results", readonly=True)
    batch_ids = fields.One2many("medical.policy.replay.batch", "replay_id", readonly=True)
    as_of = fields.Date("Data up to", readonly=True, copy=False)
    total = fields.Integer("Product-Warehouses")
    settings = fields.Json(readonly=True, copy=False, help="Settings of the version when the replay began.")
    compared_version = fields.Integer(readonly=True, copy=False, help="Version in force when the replay began.")
    worse = fields.Json(readonly=True, copy=False, help="Figures that are worse than in force.")
    worst_products = fields.Json(readonly=True, copy=False)
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)

    _sane_numbers = models.Constraint(
        "CHECK (periods BETWEEN 3 AND 156 AND replications BETWEEN 1 AND 100 AND holding_percent >= 0 AND order_cost >= 0 "
        "AND stockout_percent >= 0)",
        "Replay 3 to 156 periods with 1 to 100 replications; costs are not negative.",
    )

    @api.depends("state", "total")
    def _compute_progress(self):
        # No super(): what is done stands in the batches.
        batches = self.env["medical.policy.replay.batch"]._read_group(
            [("replay_id", "in", self.ids)], ["replay_id", "is_done"], ["__count"]
        )
        counts = {(replay, done): count for replay, done, count in batches}
        for replay in self:
            done, left = counts.get((replay, True), 0), counts.get((replay, False), 0)
            replay.progress = 100.0 if replay.state == "done" else 100.0 * done / (done + left) if done + left else 0.0

    @api.depends("state", "result_ids", "worse")
    def _compute_comparison(self):
        for replay in self:
            replay.comparison = replay.state == "done" and self.env["ir.qweb"]._render(
                "medical_planning.policy_replay_comparison", {"replay": replay, "tables": replay._comparison_tables()}
            )

    @api.model_create_multi
    def create(self, vals_list):
        replays = super().create(vals_list)
        scenarios = self.env["medical.policy.replay.scenario"]
        scenarios._guarded_create(
            [{"replay_id": replay.id, **values} for replay in replays for values in scenarios._standard(replay)]
        )
        return replays

    def copy(self, default=None):
        """A draft with the same what-ifs."""
        copies = super().copy(default)
        for old, new in zip(self, copies, strict=True):
            old.scenario_ids.filtered(lambda scenario: scenario.kind == "what_if").copy({"replay_id": new.id})
        return copies

    def _settled_advice(self):
        return self.env._("A replay that was started does not change: duplicate it.")

    # What people do

    def _do_cancel(self):
        # sudo: batches are written by replays only.
        self.sudo().batch_ids.unlink()
        return super()._do_cancel()

    def action_view_results(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_planning.action_medical_policy_replay_result")
        return {**action, "domain": [("replay_id", "in", self.ids)]}

    # Working

    def _overlaps(self, other):
        return self.version_id == other.version_id

    def _prepare(self):
        self.ensure_one()
        if not self.scenario_ids:
            raise UserError(self.env._("%(replay)s has no scenario: add one.", replay=self.display_name))
        series = self._series()
        if not series:
            raise UserError(
                self.env._(
                    "There is no forecast to replay %(what)s on: make a forecast run first, and check which products the policy "
                    "applies to.",
                    what=self.version_id.display_name or self.env._("the policies in force"),
                )
            )
        self._guarded_write(
            {
                "as_of": max(series.mapped("as_of")),
                "total": len(series),
                "settings": self.version_id._fingerprint() if self.version_id else False,
                "compared_version": self.version_id.policy_id.version,
                "message": self.env._("%(count)d product-warehouses to replay", count=len(series)),
            }
        )
        # sudo: batches are written by replays only.
        self.env["medical.policy.replay.batch"].sudo().create(
            [
                {"replay_id": self.id, "series_ids": series.ids[at : at + self._batch_size]}
                for at in range(0, len(series), self._batch_size)
            ]
        )

    def _series(self):
        """Forecasts in use whose products a policy decides about; with a version only those it or its policy does."""
        series = self.env["medical.forecast.series"].search_fetch(
            [("company_id", "=", self.company_id.id), ("is_current", "=", True), ("state", "=", "done")],
            ["product_id", "warehouse_id", "as_of"],
            order="id",
        )
        now, trial = self._policies(series)
        policy, version = self.version_id.policy_id, self.version_id
        keep = [
            row.id
            for row, old, new in zip(series, now, trial, strict=True)
            if (new or old) and (not version or old == policy or new == version)
        ]
        return series.browse(keep)

    def _policies(self, series):
        """(policies in force, with the version in its policy's place), one of each per series."""
        policies = self.env["medical.policy"]
        pairs = policies._pairs(series)
        now = policies._by_pair(self.company_id, pairs)
        return now, policies._by_pair(self.company_id, pairs, self.version_id) if self.version_id else now

    def _work_batch(self):
        """Replay one batch, or sum up when all are done."""
        # sudo: batches and results are written by replays only.
        waiting = self.sudo().batch_ids.filtered(lambda batch: not batch.is_done)
        if not waiting:
            self.sudo()._sum_up()
            return 0
        batch = waiting[:1]
        batch.write({"figures": self.sudo()._replay(batch), "is_done": True})
        done = sum(len(part.series_ids) for part in self.sudo().batch_ids - waiting) + len(batch.series_ids)
        self._guarded_write(
            {"message": self.env._("%(done)d of %(total)d product-warehouses replayed", done=done, total=self.total)}
        )
        self.invalidate_recordset(["progress"])
        return len(waiting)

    def _replay(self, batch):
        """Figures of a batch: list of series ids, classes, costs and volumes, and per scenario and rule the engine's."""
        from ..engine.replay import company as engine

        series = self.env["medical.forecast.series"].browse(batch.series_ids).exists()
        now, trial = self._policies(series)
        masters = self.env["medical.planning.master"]._masters(self.company_id, series, self.as_of, now)
        keep = [row for row, master in enumerate(masters) if not master.blocked]
        series = series.browse([series[row].id for row in keep])
        masters = [masters[row] for row in keep]
        if not masters:
            return {"series": [], "classes": [], "unit_cost": [], "volume": [], "years": 1.0, "rules": {}}
        replay = engine.Replay(
            self._products(series, masters),
            self.env["medical.model.version"]._serving()._engine_settings(self.company_id.medical_horizon),
            self.replications,
        )
        sets = {"in_force": policy_set([now[row] for row in keep])}
        if self.version_id:
            sets["trial"] = policy_set([trial[row] for row in keep])
        figures, classes = self._figures(replay, sets, masters)
        return {
            "series": series.ids,
            "classes": classes,
            "unit_cost": [master.product.standard_price for master in masters],
            "volume": [master.product.volume for master in masters],
            "years": replay.steps * replay.step / 365.25,
            "rules": figures,
        }

    def _figures(self, replay, sets, masters):
        """({"scenario id:rule": figure → list}, demand class of each product)."""
        from ..engine.replay import company as engine

        decisive = sets.get("trial", sets["in_force"])
        found, levels = {}, {}
        for scenario in self.scenario_ids:
            asked = scenario._engine(masters)
            factor = asked.demand if asked.known else None
            for rule, decides in sets.items():
                key = (rule, asked.known and asked.demand.tobytes())
                if key not in levels:
                    levels[key] = replay.policy_levels(decides, factor)
                found[f"{scenario.id}:{rule}"] = replay.run(*levels[key], asked)
            if scenario.kind == "history":
                for name in engine.REFERENCES:
                    found[f"{scenario.id}:{name}"] = replay.run(*replay.reference_levels(name, decisive), asked)
        plain = {
            key: {name: numbers.round(6).tolist() for name, numbers in rows.items()} for key, rows in found.items()
        }
        return plain, replay.classes(decisive).astype(str).tolist()

    def _products(self, series, masters):
        """The engine's Products: demand as recorded and what is known about vendors and units."""
        import numpy as np

        from odoo.addons.medical_demand.engine import calendar

        from ..engine.replay import company as engine

        company = self.company_id
        pairs = [(master.product.id, master.warehouse.id) for master in masters]
        panel = self.env["medical.demand.panel"]._load(company, pairs, self.as_of)
        days = np.array([calendar.days_in_period(start, company.medical_period) for start in panel.starts], dtype=float)

        return engine.Products(
            values=panel.quantity,
            stockout_days=panel.stockout_days,
            days=days,
            season=company._medical_season(),
            begin=max(len(days) - self.periods, 3),
            **arrays(masters),
        )

    # Summing up

    def _sum_up(self):
        from ..engine.replay import company as engine

        batches = [figures for figures in self.batch_ids.mapped("figures") if figures["series"]]
        if not batches:
            self._fail(message=self.env._("None of the products can be planned: see why in the forecast run."))
            return
        rates = self.holding_percent / 100.0, self.order_cost, self.stockout_percent / 100.0
        values = []
        for key, demand_class, figures in engine.summed(batches, *rates):
            scenario_id, rule = key.split(":")
            keys = {"scenario_id": int(scenario_id), "rule": rule, "demand_class": demand_class}
            values.append({"replay_id": self.id, **keys, **figures})
        self.env["medical.policy.replay.result"].create(values)
        worst = self._worst(batches)
        self.batch_ids.unlink()
        total = sum(len(figures["series"]) for figures in batches)
        self._guarded_write(
            {
                "worse": self._find_worse() if self.version_id else False,
                "worst_products": worst,
                "total": total,
                "message": self.env._("%(count)d product-warehouses replayed", count=total),
            }
        )
        self._finish()

    def _worst(self, batches):
        """[name of the product and warehouse, cycle service %, fill rate %] of those served least on history."""
        from ..engine.replay import company as engine

        history = self.scenario_ids.filtered(lambda scenario: scenario.kind == "history")[:1]
        if not history:
            return []
        found = engine.least_served(batches, f"{history.id}:{'trial' if self.version_id else 'in_force'}")
        series = self.env["medical.forecast.series"].browse([series_id for series_id, *_service in found])
        return [[row.display_name, *service] for row, (_id, *service) in zip(series, found, strict=True)]

    def _is_complete(self):
        """Whether history and all stress scenarios were replayed."""
        self.ensure_one()
        return set(REQUIRED_KINDS) <= set(self.scenario_ids.mapped("kind"))

    def _find_worse(self):
        """[{scenario, figure, trial, in_force}] where the version does worse than what is in force."""
        found = self._by_rule()
        worse = []
        for scenario in self.scenario_ids.filtered(lambda scenario: scenario.kind != "what_if"):
            ours, theirs = found[scenario, "trial"], found[scenario, "in_force"]
            for name, more_is_better, allowed in JUDGED:
                loss = theirs[name] - ours[name] if more_is_better else ours[name] - theirs[name]
                if name in MONEY:
                    loss = 100.0 * loss / theirs[name] if theirs[name] else 100.0 * (loss > 0)
                if loss > allowed:
                    worse.append(
                        {"scenario": scenario.id, "figure": name, "trial": ours[name], "in_force": theirs[name]}
                    )
        return worse

    def _worse_sentences(self):
        """One sentence per scenario."""
        results = self.env["medical.policy.replay.result"]._fields
        figures = {}
        for entry in self.worse or []:
            text = self.env._(
                "%(figure)s %(new)s instead of %(old)s",
                figure=results[entry["figure"]]._description_string(self.env),
                new=self._text(entry["figure"], entry["trial"]),
                old=self._text(entry["figure"], entry["in_force"]),
            )
            figures.setdefault(entry["scenario"], []).append(text)
        return [
            f"{scenario.name}: {', '.join(figures[scenario.id])}"
            for scenario in self.scenario_ids
            if scenario.id in figures
        ]

    def _by_rule(self):
        """{(scenario, rule): result of all products}"""
        results = self.result_ids.filtered(lambda result: result.demand_class == "all")
        return {(result.scenario_id, result.rule): result for result in results}

    def _text(self, name, value):
        return formatLang(self.env, value, digits=0 if name == "orders" or name in MONEY else 1)

    def _comparison_tables(self):
        """Tables for people: scenarios side by side, then the references on history. Each: title, columns, rows of
        (label, cells of (text, css class))."""
        self.ensure_one()
        found = self._by_rule()
        labels = dict(self.env["medical.policy.replay.result"]._fields["rule"]._description_selection(self.env))
        sets = [rule for rule in ("trial", "in_force") if any(rule == key[1] for key in found)]
        worse = {(entry["scenario"], entry["figure"]) for entry in self.worse or []}
        tables = [
            {
                "title": self.env._(
                    "Scenarios side by side (money in %(currency)s)", currency=self.company_id.currency_id.name
                ),
                "groups": [scenario.name for scenario in self.scenario_ids],
                "span": len(sets),
                "columns": [labels[rule] for _scenario in self.scenario_ids for rule in sets],
                "rows": self._rows([(scenario, rule) for scenario in self.scenario_ids for rule in sets], found, worse),
            }
        ]
        history = self.scenario_ids.filtered(lambda scenario: scenario.kind == "history")[:1]
        keys = [(history, rule) for rule, _label in RULES if (history, rule) in found]
        if history:
            tables.append(
                {
                    "title": self.env._("References on history"),
                    "groups": [],
                    "span": 0,
                    "columns": [labels[rule] for _history, rule in keys],
                    "rows": self._rows(keys, found, worse),
                }
            )
        return tables

    def _rows(self, keys, found, worse):
        results = self.env["medical.policy.replay.result"]._fields
        rows = []
        for name in SHOWN:
            cells = []
            for scenario, rule in keys:
                bad = rule == "trial" and (scenario.id, name) in worse
                cells.append((self._text(name, found[scenario, rule][name]), "text-danger fw-bold" if bad else ""))
            rows.append((results[name]._description_string(self.env), cells))
        return rows


class MedicalPolicyReplayBatch(models.Model):
    """Forecasts whose products are replayed together, and what came out; emptied when the replay is summed up."""

    _name = "medical.policy.replay.batch"
    _description = "Replay Batch"

    replay_id = fields.Many2one("medical.policy.replay", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="replay_id.company_id", store=True, index=True)
    series_ids = fields.Json(required=True, help="Ids of the forecasts.")
    is_done = fields.Boolean()
    figures = fields.Json(prefetch=False)
