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

    @api.model
    def _post_model_setup__(self):
        if not self._abstract:
            free = {self._document_field, *self._open_fields, *models.MAGIC_COLUMNS}
            self._keep_referenced(set(self._fields) - free)
        return super()._post_model_setup__()

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
        if self._document_field in vals:
            self.filtered(lambda line: line[self._document_field].id != vals[self._document_field])._log_removed()
        result = super().write(vals)
        if self._document_field in vals:
            if settled:
                self._refuse_settled(settled)
            # The document that they are moved to is within reach, and of the company of what stands in them.
            self.check_access("write")
            self._check_company()
        return result

    def unlink(self):
        self._log_removed()
        return super().unlink()

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_unless_settled(self):
        self._refuse_settled()

    def update_field_translations(self, field_name, translations, source_lang=""):
        if field_name not in self._open_fields:
            self._refuse_settled({field_name})
        return super().update_field_translations(field_name, translations, source_lang=source_lang)

    def _made_by_people(self):
        """Those of the lines that somebody added: they wrote what stands in them. The others were made by the system."""
        return self

    def _refuse_settled(self, names=None):
        """Refuse to change the fields ``names`` of lines that are settled, or to make or delete such lines (None)."""
        # Superuser: what was settled does not depend on who asks.
        documents = self.sudo()[self._document_field]
        # Whoever takes a step of the document at this moment changes the same row.
        documents._collide()
        documents._refuse_settled([self._fields_of_document()])

    def _log_removed(self):
        """In the trail of the document, where its lines are audited: who took them away."""
        if isinstance(self, self.env.registry["medical.audited.mixin"]) and self._get_audited_fields():
            name = self._fields_of_document()
            for document, lines in (
                self.sudo()._medical_once().grouped(self._document_field).items()
            ):  # superuser: as above
                rows = [
                    (document.id, document.display_name, name, f"{line.display_name} (#{line.id})", None)
                    for line in lines
                ]
                self.env["medical.audit.entry"]._log(document, rows)

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
