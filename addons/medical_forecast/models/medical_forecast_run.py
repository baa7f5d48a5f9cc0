import logging
import time

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from odoo.addons.medical_base.document import PLANNER

from .medical_model_version import SETTINGS

_logger = logging.getLogger(__name__)


class MedicalForecastRun(models.Model):
    """One pass over a company's products and warehouses.

    The series to plan are written down first and worked off in batches, one transaction
    each. What is left is always in the database, so a run that was killed goes on where
    it stopped, and nothing is done twice.
    """

    _name = "medical.forecast.run"
    _description = "Forecast Run"
    _inherit = ["medical.job.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _guarded_fields = ("phase", "timings", "sources", "data_hash")
    _audited_fields = ("state",)
    _settles = {"draft": ("company_id", "as_of", "scenario", "warehouse_ids", "category_ids")}
    _number = "medical.forecast.run"
    _job_groups = (PLANNER,)
    _job_cron = "medical_forecast.ir_cron_work"
    _job_reader = "user_id"
    _lock_class = 1297370196
    _batch_size = 2000

    name = fields.Char(required=True, readonly=True, copy=False, default="/")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one("res.users", "Responsible", required=True, default=lambda self: self.env.user)
    as_of = fields.Date(
        "Data up to", help="Only what was known at the end of this day counts. Empty: the end of the data."
    )
    scenario = fields.Selection(
        [("base", "Base"), ("high", "High"), ("low", "Low")],
        default="base",
        required=True,
        help="High and Low raise or lower the demand by the percentages of the settings.",
    )
    warehouse_ids = fields.Many2many(
        "stock.warehouse",
        check_company=True,
        help="Only these warehouses; empty for all.",
        domain="[('company_id', '=', company_id)]",
    )
    category_ids = fields.Many2many("product.category", help="Only these categories with theirs; empty for all.")
    version_id = fields.Many2one(
        "medical.model.version", "Model Version", readonly=True, copy=False, ondelete="restrict"
    )
    period = fields.Selection([("week", "Weeks"), ("month", "Months")], readonly=True, copy=False)
    horizon = fields.Integer(readonly=True, copy=False)
    phase = fields.Selection(
        [("watch", "Checking past forecasts"), ("forecast", "Forecasting"), ("finish", "Summing up")],
        readonly=True,
        copy=False,
    )
    total = fields.Integer("Series to Plan")
    timings = fields.Json(readonly=True, copy=False, help="Seconds per step.")
    sources = fields.Json(readonly=True, copy=False, help="What the run was made from.")
    sources_table = fields.Html(compute="_compute_sources_table", sanitize=False)
    data_hash = fields.Char(
        readonly=True, copy=False, help="Digest of the demand, settings and version; equal input gives an equal digest."
    )

    series_ids = fields.One2many("medical.forecast.series", "run_id")
    done_count = fields.Integer("Series Done", compute="_compute_progress")
    planned_count = fields.Integer("Planned", compute="_compute_counts")
    refused_count = fields.Integer("Not Planned", compute="_compute_counts")
    repair_count = fields.Integer("Repairs", compute="_compute_counts")
    timings_text = fields.Char("Time Taken", compute="_compute_timings_text")
    wape = fields.Float("Error (WAPE)", compute="_compute_accuracy")
    wape_naive = fields.Float("Error of Naive", compute="_compute_accuracy")
    fva = fields.Float("Value Added", compute="_compute_accuracy")

    @api.depends("state", "total")
    def _compute_progress(self):
        # No super(): series are done in any order, each says so itself.
        waiting = dict(
            self.env["medical.forecast.series"]._read_group(
                [("run_id", "in", self.ids), ("state", "=", "pending")], ["run_id"], ["__count"]
            )
        )
        for run in self:
            run.done_count = run.total - waiting.get(run, 0)
            run.progress = 100.0 if run.state == "done" else 100.0 * run.done_count / run.total if run.total else 0.0

    @api.depends("state")
    def _compute_counts(self):
        series = self.env["medical.forecast.series"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count"]
        )
        self._medical_count("repair_count", "medical.demand.repair", "run_id")
        for run in self:
            of_series = {state: count for owner, state, count in series if owner == run}
            run.planned_count = of_series.get("done", 0)
            run.refused_count = sum(of_series.get(state, 0) for state in ("blocked", "refused", "failed"))

    @api.depends("timings")
    def _compute_timings_text(self):
        phases = dict(self._fields["phase"]._description_selection(self.env))
        for run in self:
            run.timings_text = ", ".join(
                self.env._("%(step)s %(seconds).1f s", step=label, seconds=run.timings[phase])
                for phase, label in phases.items()
                if phase in (run.timings or {})
            )

    @api.depends("state")
    def _compute_accuracy(self):
        """Backtest errors over all series, weighted by each one's demand per period."""
        figures = {}
        if self.ids:
            self.env["medical.forecast.series"].flush_model()
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT run_id, sum(wape * level) / nullif(sum(level), 0), sum(wape_naive * level) / nullif(sum(level), 0)
                      FROM medical_forecast_series
                     WHERE run_id = ANY(%s) AND wape IS NOT NULL AND wape_naive IS NOT NULL AND level > 0
                     GROUP BY run_id
                    """,
                    self.ids,
                )
            )
            figures = {run_id: (ours, naive) for run_id, ours, naive in rows}
        for run in self:
            run.wape, run.wape_naive = (value or 0.0 for value in figures.get(run.id, (0.0, 0.0)))
            run.fva = run.wape_naive - run.wape

    @api.depends("sources")
    def _compute_sources_table(self):
        words, missing = self._source_words(), self.env._("none: the run goes on without")
        for run in self:
            rows = [
                (*words[one["code"]], one["count"] or missing, format_date(self.env, one["newest"] or False))
                for one in run.sources or ()
            ]
            table = rows and self.env["ir.qweb"]._render("medical_forecast.run_sources", {"rows": rows})
            run.sources_table = table or False

    @api.model
    def _source_words(self):
        """Code → (source, what it is used for)."""
        return {
            "moves": (self.env._("Stock moves"), self.env._("Demand net of returns; days without stock")),
            "history": (self.env._("Imported demand"), self.env._("Demand in place of stock moves")),
            "repairs": (self.env._("Repairs taken back by planners"), self.env._("The original value counts")),
        }

    def _settled_advice(self):
        return self.env._("A run that was started does not change: make a new one for other dates or products.")

    def action_view_series(self):
        return self._open("medical_forecast.action_medical_forecast_series_all")

    def action_view_refused(self):
        return self._open(
            "medical_forecast.action_medical_forecast_series_all",
            {"search_default_not_planned": 1, "search_default_group_reason": 1, "medical_show_reason": True},
        )

    def action_view_repairs(self):
        return self._open("medical_demand.action_medical_demand_repair")

    def _open(self, xmlid, context=None):
        mine = [("run_id", "in", self.ids)]
        action = self._medical_records(xmlid, mine, **(context or {}))
        action["name"] = self.env._("%(screen)s of %(run)s", screen=action["name"], run=", ".join(self.mapped("name")))
        return action

    # Preparing

    def _prepare(self):
        """Freeze as-of, version and the list of series."""
        self.ensure_one()
        company = self.company_id
        panel = self.env["medical.demand.panel"].sudo()  # sudo: planners do not read every stock move
        as_of = self.as_of or panel._default_as_of(company)
        pairs = panel._find_pairs(company, as_of, self.warehouse_ids, self.category_ids)
        if not self.as_of:
            self.as_of = as_of
        self._guarded_write(
            {
                "sources": panel._sources(company, as_of),
                "phase": self._phases()[0],
                "version_id": self.env["medical.model.version"]._serving().id,
                "period": company.medical_period,
                "horizon": company.medical_horizon,
                "total": len(pairs),
                "message": self.env._("%(count)d series to plan", count=len(pairs)),
                "timings": {},
            }
        )
        self._insert_series(pairs)

    def _overlaps(self, other):
        return not (self.warehouse_ids and other.warehouse_ids) or bool(self.warehouse_ids & other.warehouse_ids)

    def _insert_series(self, pairs):
        """One statement for all pairs; they are worked off in the order of their products."""
        self.flush_recordset()
        products = self.env["product.product"].browse([product for product, _warehouse in pairs])
        self.env["medical.forecast.series"]._insert_rows(
            {
                "run_id": self.id,
                "company_id": self.company_id.id,
                "as_of": self.as_of,
                "state": "pending",
                "is_current": False,
            },
            {
                "product_id": products.ids,
                "warehouse_id": [warehouse for _product, warehouse in pairs],
                "categ_id": [product.categ_id.id for product in products],
            },
        )

    # Working

    @api.model
    def _phases(self):
        """Names of the phases in their order. ``_step_<name>`` does a batch of one, and says whether nothing is left."""
        return ["watch", "forecast", "finish"]

    @api.model
    def _follower_names(self):
        """Names of the models that do their part in runs, in this order; see ``medical.run.follower``."""
        return ["medical.forecast.accuracy", "medical.forecast.level", "medical.forecast.alert"]

    def _followers(self):
        return [self.env[name] for name in self._follower_names()]

    def _work_batch(self):
        """Do one batch of the present phase, and go on to the next where nothing is left."""
        self.ensure_one()
        begin = time.monotonic()
        phase, phases = self.phase, self._phases()
        over = getattr(self, f"_step_{phase}")()
        # What core recomputes when rules are written belongs to the step that wrote them.
        self.env.flush_all()
        timings = dict(self.timings or {})
        timings[phase] = round(timings.get(phase, 0.0) + time.monotonic() - begin, 3)
        self._guarded_write({"timings": timings})
        if over and phase == phases[-1]:
            self._end()
        elif over:
            self._guarded_write({"phase": phases[phases.index(phase) + 1]})
        return 1

    def _step_watch(self):
        """Hold what was forecast for the last period against what came: a version that drifts forecasts nothing more."""
        # sudo: planners only read what runs find out.
        run = self.sudo()
        for follower in run._followers():
            follower._before_run(run)
        return True

    def _is_news(self):
        """Whether the run speaks of the present: scenarios and looks back at earlier dates raise no alarm."""
        self.ensure_one()
        later = Domain("company_id", "=", self.company_id.id) & Domain("as_of", ">", self.as_of)
        finished = Domain("state", "not in", ("draft", "running", "failed", "cancelled"))
        return self.scenario == "base" and not self.search_count(later & finished, limit=1)

    def _step_forecast(self):
        waiting = self.env["medical.forecast.series"].search_fetch(
            [("run_id", "=", self.id), ("state", "=", "pending")],
            ["product_id", "warehouse_id", "state"],
            order="id",
            limit=self._batch_size,
        )
        if not waiting:
            return True
        # sudo: the results are readable but not writable for planners; the run writes them.
        self.sudo()._plan_or_isolate(waiting.sudo())
        self.invalidate_recordset(["done_count", "progress"])
        message = self.env._("%(done)d of %(total)d series planned", done=self.done_count, total=self.total)
        self._guarded_write({"message": message})
        return False

    def _plan_or_isolate(self, series):
        """Plan a batch; when that fails, halve it until what fails stands alone."""
        try:
            with self.env.cr.savepoint():
                self.env["medical.forecaster"]._plan(self, series)
        except OperationalError:
            raise
        except Exception as error:
            if len(series) > 1:
                middle = len(series) // 2
                self._plan_or_isolate(series[:middle])
                self._plan_or_isolate(series[middle:])
                return
            _logger.exception("Planning %s failed", series.display_name)
            reason = self.env._("Unexpected error: %(error)s", error=str(error)[:200])
            series.write({"state": "failed", "reason_code": "error", "reason": reason})

    def _step_finish(self):
        """Put the run's series in use and its predecessors' out, and let the followers do their part."""
        # sudo: planners only read what runs find out.
        run = self.sudo()
        if run.scenario == "base":
            run._put_in_use()
        for follower in run._followers():
            follower._after_run(run)
        return True

    def _put_in_use(self):
        series = self.env["medical.forecast.series"]
        series.flush_model()
        # Two statements, because one with OR joins every series with every other.
        self.env.cr.execute(
            SQL(
                """
                UPDATE medical_forecast_series other SET is_current = false
                  FROM medical_forecast_series mine
                 WHERE mine.run_id = %(run)s AND mine.company_id = other.company_id
                   AND mine.product_id = other.product_id AND mine.warehouse_id = other.warehouse_id
                   AND other.is_current AND other.run_id <> %(run)s
                """,
                run=self.id,
            )
        )
        in_use = "UPDATE medical_forecast_series SET is_current = (state IN ('done', 'blocked')) WHERE run_id = %s"
        self.env.cr.execute(SQL(in_use, self.id))
        series.invalidate_model()

    def _end(self):
        self.invalidate_recordset(["planned_count", "refused_count"])
        figures = {"planned": self.planned_count, "refused": self.refused_count}
        message = self.env._("%(planned)d planned, %(refused)d not plannable", **figures)
        self._guarded_write({"data_hash": self._digest(), "message": message})
        self._finish()

    def _digest(self):
        """SHA-256 over the demand of all series in order and the settings (R011: same input, same output)."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT encode(sha256(convert_to(coalesce(string_agg(
                           product_id || ':' || warehouse_id || ':' || coalesce(history::text, '')
                           || coalesce(effects::text, ''), '|'
                           ORDER BY product_id, warehouse_id), ''), 'UTF8')), 'hex')
                  FROM medical_forecast_series WHERE run_id = %s
                """,
                self.id,
            )
        )
        settings = [*(self.version_id[name] for name in SETTINGS), self.period, self.horizon]
        return ":".join(map(str, (rows[0][0], *settings)))

    # Keeping

    @api.autovacuum
    def _gc_old_runs(self):
        """Remove old runs with all that belongs to them, but for the series that are in use or referred to, and their runs."""
        series = self.env["medical.forecast.series"]
        for (company,) in self._read_group([("state", "!=", "running")], ["company_id"]):
            old = self.search(
                [("company_id", "=", company.id), ("state", "!=", "running")], offset=company.medical_keep_runs
            )
            referred = old._referred_series()
            series.search(
                [("run_id", "in", old.ids), ("id", "not in", referred.ids), ("is_current", "=", False)], limit=50000
            ).unlink()
            (old - old._with_series()).unlink()

    def _referred_series(self):
        """Series of these runs that other records refer to; other addons know which."""
        return self.env["medical.forecast.series"]

    def _with_series(self):
        return self.browse(
            run.id
            for (run,) in self.env["medical.forecast.series"]._read_group([("run_id", "in", self.ids)], ["run_id"])
        )

    def _kept(self):
        # A run of which nothing is left is no record any more: _gc_old_runs took its series, which people cannot.
        kept = super()._kept().sudo()  # superuser: as there
        return (kept.filtered(lambda run: run.state == "running") | kept._with_series()).with_env(self.env)

    # The command line

    @api.model
    def _run_now(self, company, *, as_of=None, scenario="base", report=None):
        """Plan a company to the end in this process, committing after each batch.

        Goes on with a run that was left unfinished. ``report(run)`` is called after each batch.
        """
        run = self.search([("company_id", "=", company.id), ("state", "=", "running")], order="id", limit=1)
        if not run:
            owner = company._medical_owner()
            run = self.create([{"company_id": company.id, "user_id": owner.id, "as_of": as_of, "scenario": scenario}])

        def go_on(_left):
            self.env["ir.cron"]._commit_progress()
            if report:
                report(run)
            return True

        # The scheduled action, which a start wakes, leaves alone what is worked on here.
        with run._alone():
            if run.state == "draft":
                run._take("action_start")
                self.env["ir.cron"]._commit_progress()
            run._work(go_on)
        return run
