import logging
from contextlib import contextmanager

from psycopg2 import OperationalError

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class MedicalExclusiveMixin(models.AbstractModel):
    """Documents that one process at a time works on, committing in between.

    They have a ``state`` that is *running* while there is work, a guarded ``message``, and ``_work(go_on)``, which calls
    ``go_on(batches left)`` after every batch and stops when the answer is false.
    """

    _name = "medical.exclusive.mixin"
    _description = "Worked on by One Process"

    # First of the two numbers that PostgreSQL's advisory locks of these documents are known by.
    _lock_class = 0

    @contextmanager
    def _alone(self):
        """Hold the document against any other process, until the block ends or the process dies.

        The lock belongs to the database session because the work commits in between;
        PostgreSQL releases it when a killed process loses its connection.
        """
        self.ensure_one()
        cr = self.env.cr
        cr.execute(SQL("SELECT pg_try_advisory_lock(%s, %s)", self._lock_class, self.id))
        if not cr.fetchone()[0]:
            raise UserError(
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

    @api.model
    def _cron_work(self):
        """Work off what is running; called by a scheduled action, which comes back when time is up."""
        for waiting in self.search([("state", "=", "running")], order="id"):
            # Costs and vendors' terms are those of the document's company.
            document = waiting.with_company(waiting.company_id)
            try:
                with document._alone():
                    document._work(lambda left: self.env["ir.cron"]._commit_progress(1, remaining=left) > 0)
            except UserError as error:
                _logger.info("%s", error)
            except OperationalError:
                raise
            except Exception as error:
                _logger.exception("%s failed", document.display_name)
                document._guarded_write(
                    {"state": "failed", "message": self.env._("Stopped by an error: %(error)s", error=str(error)[:200])}
                )
