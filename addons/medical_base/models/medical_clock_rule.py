from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from ..document import REGULATORY, step
from ..engine import clock as engine

_lt = LazyTranslate(__name__)

MARKETS = [("eu", "European Union"), ("us", "United States"), ("cn", "China"), ("own", "Own Procedure")]
TRIGGERS = [
    ("serious_incident", "Serious Incident"),
    ("death", "Death or Unexpected Serious Deterioration"),
    ("public_health", "Serious Public Health Threat"),
    ("serious_injury", "Serious Injury"),
    ("reportable_event", "Reportable Event"),
    ("remedial_action", "Event That Needs Remedial Action"),
    ("report_supplement", "New Facts on a Reported Event"),
    ("user_facility_event", "Event in a User Facility"),
    ("overseas_event", "Event Abroad"),
    ("group_event", "Group Event: First Notice"),
    ("group_event_case", "Group Event: Each Case"),
    ("group_event_report", "Group Event: Report"),
    ("recall_initiated", "Correction or Removal Initiated"),
    ("recall_extended", "Correction or Removal Extended"),
    ("recall_status", "Recall Status Report"),
    ("recall_class_1", "Recall Class I: Notice"),
    ("recall_class_2", "Recall Class II: Notice"),
    ("recall_class_3", "Recall Class III: Notice"),
    ("recall_plan", "Recall: Investigation Report and Plan"),
    ("recall_summary", "Recall: Summary"),
    ("tracking_location", "Tracking: Location Asked For"),
    ("tracking_patient", "Tracking: Patient Asked For"),
    ("tracking_audit", "Tracking: Audit, First Three Years"),
    ("tracking_audit_later", "Tracking: Audit, Later"),
    ("safety_report_yearly", "Periodic Safety Update, Class IIb and III"),
    ("safety_report_two_yearly", "Periodic Safety Update, Class IIa"),
]
# What the end of a period depends on.
PERIOD_FIELDS = ("number", "unit", "count", "event_day_excluded", "calendar_id")
ALERT_FIELDS = ("warn_hours", "escalate_hours")


