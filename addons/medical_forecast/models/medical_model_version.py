from importlib import util

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import PLANNER, step

_lt = LazyTranslate(__name__)
# What a version says about how to forecast; none of it changes once it is approved.
SETTINGS = (
    *("origins", "min_observations", "use_trend", "use_season", "use_regression", "use_trees"),
    *("drift_limit", "drift_periods"),
)
# Series that a trial looks at, the newest forecasts first.
_TRIAL_SERIES = 5000


class MedicalModelVersion(models.Model):
    """What a forecast is made with. A version serves only after somebody approved it.

    Draft → approved → in service → approved again, when another one serves → retired. Exactly one serves.
    """

    _name = "medical.model.version"
    _description = "Forecast Model Version"
    _inherit = ["medical.document.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _guarded_fields = ("metrics", "data_hash")
    _settles = {"draft": SETTINGS}
    _kept_from = "approved"
    _audited_fields = ("name", "state", *SETTINGS, "approved_by_id")

    name = fields.Char(required=True)
    note = fields.Text()
    origins = fields.Integer(
        "Backtest Origins", default=8, required=True, help="From how many past dates each method is tried."
    )
    min_observations = fields.Integer(
        default=3, required=True, help="A series with fewer periods of demand is not forecast."
    )
    use_trend = fields.Boolean(
        "Trends", default=True, help="Methods that go on with a trend take part in the backtest."
    )
    use_season = fields.Boolean(
        "Seasons", default=True, help="Methods with a season, own or shared by all products, take part in the backtest."
    )
    use_regression = fields.Boolean(
        "Regression over All Products",
        help="A regression on recent demand, the seasons before and external series, learned over all products. It makes "
        "the forecast of a demand class, near or far ahead, only where it takes a twentieth off the error of the backtest.",
    )
    use_trees = fields.Boolean(
        "Boosted Trees over All Products", help="As the regression, with boosted trees. The better one counts."
    )
    drift_limit = fields.Float(
        default=2.0,
        required=True,
        help="Error of issued forecasts over the error their backtest promised, per demand class. Above it in every "
        "one of the last periods, the version that served before comes back. 0: never.",
    )
    drift_periods = fields.Integer(
        default=3, required=True, help="How many periods running the limit has to be passed."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("serving", "In Service"), ("retired", "Retired")]
    )
    approved_by_id = fields.Many2one("res.users", copy=False, readonly=True)
    approved_date = fields.Datetime(copy=False, readonly=True)
    served_date = fields.Datetime("Last Put in Service", copy=False, readonly=True)
    trained_by_id = fields.Many2one("res.users", "Tried by", copy=False, readonly=True)
    trained_date = fields.Datetime("Tried on", copy=False, readonly=True)
    data_hash = fields.Char(
        copy=False, readonly=True, help="Digest of demand and settings of the trial; equal input gives an equal digest."
    )
    metrics = fields.Json(copy=False, readonly=True, help="Backtest of the last trial per demand class.")
    accuracy_ids = fields.One2many("medical.forecast.accuracy", "version_id", "Live Accuracy")
    run_count = fields.Integer(compute="_compute_run_count")
    compare_id = fields.Many2one(
        "medical.model.version", "Compare with", copy=False, help="Empty: the version in service."
    )
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)
    registry = fields.Html(compute="_compute_registry", sanitize=False)

    _sane_settings = models.Constraint(
        "CHECK (origins BETWEEN 1 AND 24 AND min_observations BETWEEN 2 AND 36)",
        "Use 1 to 24 backtest origins and 2 to 36 observations.",
    )
    _sane_drift = models.Constraint(
        "CHECK ((drift_limit = 0 OR drift_limit >= 1) AND drift_periods BETWEEN 1 AND 24)",
        "The drift limit is 0 or at least 1, over 1 to 24 periods.",
    )
    _one_serves = models.UniqueIndex("(state) WHERE state = 'serving'")

    def _compute_run_count(self):
        self._medical_count("run_count", "medical.forecast.run", "version_id")

    @api.depends("compare_id", "metrics", *SETTINGS)
    def _compute_comparison(self):
        serving = self.search([("state", "=", "serving")], limit=1)
        for version in self:
            other = version.compare_id or serving
            version.comparison = self.env["ir.qweb"]._render(
                "medical_forecast.version_comparison",
                {
                    "version": version,
                    "other": other if other != version else self.browse(),
                    "settings": version._setting_rows(other),
                    "metrics": version._metric_rows(other),
                },
            )

    def _setting_rows(self, other):
        """(setting, here, there) of every setting."""
        words = {True: self.env._("Yes"), False: self.env._("No")}
        return [
            (
                self._fields[name]._description_string(self.env),
                *(words[one[name]] if self._fields[name].type == "boolean" else one[name] for one in (self, other)),
            )
            for name in SETTINGS
        ]

    def _metric_rows(self, other):
        """(demand class, here, there): backtest figures by class; None where one was not tried on it."""
        here, there = self.metrics or {}, (other.metrics if other != self else None) or {}
        labels = self.env["medical.forecast.series"]._fields["demand_class"]._description_selection(self.env)
        return [(label, here.get(name), there.get(name)) for name, label in labels if name in here or name in there]

    @api.depends("metrics", *SETTINGS)
    def _compute_registry(self):
        for version in self:
            version.registry = self.env["ir.qweb"]._render(
                "medical_forecast.version_registry",
                {"version": version, "rows": version._registry_rows(), "classes": version._tried_classes()},
            )

    def _tried_classes(self):
        """(name, label) of the demand classes of the last trial."""
        labels = self.env["medical.forecast.series"]._fields["demand_class"]._description_selection(self.env)
        return [(name, label) for name, label in labels if name in (self.metrics or {})]

    def _registry_rows(self):
        """(model, what it is, takes part, share by tried demand class as text) of every family of models there is."""
        from ..engine import smoothing

        left_out, kinds = set(self._engine_settings(1).left_out), self._pooled_kinds()
        statistical, learned = self.env._("Statistical, on the series itself"), self.env._("Learned over all products")
        models = [(name, statistical, name not in left_out) for name in smoothing.MODELS]
        models += [(name, learned, name in kinds) for name in ("regression", "trees")]
        slow = self.env._("Statistical, where a policy asks for the slow pass")
        models.append(("slow_median", slow, self._has_slow_pass()))
        families = {}
        for name, what, used in models:
            label = self.env["medical.forecast.series"]._model_label(name)
            row = families.setdefault(label, {"what": what, "used": False, "names": []})
            row["used"] |= used
            row["names"].append(name)
        tried = [name for name, _label in self._tried_classes()]
        return [
            (label, row["what"], row["used"], [self._share_text(of, row["names"]) for of in tried])
            for label, row in families.items()
        ]

    def _share_text(self, demand_class, models):
        """How much models made of the last trial's forecasts of a class, and how they did where they did not win."""
        found = self.metrics[demand_class]
        share = sum(found.get("weights", {}).get(name, 0.0) for name in models)
        gains = [row["gain"] for row in found.get("pooled", ()) if row["kind"] in models]
        if not gains and set(models) & set(self._pooled_kinds()):
            return self.env._("too little data")
        if gains and not share:
            return self.env._("error %(change)s %%", change=f"{-100 * max(gains):+.0f}")
        return f"{share:.0%}" if share >= 0.005 else ""

    def _settled_advice(self):
        return self.env._("An approved model version does not change: duplicate it, change the copy and approve that.")

    # What people do

    @step(*("draft", "approved", "serving"), label=_lt("Try"), group=PLANNER, by="trained_by_id", on="trained_date")
    def action_try(self):
        """Backtest the version on the demand of the forecasts in use; nothing is planned with it."""
        for version in self:
            version._try(self.env.company)

    @step("draft", to="approved", label=_lt("Approve"), group=PLANNER, by="approved_by_id", on="approved_date")
    def action_approve(self):
        """From now on it may serve, and does not change any more."""

    @step("approved", to="serving", label=_lt("Put in Service"), group=PLANNER, on="served_date", single=True)
    def action_serve(self):
        """New forecast runs use this version. Also the way to undo a fall-back."""
        self.ensure_one()
        before = self.search([("state", "=", "serving")])
        before._step_down()
        before.flush_recordset()
        # Of this term only what it earns from now on counts.
        self.sudo().accuracy_ids.write({"above_limit": False})  # sudo: planners only read live accuracy

    @step("serving", to="approved", label=_lt("Another One Serves"), system=True)
    def _step_down(self):
        """Exactly one serves."""

    @step("approved", to="retired", label=_lt("Retire"), group=PLANNER)
    def action_retire(self):
        """It will not serve again."""

    def action_view_runs(self):
        return self._medical_records("medical_forecast.action_medical_forecast_run", [("version_id", "in", self.ids)])

    def _serving(self):
        """The version that new runs use."""
        version = self.search([("state", "=", "serving")], limit=1)
        if not version:
            raise UserError(
                self.env._(
                    "No forecast model version is in service. Put one in service under Inventory → Configuration."
                )
            )
        return version

    # What the engine is told

    def _engine_settings(self, horizon):
        """Settings of the forecast engine under this version."""
        from ..engine import forecast as engine
        from ..engine import smoothing

        left_out = []
        for name in smoothing.MODELS:
            kind, _separator, treatment = name.partition("_")
            trend = kind == "trend"
            season = name == smoothing.SEASONAL or kind in ("ses", "trend") and treatment != "plain"
            if trend and not self.use_trend or season and not self.use_season:
                left_out.append(name)
        return engine.Settings(
            horizon=horizon, origins=self.origins, min_observations=self.min_observations, left_out=tuple(left_out)
        )

    @api.model
    def _has_slow_pass(self):
        """Whether the library of the slow models is installed."""
        return bool(util.find_spec("statsforecast"))

    def _pooled_kinds(self):
        """Models learned over all products that take part in this version."""
        self.ensure_one()
        return tuple(name for name in ("regression", "trees") if self[f"use_{name}"])

    def _try(self, company):
        """Write metrics per demand class and the digest of the data of a backtest on ``company``'s series."""
        from odoo.addons.medical_demand.engine.panel import Panel, aligned

        from ..engine import forecast as engine
        from ..engine import pooled

        series = self.env["medical.forecast.series"].search_fetch(
            [("is_current", "=", True), ("company_id", "=", company.id)],
            ["history"],
            order="id desc",
            limit=_TRIAL_SERIES,
        )
        values = aligned([(row.history or {}).get("values", []) for row in series])
        if not values.size:
            raise UserError(
                self.env._(
                    "There is no forecast of %(company)s to try this version on: run one first.", company=company.name
                )
            )
        keys = tuple((row.product_id.id, row.warehouse_id.id) for row in series)
        panel, settings = Panel(keys, values, company._medical_season()), self._engine_settings(company.medical_horizon)
        dates = max(((row.history or {}).get("dates", []) for row in series), key=len)
        outside = self.env["medical.demand.effects"]._outside(
            company, series, [fields.Date.to_date(day) for day in dates], company.medical_horizon
        )
        result, verdicts = pooled.admit(
            panel,
            engine.forecast(panel, settings),
            lambda past: engine.forecast(past, settings),
            self._pooled_kinds(),
            [told for _owner, told in outside],
        )
        self._guarded_write({"metrics": self._class_metrics(result, verdicts), "data_hash": result.data_hash})

    @api.model
    def _class_metrics(self, result, verdicts):
        """Demand class → number of series and their mean WAPE, MASE and bias, weighted by demand but for MASE; the mean
        weight of each model, and what the models learned over all products took off the error where they were tried."""
        import numpy as np

        def average(figures, weights):
            known = np.isfinite(figures) & (weights > 0)
            return round(float(np.average(figures[known], weights=weights[known])), 4) if known.any() else None

        found = {}
        for name in np.unique(result.demand_class):
            rows = result.demand_class == name
            level, even = result.level[rows], np.ones(int(rows.sum()))
            found[str(name)] = {
                "series": int(rows.sum()),
                "wape": average(result.wape[rows], level),
                "mase": average(result.mase[rows], even),
                "bias": average(result.bias[rows], level),
                "weights": {
                    model: round(float(weight), 4)
                    for model, weight in zip(result.models, result.weights[rows].mean(axis=0), strict=True)
                },
                "pooled": [
                    {"kind": one.kind, "part": one.part, "gain": round(one.gain, 4), "won": one.won}
                    for one in verdicts
                    if one.demand_class == name
                ],
            }
        return found

    # Drift

    def _fall_back(self, run, classes):
        """Put the version that served before in service, because forecasts of ``classes`` broke their promise.

        :return: the version, or an empty set where there is none: then only the activity is made
        """
        self.ensure_one()
        before = self.search(
            [("state", "=", "approved"), ("id", "!=", self.id), ("served_date", "!=", False)],
            order="served_date desc",
            limit=1,
        )
        labels = dict(self.env["medical.forecast.series"]._fields["demand_class"]._description_selection(self.env))
        names = ", ".join(labels[name] for name in classes)
        values = {"old": self.name, "classes": names, "limit": self.drift_limit, "periods": self.drift_periods}
        if before:
            text = self.env._(
                "Forecasts by %(old)s of the class %(classes)s were off by more than %(limit).1f times what their backtest "
                "promised, %(periods)d periods running. %(new)s serves again. 'Put in Service' on %(old)s undoes this.",
                new=before.name,
                **values,
            )
            before._take("action_serve", reason=text)
        else:
            text = self.env._(
                "Forecasts by %(old)s of the class %(classes)s were off by more than %(limit).1f times what their backtest "
                "promised, %(periods)d periods running. No version served before it: try and approve another one.",
                **values,
            )
        self.message_post(body=text)
        if not self.activity_ids:
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=run.company_id._medical_owner().id,
                summary=self.env._("Forecasts drift"),
                note=text,
            )
        return before
