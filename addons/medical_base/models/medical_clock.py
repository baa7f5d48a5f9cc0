import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from ..document import QUALITY_USER, REGULATORY, step

_lt = LazyTranslate(__name__)

_logger = logging.getLogger(__name__)

ALERT_BATCH = 200
# Levels in the order in which they are reached; the field of the moment from which each holds.
LEVELS = {"warned": "warn_on", "escalated": "escalate_on", "late": "due"}
URGENCIES = [("closed", "Closed"), ("in_time", "In Time"), ("soon", "Due Soon"), ("urgent", "Urgent"), ("late", "Late")]
LABELS = [("none", "None"), ("warned", "Warned"), ("escalated", "Escalated"), ("late", "Late")]


class MedicalClock(models.Model):
    """A legal period that runs: from an event to the moment at which something must have been done.

    Documents start clocks through ``medical.clocked.mixin``; people may start one by hand. The end is counted
    from the rule and moves when somebody corrects the rule or the calendar, as long as the clock runs.
    """

    _name = "medical.clock"
    _description = "Legal Clock"
    _inherit = [
        "medical.document.mixin",
        "medical.retained.mixin",
        "medical.reference.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "due, id"
    _retention_class = "legal_clock"
    _retention_from = ("stopped_on",)

    _guarded_fields = (
        "model", "res_id", "due", "warn_on", "escalate_on", "missing_years", "state", "stopped_on", "level",
    )  # fmt: skip
    _audited_fields = ("name", "rule_id", "company_id", "user_id", "start", "due", "state", "stopped_on")
    # Set once; the step that asks for a reason corrects the start.
    _settles = {"": ("rule_id", "company_id", "start")}
    _kept_from = "running"

    name = fields.Char("Subject", required=True)
    rule_id = fields.Many2one(
        "medical.clock.rule",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('state', '!=', 'retired'), ('company_id', 'in', (False, company_id))]",
    )
    market = fields.Selection(related="rule_id.market", store=True, index=True)
    trigger = fields.Selection(related="rule_id.trigger", store=True)
    period = fields.Char(related="rule_id.period")
    source = fields.Char(related="rule_id.source")
    confirmation = fields.Selection(related="rule_id.confirmation")
    model = fields.Char("Document Model", readonly=True, copy=False)
    res_id = fields.Many2oneReference("Document", model_field="model", readonly=True, copy=False, aggregator=None)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="restrict", default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users", "Responsible", required=True, index=True, tracking=True, default=lambda self: self.env.user
    )
    start = fields.Datetime(
        "Event",
        required=True,
        default=fields.Datetime.now,
        copy=False,
        tracking=True,
        help="The moment from which the law counts, for example when the company became aware.",
    )
    due = fields.Datetime(readonly=True, copy=False, index=True, tracking=True)
    warn_on = fields.Datetime("Warning", readonly=True, copy=False)
    escalate_on = fields.Datetime("Escalation", readonly=True, copy=False)
    missing_years = fields.Char(
        "Years Without Holidays",
        readonly=True,
        copy=False,
        help="The calendar of the rule holds no day of these years: the due date is not certain.",
    )
    state = fields.Selection(
        [("running", "Running"), ("met", "Met"), ("met_late", "Met Late"), ("cancelled", "Cancelled")]
    )
    stopped_on = fields.Datetime(readonly=True, copy=False)
    basis = fields.Selection(related="rule_id.basis")
    extension_ids = fields.One2many("medical.clock.extension", "clock_id", "Extensions", readonly=True)
    level = fields.Selection(LABELS, "Alert", default="none", required=True, readonly=True, copy=False)
    urgency = fields.Selection(URGENCIES, compute="_compute_urgency")

    _due_idx = models.Index("(due) WHERE state = 'running'")
    _record_idx = models.Index("(model, res_id) WHERE res_id IS NOT NULL")

    # Compute

    @api.depends("state", "due", "warn_on", "escalate_on")
    def _compute_urgency(self):
        now = fields.Datetime.now()
        for clock in self:
            if clock.state != "running" or not clock.due:
                clock.urgency = "closed" if clock.state != "running" else "in_time"
            elif now > clock.due:
                clock.urgency = "late"
            elif now >= clock.escalate_on:
                clock.urgency = "urgent"
            else:
                clock.urgency = "soon" if now >= clock.warn_on else "in_time"

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        clocks = super().create(vals_list)
        for clock in clocks:
            clock._check_start(clock.start)
            clock._set_due(clock.start)
        return clocks

    # Counting

    def _check_start(self, start):
        if start > fields.Datetime.now() + timedelta(minutes=5):
            raise UserError(
                self.env._("%(clock)s: the event lies in the future. Give the moment it happened.", clock=self.name)
            )

    def _set_due(self, start=None):
        """Count the end from the rule and the calendar, and from ``start`` if it is another one."""
        self.ensure_one()
        start = start or self.start
        rule = self.rule_id.sudo()  # superuser: whoever reports an event need not read the rules
        # superuser: nor who allowed more time
        approved = self.sudo().extension_ids.filtered(lambda extension: extension.state == "approved")
        due, missing = rule._due(start, sum(approved.mapped("days")))
        vals = {
            "start": start,
            "due": due,
            "warn_on": max(start, due - timedelta(hours=rule.warn_hours)),
            "escalate_on": max(start, due - timedelta(hours=rule.escalate_hours)),
            "missing_years": ", ".join(map(str, missing)) or False,
        }
        changed = {name: value for name, value in vals.items() if self[name] != value}
        if "due" in changed and self.level != "none":
            # The alerts of the old due date do not speak for the new one.
            changed["level"] = "none"
        if changed:
            self._guarded_write(changed)

    @api.model
    def _refresh_due_of(self, origin):
        """Count running clocks again after their rule or calendar (``origin``) was corrected."""
        path = "rule_id" if origin._name == "medical.clock.rule" else "rule_id.calendar_id"
        # Superuser: a correction moves the clocks of all companies.
        clocks = self.sudo().search(Domain("state", "=", "running") & Domain(path, "in", origin.ids))
        reason = self.env._("Counted again: %(origin)s was corrected", origin=origin[:1].display_name)
        for clock in clocks.with_context(medical_reason=reason):
            clock._set_due()

    # Actions

    @step("running", label=_lt("Done"), group=(QUALITY_USER, REGULATORY), reason="optional")
    def action_stop(self, date=None):
        """What the law asks for was done, at ``date`` (now by default). Late needs a reason."""
        date = fields.Datetime.to_datetime(date) or fields.Datetime.now()
        late = self._late_on(date)
        (self - late)._take("_meet", date=date)
        late._take("_meet_late", date=date)

    def _unmet_stop(self, date=None):
        now = fields.Datetime.now()
        date = fields.Datetime.to_datetime(date) or now
        unmet = {}
        for clock in self:
            if not clock.start <= date <= now + timedelta(minutes=5):
                unmet[clock] = self.env._(
                    "%(clock)s: it was done after the event and not in the future. Correct the date.", clock=clock.name
                )
            elif clock._late_on(date) and not self._reason():
                unmet[clock] = self.env._("%(clock)s is late. Give a reason: it is kept.", clock=clock.name)
        return unmet

    def _late_on(self, date):
        return self.filtered(lambda clock: date > clock.due)

    @step("running", to="met", label=_lt("Met"), system=True)
    def _meet(self, date):
        self._end(date)

    @step("running", to="met_late", label=_lt("Met Late"), system=True)
    def _meet_late(self, date):
        self._end(date)

    @step("running", to="cancelled", label=_lt("Cancel"), group=REGULATORY, reason=True)
    def action_cancel(self):
        """The clock should not have run, or nothing is asked for any more."""
        self._end(fields.Datetime.now())

    @step("running", label=_lt("Correct the Event"), group=REGULATORY, reason=True)
    def action_correct_start(self, start):
        """Correct the moment of the event; the end is counted again."""
        start = fields.Datetime.to_datetime(start)
        if not start:
            raise UserError(self.env._("Give the moment of the event."))
        for clock in self:
            clock._check_start(start)
            clock._set_due(start)
            clock.message_post(body=self.env._("Event corrected: %(reason)s", reason=self._reason()))

    def _end(self, date):
        self._guarded_write({"stopped_on": date})
        self.activity_unlink(["medical_base.mail_activity_clock"])
        for clock in self if self._reason() else ():
            clock.message_post(body=self._reason())

    def _settled_advice(self):
        return self.env._(
            "The clock runs by this rule from this event. Correct the event with its button and a reason, or cancel the "
            "clock and start another one."
        )

    def action_view_stop(self):
        return self._ask("action_stop", self.env._("Done"))

    def action_view_correct_start(self):
        return self._ask("action_correct_start", self.env._("Correct the Event"))

    def _ask(self, step: str, title: str) -> dict:
        about = {"default_step": step, "default_clock_ids": self.ids}
        return self.env["medical.clock.step"]._medical_form(title, dialog_size="medium", **about)

    def action_view_extension(self):
        """Ask for more time; a quality approver decides."""
        self.ensure_one()
        return self.env["medical.clock.extension"]._medical_form(
            self.env._("Ask for an Extension"), default_clock_id=self.id, dialog_size="medium"
        )

    # Alerts

    @api.model
    def _cron_alerts(self):
        """Warn, escalate and call late what is; each step once. In batches that are committed one by one."""
        failed: set[int] = set()
        while clocks := self.search(self._alert_domain(failed), limit=ALERT_BATCH, order="due, id"):
            for clock in clocks.try_lock_for_update():
                try:
                    with self.env.cr.savepoint():
                        clock._alert()
                except Exception:
                    _logger.exception("The alert of the legal clock %s failed", clock.id)
                    failed.add(clock.id)
            failed.update(clocks.filtered(lambda clock: clock._alert_level() != clock.level).ids)
            remaining = self.search_count(self._alert_domain(failed))
            if not self.env["ir.cron"]._commit_progress(len(clocks), remaining=remaining):
                break

    @api.model
    def _alert_domain(self, without) -> Domain:
        now = fields.Datetime.now()
        levels = list(LEVELS)
        reached = Domain.OR(
            Domain(moment, "<=" if level != "late" else "<", now)
            & Domain("level", "in", ["none", *levels[: levels.index(level)]])
            for level, moment in LEVELS.items()
        )
        return Domain("state", "=", "running") & reached & Domain("id", "not in", list(without))

    def _alert_level(self) -> str:
        """The level that holds now."""
        now = fields.Datetime.now()
        if now > self.due:
            return "late"
        return "escalated" if now >= self.escalate_on else "warned" if now >= self.warn_on else "none"

    def _alert(self):
        """Tell those whom the present level concerns."""
        self.ensure_one()
        level = self._alert_level()
        people = self.user_id
        if level != "warned":
            people |= self._escalation_users()
        self.activity_unlink(["medical_base.mail_activity_clock"])
        day = self.rule_id._local_day(self.due)
        summary = {
            "warned": self.env._("Due soon: %(clock)s", clock=self.name),
            "escalated": self.env._("Urgent: %(clock)s", clock=self.name),
            "late": self.env._("Late: %(clock)s", clock=self.name),
        }[level]
        note = self.env._(
            "%(rule)s (%(article)s): %(period)s from the event.",
            rule=self.rule_id.name,
            article=self.source,
            period=self.period,
        )
        # Whoever reported the event need not be able to open clocks: they get a message instead.
        readers = people.filtered(lambda user: self.with_user(user).has_access("read"))
        for person in readers:
            self.activity_schedule(
                "medical_base.mail_activity_clock", date_deadline=day, summary=summary, note=note, user_id=person.id
            )
        if others := people - readers:
            self.message_notify(partner_ids=others.partner_id.ids, subject=summary, body=note)
        self._guarded_write({"level": level})

    def _escalation_users(self):
        """Those named by the rule, else regulatory affairs of the company."""
        users = self.rule_id.escalation_user_ids or self.env.ref("medical_base.group_medical_regulatory").all_user_ids
        return users.filtered(lambda user: user.active and not user.share and self.company_id in user.company_ids)
