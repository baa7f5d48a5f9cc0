from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import LazyTranslate, float_round, format_date

from odoo.addons.medical_base.document import PLANNER, step

_lt = LazyTranslate(__name__)


class MedicalForecastAlert(models.Model):
    """Something a planner or buyer should look at. One open alert per matter, however often it is seen."""

    _name = "medical.forecast.alert"
    _description = "Planning Alert"
    _inherit = ["medical.document.mixin", "medical.run.follower", "mail.thread", "mail.activity.mixin"]
    _order = "severity, last_seen desc, id desc"
    _check_company_auto = True
    _guarded_fields = ("kind", "key", "closed_by", "first_seen", "last_seen", "count", "sentence")
    _audited_fields = ("state", "user_id")
    # Kinds that a run looks for in the whole company: what it does not find again has passed.
    _company_wide: tuple[str, ...] = ("target",)

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    kind = fields.Selection(
        [
            ("spike", "Spike"),
            ("drop", "Drop"),
            ("class_change", "Change of Demand Class"),
            ("target", "Accuracy Target Missed"),
        ],
        required=True,
        readonly=True,
        copy=False,
    )
    key = fields.Char(required=True, readonly=True, copy=False)
    severity = fields.Selection(
        [("1_high", "High"), ("2_medium", "Medium"), ("3_low", "Low")], required=True, readonly=True, default="2_medium"
    )
    sentence = fields.Char("What", required=True, readonly=True, copy=False)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="cascade", index="btree_not_null")
    categ_id = fields.Many2one(related="product_id.categ_id", string="Product Category", store=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, ondelete="cascade")
    series_id = fields.Many2one(
        "medical.forecast.series", "Forecast", readonly=True, ondelete="set null", index="btree_not_null"
    )
    target_id = fields.Many2one(
        "medical.accuracy.target", "Accuracy Target", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    first_seen = fields.Date(required=True, readonly=True, copy=False)
    last_seen = fields.Date(required=True, readonly=True, copy=False)
    count = fields.Integer(
        "Times Seen", default=1, readonly=True, copy=False, help="On how many dates of data it was found."
    )
    run_id = fields.Many2one(
        "medical.forecast.run", "Last Run", readonly=True, ondelete="set null", index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", "Owner", domain="[('share', '=', False)]", tracking=True)
    state = fields.Selection([("open", "Open"), ("acknowledged", "Acknowledged"), ("closed", "Closed")])
    closed_by = fields.Selection([("person", "A person"), ("passed", "It passed")], readonly=True, copy=False)
    closed_date = fields.Datetime(readonly=True, copy=False)

    _one_open = models.UniqueIndex("(company_id, key) WHERE state <> 'closed'")

    @api.depends("kind", "product_id", "warehouse_id", "target_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for alert in self:
            about = alert._about_name()
            alert.display_name = f"{kinds.get(alert.kind)}: {about}" if about else kinds.get(alert.kind)

    def _about_name(self):
        return self.product_id.display_name or self.target_id.name or ""

    # What people do

    def _kept_out(self, step):
        if self.env.su or self.env.user._medical_has_group(PLANNER):
            return super()._kept_out(step)
        sentence = self.env._("Only planners and the owner of an alert acknowledge or close it.")
        return {alert: sentence for alert in self if alert.user_id != self.env.user} | super()._kept_out(step)

    @step("open", to="acknowledged", label=_lt("Acknowledge"), access="read")
    def action_acknowledge(self):
        """Somebody is on it: the alert stays until it passes or is closed."""
        self._end_activities()

    @step("open", "acknowledged", to="closed", label=_lt("Close"), access="read", on="closed_date")
    def action_close(self):
        """A person says that nothing is left to do."""
        self._close("person")

    @step("open", "acknowledged", to="closed", label=_lt("Passed"), system=True, on="closed_date")
    def _pass(self):
        """What it was about is not there any more."""
        self._close("passed")

    def action_view_source(self):
        """What the alert is about."""
        self.ensure_one()
        record = self._source()
        if not record:
            raise UserError(
                self.env._("%(alert)s: the forecast it was found in has been removed since.", alert=self.display_name)
            )
        return record.get_formview_action()

    def _source(self):
        """The record that the alert is about."""
        return self.target_id or self.series_id

    def _close(self, how):
        self.sudo()._guarded_write({"closed_by": how})  # sudo: owners who are no planners close their own alerts
        self._end_activities()

    def _end_activities(self):
        self.sudo().activity_ids.unlink()  # sudo: as in _close

    # What runs do

    @api.model
    def _after_batch(self, batch):
        """Spikes, drops and changes of class among the series of one batch."""
        from ..engine import anomaly

        forecast = batch.forecast
        if not len(forecast.keys) or not batch.run._is_news():
            return
        actual, expected, recent = batch.newest()
        found = anomaly.surprises(actual, expected[:, -1], recent, forecast.demand_class)
        before = self._classes_before(batch.series)
        values = []
        for place, row in enumerate(forecast.keys):
            record = batch.series[row]
            if record.state != "done":
                continue
            kind = found.kind[place]
            if kind:
                values.append(
                    {
                        **self._about(record, kind),
                        "severity": "1_high" if found.severity[place] == "high" else "2_medium",
                        "sentence": self._surprise_text(record, actual[place], found, place, batch.panel.starts[-1]),
                    }
                )
            old, new = before.get((record.product_id.id, record.warehouse_id.id)), record.demand_class
            if old and old != new and "new" not in (old, new):
                values.append(
                    {
                        **self._about(record, "class_change"),
                        "severity": "3_low",
                        "sentence": self._class_text(record, old, forecast.adi[place], forecast.cv2[place]),
                    }
                )
        self._see(batch.run, values)

    @api.model
    def _about(self, series, kind):
        return {
            "kind": kind,
            "key": f"{kind}:{series.product_id.id}:{series.warehouse_id.id}",
            "product_id": series.product_id.id,
            "warehouse_id": series.warehouse_id.id,
            "series_id": series.id,
        }

    @api.model
    def _surprise_text(self, series, actual, found, place, start):
        def number(value):
            return f"{float_round(float(value), precision_digits=1):g}"

        return self.env._(
            "Demand of %(actual)s %(unit)s in the period from %(start)s; %(expected)s were forecast, and forecasts were "
            "off by about %(spread)s before.",
            actual=number(actual),
            unit=series.uom_id.name,
            start=format_date(self.env, start),
            expected=number(found.expected[place]),
            spread=number(found.spread[place]),
        )

    @api.model
    def _class_text(self, series, old, adi, cv2):
        names = dict(series._fields["demand_class"]._description_selection(self.env))
        return self.env._(
            "Demand was %(old)s and is %(new)s now: one demand every %(adi).1f periods, squared variation %(cv2).2f. "
            "Check policy and order size.",
            old=names[old].lower(),
            new=names[series.demand_class].lower(),
            adi=adi,
            cv2=cv2,
        )

    @api.model
    def _classes_before(self, series):
        """(product id, warehouse id) → demand class of the forecast in use."""
        domain = [("is_current", "=", True), ("company_id", "=", series.company_id.id), ("demand_class", "!=", False)]
        rows = self.env["medical.forecast.series"].search_fetch(
            [*domain, ("product_id", "in", series.product_id.ids)], ["product_id", "warehouse_id", "demand_class"]
        )
        return {(row.product_id.id, row.warehouse_id.id): row.demand_class for row in rows}

    @api.model
    def _after_run(self, run):
        """Everything that is looked for in the whole company; what is not found again has passed."""
        if run._is_news():
            self._see(run, self._company_findings(run))
            self._close_passed(run)

    @api.model
    def _company_findings(self, run):
        """Values of alerts about the whole company: accuracy targets that were missed as often running as makes them red."""
        targets = self.env["medical.accuracy.target"].search(
            [("company_id", "=", run.company_id.id), ("status", "=", "red")]
        )
        metrics = dict(targets._fields["metric"]._description_selection(self.env))
        return [
            {
                "kind": "target",
                "key": f"target:{target.id}",
                "target_id": target.id,
                "warehouse_id": target.warehouse_id.id,
                "severity": "1_high",
                "user_id": target.user_id.id,
                "sentence": self.env._(
                    "%(target)s: %(metric)s %(value).0f %%, at most %(limit).0f %% are asked for; missed "
                    "%(periods)d periods running.",
                    target=target.name,
                    metric=metrics[target.metric],
                    value=target.last_value,
                    limit=target.target_percent,
                    periods=target.periods,
                ),
            }
            for target in targets
        ]

    @api.model
    def _see(self, run, values):
        """Open what is new, count what is known; at most one open alert per key."""
        keys = [row["key"] for row in values]
        known = self.search_fetch(self._open_domain(run) & Domain("key", "in", keys), ["key", "count", "last_seen"])
        known = {alert.key: alert for alert in known}
        settled = self._settled(run, keys)
        new = []
        for row in values:
            if row["key"] in settled:
                continue
            alert = known.get(row["key"])
            seen = {"last_seen": run.as_of, "run_id": run.id, "sentence": row["sentence"], "severity": row["severity"]}
            if alert is None:
                new.append({**row, **seen, "company_id": run.company_id.id, "first_seen": run.as_of})
                continue
            if "series_id" in row:
                seen["series_id"] = row["series_id"]
            if alert.last_seen != run.as_of:
                seen["count"] = alert.count + 1
            alert._guarded_write(seen)
        if not new:
            return
        owners = self._owners(run, {row.get("product_id") for row in new if not row.get("user_id")})
        for row in new:
            row["user_id"] = (
                row.get("user_id") or owners.get(row.get("product_id")) or run.company_id._medical_owner().id
            )
        self.with_context(tracking_disable=True)._guarded_create(new)._ask_owners()

    @api.model
    def _open_domain(self, run):
        return Domain("company_id", "=", run.company_id.id) & Domain("state", "!=", "closed")

    @api.model
    def _settled(self, run, keys):
        """Keys that a person closed on the data that ``run`` sees: not news any more."""
        closed = Domain("company_id", "=", run.company_id.id) & Domain("closed_by", "=", "person")
        found = self.search_fetch(closed & Domain("key", "in", keys) & self._settled_domain(run), ["key"])
        return set(found.mapped("key"))

    @api.model
    def _settled_domain(self, run):
        """Closed alerts that ``run`` does not open again. The newest whole period says what is new in demand."""
        company = run.company_id
        after = company._medical_periods_after(self.env["medical.demand.panel"]._last_period(company, run.as_of), 1)
        return Domain("last_seen", ">=", after[0] - timedelta(days=1))

    @api.model
    def _owners(self, run, product_ids):
        """Product id → user responsible for it who plans; the company's planner has the rest."""
        products = self.env["product.product"].browse([id_ for id_ in product_ids if id_]).with_company(run.company_id)
        planners = self.env.ref("medical_base.group_medical_planner").all_user_ids
        return {
            product.id: product.responsible_id.id
            for product in products
            if product.responsible_id and product.responsible_id in planners
        }

    def _ask_owners(self):
        """One activity per alert that is not merely for information, made per owner."""
        for owner, alerts in self.filtered(lambda alert: alert.severity != "3_low").grouped("user_id").items():
            alerts.with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_warning", user_id=owner.id, summary=self.env._("Planning alert")
            )

    @api.model
    def _close_passed(self, run):
        """Close what ``run`` looked at and did not find again."""
        not_found = Domain("run_id", "!=", run.id) | Domain("run_id", "=", False)
        opened = self.search(self._open_domain(run) & not_found)
        pairs = {
            (product.id, warehouse.id)
            for product, warehouse in self.env["medical.forecast.series"]._read_group(
                [("run_id", "=", run.id), ("state", "in", ("done", "blocked"))], ["product_id", "warehouse_id"]
            )
        }
        # A change of class is news: it stays until somebody has read it.
        passed = opened.filtered(
            lambda alert: (
                alert.kind in self._company_wide
                or alert.kind in ("spike", "drop")
                and (alert.product_id.id, alert.warehouse_id.id) in pairs
            )
        )
        passed._pass()
