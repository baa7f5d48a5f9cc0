from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, float_round, format_date

# Days in which rejects pile up to a burst, and days before those that say what is usual.
REJECT_DAYS, USUAL_DAYS = 30, 365
# Kinds that a run looks for in the whole company: what it does not find again has passed.
_COMPANY_WIDE = ("late_order", "reject_burst", "target", "excess_order")


class MedicalForecastAlert(models.Model):
    """Something a planner or buyer should look at. One open alert per matter, however often it is seen."""

    _name = "medical.forecast.alert"
    _description = "Planning Alert"
    _inherit = ["medical.guarded.mixin", "medical.audited.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "severity, last_seen desc, id desc"
    _check_company_auto = True
    _guarded_fields = (
        "kind",
        "key",
        "state",
        "closed_by",
        "closed_date",
        "first_seen",
        "last_seen",
        "count",
        "sentence",
    )
    _audited_fields = ("state", "user_id")

    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    kind = fields.Selection(
        [
            ("spike", "Spike"),
            ("drop", "Drop"),
            ("class_change", "Change of Demand Class"),
            ("late_order", "Late Order"),
            ("reject_burst", "Burst of Rejects"),
            ("target", "Accuracy Target Missed"),
            ("excess_order", "Order Not Needed"),
        ],
        required=True,
        readonly=True,
        copy=False,
    )
    key = fields.Char(required=True, readonly=True, copy=False)
    severity = fields.Selection(
        [("1_high", "High"), ("2_medium", "Medium"), ("3_low", "Low")], required=True, readonly=True, default="2_medium"
    )
    sentence = fields.Char(string="What", required=True, readonly=True, copy=False)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="cascade", index="btree_not_null")
    categ_id = fields.Many2one(related="product_id.categ_id", string="Product Category", store=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, ondelete="cascade")
    series_id = fields.Many2one(
        "medical.forecast.series", string="Forecast", readonly=True, ondelete="set null", index="btree_not_null"
    )
    purchase_line_id = fields.Many2one(
        "purchase.order.line", string="Order Line", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    target_id = fields.Many2one(
        "medical.accuracy.target", string="Accuracy Target", readonly=True, ondelete="cascade", index="btree_not_null"
    )
    first_seen = fields.Date(required=True, readonly=True, copy=False)
    last_seen = fields.Date(required=True, readonly=True, copy=False)
    count = fields.Integer(
        string="Times Seen", default=1, readonly=True, copy=False, help="On how many dates of data it was found."
    )
    run_id = fields.Many2one(
        "medical.forecast.run", string="Last Run", readonly=True, ondelete="set null", index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", string="Owner", domain="[('share', '=', False)]", tracking=True)
    state = fields.Selection(
        [("open", "Open"), ("acknowledged", "Acknowledged"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    closed_by = fields.Selection([("person", "A person"), ("passed", "It passed")], readonly=True, copy=False)
    closed_date = fields.Datetime(readonly=True, copy=False)

    _one_open = models.UniqueIndex("(company_id, key) WHERE state <> 'closed'")

    @api.depends("kind", "product_id", "warehouse_id", "purchase_line_id", "target_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for alert in self:
            # sudo: the name of an order is shown to planners who do not read orders.
            order = alert.purchase_line_id.sudo().order_id
            about = alert.product_id.display_name or order.name or alert.target_id.name or ""
            alert.display_name = f"{kinds.get(alert.kind)}: {about}" if about else kinds.get(alert.kind)

    # What people do

    def _check_owner(self):
        self.check_access("read")
        planner = self.env.user.has_group("medical_base.group_medical_planner")
        if not planner and any(alert.user_id != self.env.user for alert in self):
            raise AccessError(self.env._("Only planners and the owner of an alert acknowledge or close it."))

    def action_acknowledge(self):
        """Somebody is on it: the alert stays until it passes or is closed."""
        self._check_owner()
        for alert in self:
            if alert.state != "open":
                raise UserError(self.env._("%(alert)s is not open.", alert=alert.display_name))
        # sudo: owners who are no planners may do this with their own alerts.
        self.sudo()._guarded_write({"state": "acknowledged"})
        self.sudo()._end_activities()

    def action_close(self):
        self._check_owner()
        for alert in self:
            if alert.state == "closed":
                raise UserError(self.env._("%(alert)s is closed already.", alert=alert.display_name))
        self.sudo()._close("person")  # sudo: as in action_acknowledge

    def action_view_source(self):
        """What the alert is about: the forecast, the order, the moves or the target."""
        self.ensure_one()
        if self.kind == "reject_burst":
            return self._view_rejects()
        record = self.target_id or self.purchase_line_id.order_id or self.series_id
        if not record:
            raise UserError(
                self.env._("%(alert)s: the forecast it was found in has been removed since.", alert=self.display_name)
            )
        return {"type": "ir.actions.act_window", "res_model": record._name, "res_id": record.id, "view_mode": "form"}

    def _view_rejects(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.stock_move_action")
        since = self.last_seen - timedelta(days=REJECT_DAYS)
        action["domain"] = [
            ("product_id", "=", self.product_id.id),
            ("company_id", "=", self.company_id.id),
            ("state", "=", "done"),
            ("date", ">=", since),
            "|",
            ("location_dest_id.usage", "=", "supplier"),
            ("scrap_id", "!=", False),
        ]
        action["context"] = {}
        return action

    def action_cancel_order_line(self):
        """Take a draft order line that is not needed off its request for quotation; cancel that when nothing is left."""
        self._check_owner()
        self.ensure_one()
        line = self.purchase_line_id
        if self.kind != "excess_order" or self.state == "closed":
            raise UserError(self.env._("%(alert)s proposes no order line to cancel.", alert=self.display_name))
        line.check_access("unlink")
        order = line.order_id
        if order.state not in ("draft", "sent"):
            raise UserError(
                self.env._("%(order)s is no request for quotation any more: talk to the vendor.", order=order.name)
            )
        order.message_post(
            body=self.env._(
                "%(product)s taken off: %(reason)s", product=line.product_id.display_name, reason=self.sentence
            )
        )
        # sudo: owners who are no planners may do this with their own alerts, which stay when the line goes.
        self.sudo().purchase_line_id = False
        self.sudo()._close("person")
        self.flush_recordset()
        line.unlink()
        if not order.order_line:
            order.button_cancel()

    def _close(self, how):
        self._guarded_write({"state": "closed", "closed_by": how, "closed_date": fields.Datetime.now()})
        self._end_activities()

    def _end_activities(self):
        self.activity_ids.unlink()

    # What runs do

    @api.model
    def _watches(self, run):
        """Whether ``run`` speaks of the present: scenarios and looks back at earlier dates raise no alarm."""
        newer = self.env["medical.forecast.run"].search_count(
            [
                ("company_id", "=", run.company_id.id),
                ("state", "in", ("done", "rolled_back")),
                ("as_of", ">", run.as_of),
            ],
            limit=1,
        )
        return run.scenario == "base" and not newer

    @api.model
    def _watch_batch(self, run, series, panel, cleaned, forecast):
        """Spikes, drops and changes of class among the series of one batch."""

        from ..engine import anomaly

        if not len(forecast.keys) or not self._watches(run):
            return
        rows = list(forecast.keys)
        expected = cleaned.values[rows, -1] + forecast.recent_error[:, -1]
        actual = panel.quantity[rows, -1]
        recent = forecast.recent_error.copy()
        recent[:, -1] = expected - actual
        found = anomaly.surprises(actual, expected, recent, forecast.demand_class)
        before = self._classes_before(series)
        values = []
        for place, row in enumerate(rows):
            record = series[row]
            if record.state != "done":
                continue
            kind = found.kind[place]
            if kind:
                values.append(
                    {
                        **self._about(record, kind),
                        "severity": "1_high" if found.severity[place] == "high" else "2_medium",
                        "sentence": self._surprise_text(record, actual[place], found, place, panel.starts[-1]),
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
        self._see(run, values)

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
        rows = self.env["medical.forecast.series"].search_fetch(
            [
                ("is_current", "=", True),
                ("company_id", "=", series.company_id.id),
                ("product_id", "in", series.product_id.ids),
                ("demand_class", "!=", False),
            ],
            ["product_id", "warehouse_id", "demand_class"],
        )
        return {(row.product_id.id, row.warehouse_id.id): row.demand_class for row in rows}

    @api.model
    def _watch_orders(self, run):
        """Confirmed order lines past their date with something still to come."""
        if not self._watches(run):
            return
        today = self.env.cr.now().date()
        lines = self.env["purchase.order.line"].search_fetch(
            [
                ("company_id", "=", run.company_id.id),
                ("state", "=", "purchase"),
                ("date_planned", "<", today),
                ("product_id.is_storable", "=", True),
            ],
            ["order_id", "product_id", "date_planned", "product_qty", "qty_received", "product_uom_id"],
        )
        values = []
        for line in lines:
            if line.product_uom_id.compare(line.qty_received, line.product_qty) >= 0:
                continue
            days = (today - line.date_planned.date()).days
            values.append(
                {
                    "kind": "late_order",
                    "key": f"late_order:{line.id}",
                    "product_id": line.product_id.id,
                    "warehouse_id": line.order_id.picking_type_id.warehouse_id.id,
                    "purchase_line_id": line.id,
                    "severity": "1_high" if days > 14 else "2_medium",
                    "user_id": line.order_id.user_id.id,
                    "sentence": self.env._(
                        "%(order)s of %(vendor)s is %(days)d days late: %(open)s of %(ordered)s %(unit)s are still to come.",
                        order=line.order_id.name,
                        vendor=line.order_id.partner_id.name,
                        days=days,
                        open=f"{line.product_qty - line.qty_received:g}",
                        ordered=f"{line.product_qty:g}",
                        unit=line.product_uom_id.name,
                    ),
                }
            )
        self._see(run, values)

    @api.model
    def _watch_rejects(self, run):
        """Products of which more is rejected of late than chance explains."""
        import numpy as np

        from ..engine import anomaly

        rows = self._rejects(run) if self._watches(run) else []
        if not rows:
            return
        figures = np.array([row[1:] for row in rows], dtype=float)
        recent, before, rejected, received = figures.T
        share = np.where(received > 0, rejected / np.where(received > 0, received, 1.0), np.nan)
        found = anomaly.bursts(recent, before, REJECT_DAYS, USUAL_DAYS, share)
        products = self.env["product.product"].browse([row[0] for row in rows])
        values = []
        for place in np.flatnonzero(found.hit).tolist():
            product = products[place]
            values.append(
                {
                    "kind": "reject_burst",
                    "key": f"reject_burst:{product.id}",
                    "product_id": product.id,
                    "severity": "1_high" if found.grave[place] else "2_medium",
                    "sentence": self.env._(
                        "%(count)d rejects in %(days)d days, returned to the vendor or scrapped: %(quantity)s %(unit)s, while "
                        "%(received)s were received. In the year before there were %(before)d.",
                        count=int(recent[place]),
                        days=REJECT_DAYS,
                        quantity=f"{float_round(rejected[place], precision_digits=1):g}",
                        received=f"{float_round(received[place], precision_digits=1):g}",
                        unit=product.uom_id.name,
                        before=int(before[place]),
                    ),
                }
            )
        self._see(run, values)

    @api.model
    def _rejects(self, run):
        """(product, rejects of late, in the year before, quantity rejected of late, received of late) per product.

        A reject is a done move back to a vendor, or a scrap of goods that had not expired.
        """
        end = run.as_of + timedelta(days=1)
        for name in ("stock.move", "stock.scrap", "stock.lot"):
            self.env[name].flush_model()
        return self.env.execute_query(
            SQL(
                """
                WITH moved AS (
                    SELECT move.product_id, move.product_qty, move.date >= %(late)s AS late,
                           (target.usage = 'supplier' AND source.usage <> 'supplier')
                           OR (move.scrap_id IS NOT NULL
                               AND (lot.expiration_date IS NULL OR lot.expiration_date > move.date)) AS rejected,
                           source.usage = 'supplier' AND target.usage <> 'supplier' AS received
                      FROM stock_move move
                      JOIN stock_location source ON source.id = move.location_id
                      JOIN stock_location target ON target.id = move.location_dest_id
                 LEFT JOIN stock_scrap scrap ON scrap.id = move.scrap_id
                 LEFT JOIN stock_lot lot ON lot.id = scrap.lot_id
                     WHERE move.state = 'done' AND move.company_id = %(company)s
                       AND move.date >= %(begin)s AND move.date < %(end)s
                       AND (source.usage = 'supplier' OR target.usage = 'supplier' OR move.scrap_id IS NOT NULL)
                )
                SELECT product_id,
                       count(*) FILTER (WHERE rejected AND late), count(*) FILTER (WHERE rejected AND NOT late),
                       coalesce(sum(product_qty) FILTER (WHERE rejected AND late), 0)::float8,
                       coalesce(sum(product_qty) FILTER (WHERE received AND late), 0)::float8
                  FROM moved
                 GROUP BY product_id
                HAVING count(*) FILTER (WHERE rejected AND late) > 0
                 ORDER BY product_id
                """,
                company=run.company_id.id,
                begin=end - timedelta(days=REJECT_DAYS + USUAL_DAYS),
                late=end - timedelta(days=REJECT_DAYS),
                end=end,
            )
        )

    @api.model
    def _watch_targets(self, run):
        """Accuracy targets that were missed as often running as makes them red."""
        if not self._watches(run):
            return
        targets = self.env["medical.accuracy.target"].search(
            [("company_id", "=", run.company_id.id), ("status", "=", "red")]
        )
        metrics = dict(targets._fields["metric"]._description_selection(self.env))
        self._see(
            run,
            [
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
            ],
        )

    @api.model
    def _watch_excess(self, run):
        """Draft order lines of products whose demand has been low, where what is there and comes is enough without them."""
        if not self._watches(run):
            return
        series = self.env["medical.forecast.series"].search(
            [("run_id", "=", run.id), ("state", "=", "done"), ("turn_kind", "=", "decline")]
        )
        if not series:
            return
        pairs = {(row.product_id.id, row.warehouse_id.id): row for row in series}
        lines = (
            self.env["purchase.order.line"]
            .search_fetch(
                [
                    ("company_id", "=", run.company_id.id),
                    ("product_id", "in", series.product_id.ids),
                    ("order_id.state", "in", ("draft", "sent")),
                ],
                ["order_id", "product_id", "product_qty", "product_uom_id"],
            )
            .filtered(lambda line: (line.product_id.id, line.order_id.picking_type_id.warehouse_id.id) in pairs)
        )
        if not lines:
            return
        rules = self.env["medical.planner"]._rules(run.company_id, lines.product_id)
        values = []
        for warehouse, mine in lines.grouped(lambda line: line.order_id.picking_type_id.warehouse_id).items():
            there = mine.product_id.with_context(warehouse_id=warehouse.id)._compute_quantities_dict(None, None, None)
            for line in mine:
                row = pairs[line.product_id.id, warehouse.id]
                rule = rules.get((line.product_id.id, warehouse.lot_stock_id.id))
                least = row.proposal_ids[:1].new_min if row.proposal_ids else rule.product_min_qty if rule else 0.0
                comes = there[line.product_id.id]["virtual_available"]
                if comes < least:
                    continue
                values.append(
                    {
                        "kind": "excess_order",
                        "key": f"excess_order:{line.id}",
                        "product_id": line.product_id.id,
                        "warehouse_id": warehouse.id,
                        "series_id": row.id,
                        "purchase_line_id": line.id,
                        "severity": "2_medium",
                        "user_id": line.order_id.user_id.id,
                        "sentence": self.env._(
                            "Demand has been low: without the %(quantity)s %(unit)s of %(order)s there are %(there)s, and "
                            "the minimum is %(least)s. Cancel the line.",
                            quantity=f"{line.product_qty:g}",
                            unit=line.product_uom_id.name,
                            order=line.order_id.name,
                            there=f"{comes:g}",
                            least=f"{least:g}",
                        ),
                    }
                )
        self._see(run, values)

    @api.model
    def _see(self, run, values):
        """Open what is new, count what is known; at most one open alert per key."""
        known = {
            alert.key: alert
            for alert in self.search_fetch(
                [
                    ("company_id", "=", run.company_id.id),
                    ("state", "!=", "closed"),
                    ("key", "in", [row["key"] for row in values]),
                ],
                ["key", "count", "last_seen"],
            )
        }
        settled = self._settled(run, [row["key"] for row in values])
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
    def _settled(self, run, keys):
        """Keys that a person closed on the data that ``run`` sees, or for good: a late order stays late.

        The newest whole period says what is new in demand, and the days that rejects are counted in.
        """
        from ..engine import calendar

        company = run.company_id
        last = self.env["medical.demand.panel"]._last_period(company, run.as_of)
        end = calendar.add_periods(last, 1, company.medical_period) - timedelta(days=1)
        closed = self.search_fetch(
            Domain("company_id", "=", company.id)
            & Domain("closed_by", "=", "person")
            & Domain("key", "in", keys)
            & (
                Domain("kind", "=", "late_order")
                | Domain("kind", "=", "reject_burst")
                & Domain("last_seen", ">=", run.as_of - timedelta(days=REJECT_DAYS))
                | Domain("kind", "not in", ("late_order", "reject_burst")) & Domain("last_seen", ">=", end)
            ),
            ["key"],
        )
        return set(closed.mapped("key"))

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
        if not self._watches(run):
            return
        opened = self.search(
            [
                ("company_id", "=", run.company_id.id),
                ("state", "!=", "closed"),
                "|",
                ("run_id", "!=", run.id),
                ("run_id", "=", False),
            ]
        )
        pairs = {
            (product.id, warehouse.id)
            for product, warehouse in self.env["medical.forecast.series"]._read_group(
                [("run_id", "=", run.id), ("state", "in", ("done", "blocked"))], ["product_id", "warehouse_id"]
            )
        }
        # A change of class is news: it stays until somebody has read it.
        passed = opened.filtered(
            lambda alert: (
                alert.kind in _COMPANY_WIDE
                or alert.kind in ("spike", "drop")
                and (alert.product_id.id, alert.warehouse_id.id) in pairs
            )
        )
        if passed:
            passed._close("passed")