class MedicalClockRule(models.Model):
    """How long the law (or the own procedure) gives after an event.

    Rules are data that regulatory affairs signs. A signed rule does not change any more: a new version gets a
    later *valid from*. A rule that nobody has signed yet starts clocks too, because no clock would be worse,
    but never in place of a signed one, and the clocks show that it is not confirmed.
    """

    _name = "medical.clock.rule"
    _description = "Legal Clock Rule"
    _inherit = ["medical.document.mixin", "medical.signed.mixin", "mail.thread"]
    _order = "market, trigger, valid_from desc, id desc"
    _guarded_fields = ("author_id",)
    _audited_fields = (
        "state", "name", "market", "trigger", *PERIOD_FIELDS, "source", "basis", "trust", "valid_from", *ALERT_FIELDS,
        "max_extensions", "escalation_user_ids", "company_id", "active",
    )  # fmt: skip
    _signed_fields = (
        "market", "trigger", *PERIOD_FIELDS, "source", "basis", "max_extensions", "valid_from", "company_id",
    )  # fmt: skip
    _signed_change = "refuse"
    _settles = {"open": (*_signed_fields, "trust")}

    name = fields.Char(required=True, translate=True)
    market = fields.Selection(MARKETS, required=True, index=True, tracking=True)
    trigger = fields.Selection(TRIGGERS, required=True, index=True, tracking=True)
    number = fields.Integer(required=True, default=1, aggregator=None, tracking=True)
    unit = fields.Selection(
        [("hour", "Hours"), ("day", "Days"), ("month", "Months")], required=True, default="day", tracking=True
    )
    count = fields.Selection(
        [("calendar", "Calendar Days"), ("working", "Working Days")],
        "Counted As",
        required=True,
        default="calendar",
        tracking=True,
        help="Only days can be counted as working days.",
    )
    event_day_excluded = fields.Boolean(
        "Day of the Event Not Counted", default=True, tracking=True, help="The next day (or working day) is day 1."
    )
    calendar_id = fields.Many2one(
        "medical.holiday.calendar",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        help="Gives the time zone and, for working days, weekends and holidays.",
    )
    source = fields.Char(required=True, tracking=True, help="Law and article, or the document of the procedure.")
    basis = fields.Selection(
        [("law", "Law"), ("guidance", "Guidance"), ("practice", "Own Procedure")], required=True, default="law"
    )
    trust = fields.Selection(
        [("read", "Read in the Source"), ("copy", "Read in a Copy"), ("unverified", "Not Verified")],
        "Origin of the Figure",
        required=True,
        default="unverified",
        help="How the figure was found before it was signed.",
    )
    valid_from = fields.Date(
        required=True, default=fields.Date.today, tracking=True,
        help="Events from this day on.",
    )  # fmt: skip
    warn_hours = fields.Integer("Warn Before (Hours)", default=24, aggregator=None, tracking=True)
    escalate_hours = fields.Integer("Escalate Before (Hours)", default=8, aggregator=None, tracking=True)
    escalation_user_ids = fields.Many2many(
        "res.users",
        "medical_clock_rule_escalation_rel",
        string="Escalate To",
        help="Empty: everybody in regulatory affairs of the company.",
    )
    max_extensions = fields.Integer(
        "Extensions at Most",
        default=2,
        aggregator=None,
        tracking=True,
        help="How often a quality approver may give more time. Only a limit of the own procedure can be extended.",
    )
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", ondelete="restrict", help="Empty: for all companies."
    )
    note = fields.Text(translate=True)
    active = fields.Boolean(default=True)
    author_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        ondelete="restrict",
        default=lambda self: self.env.user,
        help="Who wrote or changed the figures last. Somebody else signs the rule.",
    )
    state = fields.Selection([("open", "Not Signed"), ("signed", "Signed"), ("retired", "Retired")])
    confirmation = fields.Selection(
        [
            ("confirmed", "Confirmed"),
            ("read", "Not Signed Yet"),
            ("unconfirmed", "Unconfirmed"),
            ("retired", "Retired"),
        ],
        compute="_compute_confirmation",
        store=True,
        help="Unconfirmed: the figure was not read in the source itself, and nobody has signed it.",
    )
    period = fields.Char(compute="_compute_period")
    clock_count = fields.Integer("Clocks", compute="_compute_clock_count")

    _number_positive = models.Constraint("CHECK (number > 0)", "The number of hours, days or months is above zero.")
    _alerts_positive = models.Constraint(
        "CHECK (warn_hours >= escalate_hours AND escalate_hours >= 0)",
        "The warning comes before the escalation, and both before the due date.",
    )
    _signed_unique = models.UniqueIndex(
        "(market, trigger, COALESCE(company_id, 0), valid_from) WHERE state = 'signed'",
        "There is already a signed rule for this market and event from the same day.",
    )

    # Compute

    @api.depends("state", "trust")
    def _compute_confirmation(self):
        of_state = {"retired": "retired", "signed": "confirmed"}
        for rule in self:
            rule.confirmation = of_state.get(rule.state) or ("read" if rule.trust == "read" else "unconfirmed")

    @api.depends("number", "unit", "count")
    @api.depends_context("lang")
    def _compute_period(self):
        for rule in self:
            number = rule.number
            if rule.unit == "hour":
                rule.period = self.env._("%(number)s hours", number=number)
            elif rule.unit == "month":
                rule.period = self.env._("%(number)s months", number=number)
            elif rule.count == "working":
                rule.period = self.env._("%(number)s working days", number=number)
            else:
                rule.period = self.env._("%(number)s calendar days", number=number)

    def _compute_clock_count(self):
        self._medical_count("clock_count", "medical.clock", "rule_id")

    @api.constrains("unit", "count")
    def _check_working(self):
        for rule in self:
            if rule.count == "working" and rule.unit != "day":
                raise ValidationError(
                    self.env._(
                        "%(rule)s: only days are counted as working days. Choose days, or calendar days.",
                        rule=rule.name,
                    )
                )

    # CRUD

    def write(self, vals):
        result = super().write(vals)
        if not set(self._get_signed_fields()).isdisjoint(vals):
            self._guarded_write({"author_id": self.env.uid})
        if not {*PERIOD_FIELDS, *ALERT_FIELDS}.isdisjoint(vals):
            self.env["medical.clock"]._refresh_due_of(self)
        return result

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_unused(self):
        for rule in self:
            if rule.clock_count:
                raise UserError(
                    self.env._("%(rule)s has started clocks and is kept. Retire it instead.", rule=rule.name)
                )

    def copy_data(self, default=None):
        """A copy is somebody's new proposal: it is not in force before the day it is made."""
        return super().copy_data({"valid_from": fields.Date.today(), **(default or {})})

    # Actions

    @step("open", to="signed", label=_lt("Sign"), group=REGULATORY, sign="approval", not_by=("author_id",))
    def action_sign(self):
        """Confirm the rules."""

    @step("open", "signed", to="retired", label=_lt("Retire"), group=REGULATORY, sign="responsibility", reason=True)
    def action_retire(self):
        """Take rules out of use: no clock starts by them any more. Running clocks go on."""

    @step("signed", label=_lt("New Version"), group=REGULATORY, single=True)
    def action_new_version(self):
        """A copy that somebody corrects and somebody else signs."""
        self.ensure_one()
        version = self.copy({"name": self.name, "trust": "unverified"})
        return version.get_formview_action()

    def action_view_clocks(self):
        return self.env["medical.clock"]._medical_list(self.env._("Clocks"), [("rule_id", "in", self.ids)])

    # Counting

    @api.model
    def _rule_for(self, market: str, trigger: str, start: datetime, company):
        """The rule for an event: signed before not signed, the company's own before the common one, the newest.

        :param start: the event, naive in UTC
        """
        # Superuser: which rule applies does not depend on who reports the event.
        rules = self.sudo().search(
            Domain("market", "=", market)
            & Domain("trigger", "=", trigger)
            & Domain("state", "in", ("open", "signed"))
            & Domain("company_id", "in", (False, company.id))
        )
        rules = rules.filtered(lambda rule: rule.valid_from <= rule._local_day(start))
        return rules.sorted(
            lambda rule: (rule.state == "signed", bool(rule.company_id), rule.valid_from, rule.id), reverse=True
        )[:1].with_env(self.env)

    def _local_day(self, moment: datetime):
        """The day on which a moment (naive, UTC) falls where the rule applies."""
        return pytz.utc.localize(moment).astimezone(pytz.timezone(self.calendar_id.tz)).date()

    def _due(self, start: datetime, extra_days: int = 0) -> tuple[datetime, list[int]]:
        """When the period ends, naive in UTC, and the years whose holidays are not recorded.

        :param extra_days: calendar days that were given on top
        """
        self.ensure_one()
        period = engine.Period(self.number, self.unit, self.count, self.event_day_excluded)
        if self.unit == engine.HOUR:
            return engine.end_of_hours(period, start) + timedelta(days=extra_days), []
        calendar = self.calendar_id
        event_day = self._local_day(start)
        try:
            day = engine.last_day(period, event_day, calendar._work_calendar()) + timedelta(days=extra_days)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The calendar %(calendar)s has no working day for two months. Correct it.", calendar=calendar.name
                )
            ) from error
        # The whole last day counts, in the market's own time zone.
        end = pytz.timezone(calendar.tz).localize(datetime.combine(day, time(23, 59, 59)))
        missing = []
        if self.count == engine.WORKING:
            missing = calendar._missing_years(engine.years_between(event_day, day))
        return end.astimezone(pytz.utc).replace(tzinfo=None), missing
