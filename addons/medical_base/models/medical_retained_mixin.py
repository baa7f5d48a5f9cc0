"""Records that are kept for as long as a law asks."""

from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.clock import add_months


class MedicalRetainedMixin(models.AbstractModel):
    """Refuse deletion before the end of the retention period.

    A model inherits the mixin and names the code of its ``medical.retention.class`` in ``_retention_class``, and
    in ``_retention_from`` the date fields from the latest of which the period is counted. While one of them is
    empty (a document that is not closed), the period has not begun. A model whose records belong to several
    classes names the codes of the others in ``_retention_other_classes`` and sets ``retention_class_id`` itself. What is no record yet, such as a draft, is named by
    ``_is_retention_draft`` and can be deleted.

    After the period, those who have the right to delete may do so. Deletion is refused as well while nobody has
    signed the class. The files of a record are kept as long as the record (``medical.kept.files.mixin``).

    The model also inherits ``medical.guarded.mixin``: class and date are not written by hand.
    """

    _name = "medical.retained.mixin"
    _description = "Retained Records"
    _inherit = ["medical.kept.files.mixin"]

    _guarded_fields = ("retention_class_id", "retain_until")

    _retention_class = ""
    _retention_other_classes: tuple[str, ...] = ()
    _retention_from: tuple[str, ...] = ("create_date",)

    retention_class_id = fields.Many2one(
        "medical.retention.class",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        default=lambda self: self._default_retention_class_id(),
    )
    retain_until = fields.Date(
        compute="_compute_retain_until",
        store=True,
        compute_sudo=True,
        help="The record cannot be deleted before. Empty: the period has not begun.",
    )

    @api.model
    def _post_model_setup__(self):
        if not self._abstract and not isinstance(self, self.env.registry["medical.guarded.mixin"]):
            raise TypeError(f"{self._name}: a retained model inherits medical.guarded.mixin")
        return super()._post_model_setup__()

    @api.model
    def _default_retention_class_id(self):
        # Superuser: the class is the same whoever makes the record.
        return self.env["medical.retention.class"].sudo().search([("code", "=", self._retention_class)], limit=1)

    @api.depends(lambda self: ("retention_class_id.months", *self._retention_from))
    def _compute_retain_until(self):
        for record in self:
            dates = [record[name] for name in self._retention_from]
            if record.retention_class_id and all(dates):
                days = [value.date() if isinstance(value, datetime) else value for value in dates]
                record.retain_until = add_months(max(days), record.retention_class_id.months)
            else:
                record.retain_until = False

    def _is_retention_draft(self) -> bool:
        """Whether this is no record yet: nobody relied on it so far, and it can be deleted."""
        return False

    def _retention_refusal(self) -> str | None:
        """Why the record cannot be deleted today; None when it can."""
        self.ensure_one()
        if self._is_retention_draft():
            return None
        record = self.sudo()  # superuser: the class binds also those who may not read it
        retention = record.retention_class_id
        if not record.retain_until:
            return self.env._(
                "%(record)s is a record whose retention period has not begun. It cannot be deleted.",
                record=record.display_name,
            )
        if record.retain_until >= fields.Date.today():
            return self.env._(
                "%(record)s is kept until %(date)s (%(retention)s). It cannot be deleted before.",
                record=record.display_name,
                date=fields.Date.to_string(record.retain_until),
                retention=retention.name,
            )
        if retention.signature_state != "signed":
            return self.env._(
                "%(record)s cannot be deleted: nobody has signed its retention class %(retention)s yet. Ask "
                "regulatory affairs.",
                record=record.display_name,
                retention=retention.name,
            )
        return None

    def _kept_files_refusals(self):
        refusals = super()._kept_files_refusals()
        for record in self:
            if refusal := record._retention_refusal():
                refusals[record.id] = refusal
        return refusals

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_after_retention(self):
        for record in self:
            refusal = record._retention_refusal()
            if refusal:
                raise UserError(refusal)
