from odoo import models
from odoo.exceptions import UserError


class MedicalReferenceMixin(models.AbstractModel):
    """Rows about a record of any model, named by the fields ``model`` and ``res_id``."""

    _name = "medical.reference.mixin"
    _description = "References to Any Record"

    def _referenced_record(self):
        """The record that the row is about; empty when it is gone or was never named."""
        self.ensure_one()
        return self.env[self.model].browse(self.res_id).exists() if self.res_id and self.model in self.env else None

    def action_view_record(self):
        """Open the record that the row is about."""
        record = self._referenced_record()
        if not record:
            raise UserError(
                self.env._(
                    "%(record)s cannot be opened: there is no such record, or it was deleted.",
                    record=self[self._rec_name] or self.model,
                )
            )
        if not record.has_access("read"):
            raise UserError(
                self.env._(
                    "%(record)s is not yours to open: it is a record of other roles (%(kind)s).",
                    record=self[self._rec_name] or self.model,
                    kind=self.env["ir.model"]._get(self.model).name,
                )
            )
        return record.get_formview_action()
