"""Lines of a document: they stay as they are once the document has settled them."""

from odoo import api, models


class MedicalDocumentLineMixin(models.AbstractModel):
    """Lines that can be added, changed and deleted as long as their document lets its field be edited.

    A model inherits the mixin and names its Many2one to the document in ``_document_field``; the document names the
    One2many in ``_settles``. Lines go with their document when that may be deleted.
    """

    _name = "medical.document.line.mixin"
    _description = "Line of a Document"
    _inherit = ["medical.guarded.mixin"]

    _document_field = ""
    # Fields that say nothing about what was settled: what is found out later, remarks.
    _open_fields: tuple[str, ...] = ()

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not self._is_guarded_call():
            lines._refuse_settled()
        return lines

    def write(self, vals):
        # Guarded fields are refused as such.
        settled = not self._is_guarded_call() and set(vals) - {*self._open_fields, *self._get_guarded_fields()}
        if settled:
            self._refuse_settled(settled)
        result = super().write(vals)
        if settled and self._document_field in vals:
            self._refuse_settled(settled)
        return result

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_unless_settled(self):
        self._refuse_settled()

    def _refuse_settled(self, names=None):
        """Refuse to change the fields ``names`` of lines that are settled, or to make or delete such lines (None)."""
        # Superuser: what was settled does not depend on who asks.
        documents = self.sudo()[self._document_field]
        documents._refuse_settled([self._fields_of_document()])

    @api.model
    def _fields_of_document(self) -> str:
        """Name of the document's One2many that holds these lines."""
        document = self.env[self._fields[self._document_field].comodel_name]
        return next(
            name
            for name, field in document._fields.items()
            if field.type == "one2many"
            and field.comodel_name == self._name
            and field.inverse_name == self._document_field
        )
