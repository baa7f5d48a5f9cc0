"""Documents for which legal periods run."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .medical_clock import URGENCIES


class MedicalClockedMixin(models.AbstractModel):
    """Start and stop legal clocks for a document.

    A model inherits the mixin and, in its ``action_*`` methods, calls::

        self._start_clock("cn", "death", start=self.aware_on, user=self.user_id)   # fixed: awareness time
        self._stop_clocks("death", reason=self.late_reason)
        self._check_no_running_clock()                                             # before closing

    ``market`` and ``trigger`` are keys of ``medical.clock.rule``; addons add their own with
    ``selection_add``. A form shows ``clock_ids`` and ``clock_urgency``.
    """

    _name = "medical.clocked.mixin"
    _description = "Documents with Legal Clocks"

    clock_ids = fields.One2many("medical.clock", "res_id", "Legal Clocks", readonly=True)
    # Superuser: how late a document is does not depend on who looks at it.
    clock_urgency = fields.Selection(
        URGENCIES,
        "Urgency",
        compute="_compute_clock_urgency",
        compute_sudo=True,
        help="Of the clock that is nearest to its end.",
    )

    @api.depends("clock_ids.state", "clock_ids.due")
    def _compute_clock_urgency(self):
        order = [key for key, _label in self._fields["clock_urgency"].selection]
        for record in self:
            record.clock_urgency = max(record.clock_ids.mapped("urgency"), key=order.index, default=False)

    def _start_clock(self, market: str, trigger: str, start=None, user=None):
        """Start a clock for each record by the rule that is in force, and return them.

        A clock of the same rule that already runs for a record is returned instead of a second one.

        :param start: the event (naive, UTC), now by default; not to be changed later without a reason
        :param user: who is responsible, the current user by default
        """
        # Superuser: the law runs whoever reports the event; what the caller may do was checked by its action.
        Clock = self.env["medical.clock"].sudo()
        start = fields.Datetime.to_datetime(start) or fields.Datetime.now()
        clocks = Clock.browse()
        for record in self.sudo():
            company = record._clock_company()
            rule = self.env["medical.clock.rule"]._rule_for(market, trigger, start, company)
            if not rule:
                rules = self.env["medical.clock.rule"]._fields
                raise UserError(
                    self.env._(
                        "There is no legal clock rule for %(trigger)s in %(market)s on %(date)s, so the time limit "
                        "of %(record)s is unknown. Ask regulatory affairs to enter one.",
                        trigger=dict(rules["trigger"]._description_selection(self.env)).get(trigger, trigger),
                        market=dict(rules["market"]._description_selection(self.env)).get(market, market),
                        date=fields.Date.to_string(start.date()),
                        record=record.display_name,
                    )
                )
            running = record.clock_ids.filtered(
                lambda clock, rule=rule: clock.state == "running" and clock.rule_id == rule
            )
            clocks |= running or Clock._guarded_create(
                [
                    {
                        "name": f"{record.display_name}: {rule.sudo().name}",
                        "rule_id": rule.id,
                        "company_id": company.id,
                        "user_id": (user or self.env.user).id,
                        "start": start,
                        "model": record._name,
                        "res_id": record.id,
                    }
                ]
            )
        self.invalidate_recordset(["clock_ids", "clock_urgency"])
        return clocks.with_env(self.env)

    def _stop_clocks(self, trigger: str | None = None, market: str | None = None, reason=None):
        """What the running clocks (of this event and market) ask for was done."""
        # Superuser: as in _start_clock.
        running = self.sudo().clock_ids.filtered(
            lambda clock: (
                clock.state == "running" and trigger in (None, clock.trigger) and market in (None, clock.market)
            )
        )
        if running:
            running._take("action_stop", reason=reason)
        return running.with_env(self.env)

    def _start_limit(self, trigger: str):
        """Start the clock of the own procedure for this event, where it has a limit for it."""
        now = fields.Datetime.now()
        for company, records in self.grouped(lambda record: record._clock_company()).items():
            if self.env["medical.clock.rule"]._rule_for("own", trigger, now, company):
                for user, of_user in records.grouped(lambda record: record._clock_user()).items():
                    of_user._start_clock("own", trigger, user=user)

    def _cancel_limits(self, reason: str):
        """The own procedure asks for nothing any more. What a law asks for goes on."""
        # Superuser: nothing is asked for any more, whoever keeps the clocks.
        running = self.sudo().clock_ids.filtered(lambda clock: clock.state == "running" and clock.market == "own")
        if running:
            running._take("action_cancel", reason=reason)

    def _clock_company(self):
        return "company_id" in self and self.company_id or self.env.company

    def _clock_user(self):
        return "user_id" in self and self.user_id or self.env.user

    def _check_no_running_clock(self):
        """Refuse to close a document whose clock runs."""
        for record in self:
            running = record.sudo().clock_ids.filtered(lambda clock: clock.state == "running")[:1]
            if running:
                raise UserError(
                    self.env._(
                        "%(record)s cannot be closed while the legal clock %(clock)s runs (due %(due)s UTC). Report "
                        "what it asks for, or have regulatory affairs cancel it.",
                        record=record.display_name,
                        clock=running.rule_id.name,
                        due=fields.Datetime.to_string(running.due),
                    )
                )
