import base64

from odoo import api, models
from odoo.exceptions import UserError

# What a file is and where it belongs; its name, description and access token are free.
_CONTENT = frozenset({"raw", "datas", "db_datas", "store_fname", "type", "url", "res_model", "res_id", "res_field"})


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def _medical_keeps_files(self, model) -> bool:
        """Whether records of this model keep their files."""
        registry = self.env.registry
        return bool(model) and model in registry and issubclass(registry[model], registry["medical.kept.files.mixin"])

    def write(self, vals):
        if not _CONTENT.isdisjoint(vals):
            self._medical_refuse_kept(vals)
        return super().write(vals)

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_after_retention(self):
        self._medical_refuse_kept()

    def _medical_refuse_kept(self, vals=None):
        """Refuse the change ``vals``, or the deletion, of files that belong to records which have to be kept."""
        # Superuser: a file is kept also where its record cannot be read.
        files = self.sudo().filtered(lambda file: file.res_id and self._medical_keeps_files(file.res_model))
        if vals is not None:
            files = files.filtered(lambda file: file._medical_is_changed_by(vals))
        for model, of_model in files.grouped("res_model").items():
            # Deleted records let their files go: core deletes them afterwards.
            records = self.env[model].sudo().browse(of_model.mapped("res_id")).exists()
            refusals = records._kept_files_refusals()
            for file in of_model:
                if file.res_id in refusals:
                    raise UserError(
                        self.env._(
                            "The file %(file)s cannot be deleted, changed or moved: %(reason)s",
                            file=file.name,
                            reason=refusals[file.res_id],
                        )
                    )

    def _medical_is_changed_by(self, vals) -> bool:
        """Whether ``vals`` say anything else than what is there: core moves contents between its stores."""
        self.ensure_one()
        content = vals.get("raw")
        if content is None and "datas" in vals:
            content = base64.b64decode(vals["datas"] or b"")
        if isinstance(content, str):
            content = content.encode()
        if ("raw" in vals or "datas" in vals) and (content or b"") != (self.raw or b""):
            return True
        return any(
            (vals[name] or False) != (self[name] or False) for name in _CONTENT.intersection(vals) - {"raw", "datas"}
        )
