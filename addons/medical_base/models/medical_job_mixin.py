"""Long work in batches: started by people or the night, worked off by a scheduled action, never done twice."""

import logging
from contextlib import contextmanager
from dataclasses import replace

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, LazyTranslate

from ..document import step

_logger = logging.getLogger(__name__)
_lt = LazyTranslate(__name__)
# What a batch that met somebody else's change ends in: it is rolled back and done again, so many times.
_CROSSED = (SerializationFailure, DeadlockDetected, LockNotAvailable)
_TRIES = 5


class JobBusy(UserError):
    """Another process works on the job."""


class MedicalJobMixin(models.AbstractModel):
    """A document that is worked off in batches, one transaction each.

    What is left to do is always in the database, so a job that was killed goes on where it stopped. A model gives

    - ``_prepare()``: freeze what the job works with and write down what there is to do, in one go when it is started,
    - ``_work_batch()``: do one batch and return how many are left; when none is, take the step ``_finish``,
    - ``_overlaps(other)``: whether a running job of the company is on the same things (by default it is),
    - ``_job_groups``: who may start, cancel and go on; ``_job_cron``: XML id of the scheduled action that calls
      ``_cron_work``; ``_lock_class``: a number of its own for PostgreSQL's advisory locks,
    - ``_settles = {"draft": (…)}``: what it was asked for, which stands beside its result,
    - ``_at_once``: a job whose ``total`` is no more is worked off by whoever starts it, before the button answers,
    - ``_as_user``: its batches run with the rights, the language and the time zone of whoever made it.

    Models that count their batches in ``position`` have ``progress`` from it; others compute theirs.
    """

    _name = "medical.job.mixin"
    _description = "Job"
    _inherit = ["medical.document.mixin"]
    _guarded_fields = ("total", "position", "message")
    _kept_from = "running"
    _dropped_states = ("cancelled",)

    _job_groups: tuple[str, ...] = ()
    _job_cron = ""
    _job_reader = "create_uid"
    _lock_class = 0
    _at_once = -1
    _as_user = False

    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("done", "Done"), ("failed", "Failed"), ("cancelled", "Cancelled")]
    )
    total = fields.Integer(readonly=True, copy=False, aggregator=None)
    position = fields.Integer(readonly=True, copy=False, aggregator=None, help="How many are worked off.")
    progress = fields.Float(compute="_compute_progress")
    message = fields.Char(readonly=True, copy=False)
    started = fields.Datetime(readonly=True, copy=False)
    finished = fields.Datetime(readonly=True, copy=False)

    @api.model
    def _collect_declaration(self):
        result = super()._collect_declaration()
        steps = type(self)._declared_steps
        for name in ("action_start", "action_go_on", "action_cancel"):
            steps[name] = replace(steps[name], group=self._job_groups)
        return result

    @api.depends("state", "total", "position")
    def _compute_progress(self):
        for job in self:
            job.progress = 100.0 if job.state == "done" else 100.0 * job.position / job.total if job.total else 0.0

    # Steps

    @step("draft", to="running", label=_lt("Start"), access="read", on="started")
    def action_start(self):
        """Write down what is to be done; the scheduled action works it off."""
        for number, job in enumerate(self):
            job._take_lane(beside=self[:number])
            job._prepare()
        return self._soon()

    def _after_start(self):
        """A small job is done at once, and what goes wrong is refused like anything else in the request."""
        self.filtered(lambda job: job.total <= job._at_once)._work_off()

    @step("failed", to="running", label=_lt("Go On"), access="read")
    def action_go_on(self):
        """Resume a job that an error stopped; what it had done is not done again."""
        for number, job in enumerate(self):
            job._take_lane(beside=self[:number])
        return self._soon()

    @step("draft", "running", "failed", to="cancelled", label=_lt("Cancel"), access="read", on="finished")
    def action_cancel(self):
        """Stop it. A process that works on it notices when it writes down its batch, which is then undone."""

    @step("running", to="done", label=_lt("Done"), access="read", system=True, on="finished")
    def _finish(self):
        """Everything was done."""

    @step("running", to="failed", label=_lt("Failed"), access="read", system=True)
    def _fail(self, message):
        # Superuser: how it ended is a fact, whatever the person may write.
        self.sudo()._guarded_write({"message": message})

    def _soon(self) -> dict:
        self.env.ref(self._job_cron).sudo()._trigger()  # sudo: whoever may start a job may have it worked off
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    # One at a time

    def _take_lane(self, beside=()):
        """Meet those who start a job of the same company at this moment, and refuse a second one on the same things.

        :param beside: jobs that are being started in the same call
        """
        self.env["medical.job.lane"]._take_lane(self._name, str(self.company_id.id))
        # Superuser: a job of somebody else counts too, and one in the archive.
        jobs = self.sudo().with_context(active_test=False)
        running = jobs.search(
            [("company_id", "=", self.company_id.id), ("state", "=", "running"), ("id", "!=", self.id)]
        )
        started = jobs.browse(job.id for job in beside if job.company_id == self.company_id)
        for other in (running | started).filtered(self._overlaps):
            raise UserError(
                self.env._(
                    "%(job)s is still running on the same things (%(message)s). Wait for it, or cancel it first.",
                    job=other.display_name,
                    message=other.message or "–",
                )
            )

    def _overlaps(self, other) -> bool:
        return True

    @contextmanager
    def _alone(self):
        """Hold the job against any other process, until the block ends or the process dies.

        The lock belongs to the database session because the work commits in between; PostgreSQL releases it when a
        killed process loses its connection.
        """
        self.ensure_one()
        cr = self.env.cr
        cr.execute(SQL("SELECT pg_try_advisory_lock(%s, %s)", self._lock_class, self.id))
        if not cr.fetchone()[0]:
            raise JobBusy(
                self.env._("%(name)s is being worked on by another process right now.", name=self.display_name)
            )
        try:
            yield
        except BaseException:
            # An aborted transaction could not release the lock, and the connection is used again.
            cr.rollback()
            raise
        finally:
            cr.execute(SQL("SELECT pg_advisory_unlock(%s, %s)", self._lock_class, self.id))

    # Working

    def _for_work(self):
        """The job as its batches see it."""
        if not self._as_user:
            # Costs and vendors' terms are those of the job's company.
            return self.with_company(self.company_id)
        person = self.create_uid
        context = {"lang": person.lang, "tz": person.tz, "allowed_company_ids": self.company_id.ids}
        return self.with_user(person).with_context(**context)

    def _work_off(self):
        """Do all batches in this transaction."""
        for job in self:
            own = job._for_work()
            while own.state == "running":
                own._work_batch()

    def _work(self, go_on):
        """Do batches until the job has ended or ``go_on(batches left)`` says to stop.

        ``go_on`` is called after every batch, when everything done so far may be committed. A batch that meets somebody
        else's change is rolled back and repeated: core does that for HTTP and RPC calls only.
        """
        self.ensure_one()
        tries = 0
        while self.state == "running":
            try:
                left = self._work_batch()
                self.env.flush_all()
                more = go_on(left if self.state == "running" else 0)
            except _CROSSED:
                tries += 1
                if tries == _TRIES:
                    raise
                _logger.info("%s meets another change, the batch is repeated", self.display_name)
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                continue
            tries = 0
            if not more:
                break

    @api.model
    def _cron_work(self):
        """Work off what is running; called by a scheduled action, which comes back when time is up."""
        for waiting in self.search([("state", "=", "running")], order="id"):
            # Its texts, those of a failure too, are read by whoever asked for it.
            job = waiting.with_context(lang=waiting[self._job_reader].lang or self.env.lang)
            try:
                with job._alone():
                    job._for_work()._work(lambda left: self.env["ir.cron"]._commit_progress(1, remaining=left) > 0)
            except JobBusy as error:
                _logger.info("%s", error)
            except _CROSSED:
                _logger.warning("%s met other changes again and again, it is tried later", job.display_name)
            except Exception as error:
                _logger.exception("%s failed", job.display_name)
                if job.state == "running":  # nobody has cancelled it meanwhile
                    job._fail(message=job.env._("Stopped by an error: %(error)s", error=str(error)[:200]))
                    # What the next job meets does not undo this.
                    self.env["ir.cron"]._commit_progress()
