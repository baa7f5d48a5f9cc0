"""Records whose files are evidence: they stay as long as the record has to stay."""

from odoo import api, models


class MedicalKeptFilesMixin(models.AbstractModel):
    """Refuse deletion and change of the files of a record for as long as the record has to be kept.

    Inherited by ``medical.retained.mixin`` and ``medical.signed.mixin``; ``ir.attachment`` asks
    ``_kept_files_refusals`` before it changes or deletes a file that belongs to a record (``res_model``, ``res_id``),
    whether it came in by the chatter, a field or a program.

    Files that a many2many field of the record shows belong to it only when their ``res_model`` and ``res_id`` say so.
    A model names such fields in ``_kept_files_fields``: what is put there becomes the record's own; of a file that
    belongs to something else, the record keeps a copy.
    """

    _name = "medical.kept.files.mixin"
    _description = "Kept Files"

    _kept_files_fields: tuple[str, ...] = ()

    def _kept_files_refusals(self) -> dict[int, str]:
        """Record id → why its files have to stay as they are. Records that let them go are left out."""
        return {}

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._keep_files({name for vals in vals_list for name in vals})
        return records

    def write(self, vals):
        result = super().write(vals)
        self._keep_files(set(vals))
        return result

    def _keep_files(self, names):
        """Make the files in the fields among ``names`` belong to their record."""
        for name in names.intersection(self._kept_files_fields):
            for record in self:
                # Superuser: where a file belongs is not shown to everybody who sees it.
                files = record[name].sudo()
                loose = files.filtered(lambda file: not file.res_id)
                if loose:
                    loose.sudo(self.env.su).write({"res_model": self._name, "res_id": record.id})
                foreign = (files - loose).filtered(lambda file: not file._medical_keeps_files(file.res_model))
                if foreign:
                    own = foreign.sudo(self.env.su).copy({"res_model": self._name, "res_id": record.id})
                    record.write({name: [(3, file.id) for file in foreign] + [(4, file.id) for file in own]})
