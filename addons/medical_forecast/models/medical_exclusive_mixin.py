from contextlib import contextmanager

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL


class MedicalExclusiveMixin(models.AbstractModel):
    """Documents that one process at a time works on, committing in between."""

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
