from odoo import api, models


class MedicalWindowMixin(models.AbstractModel):
    """Windows about records of the company: nobody opens one on a record that they may not read.

    What a window shows of its record are related fields, which core reads as superuser.
    """

    _name = "medical.window.mixin"
    _description = "Windows about Records"

    @api.model_create_multi
    def create(self, vals_list):
        windows = super().create(vals_list)
        windows._check_shown(set(self._fields) - set(models.MAGIC_COLUMNS))  # with what came as a default
        return windows

    def write(self, vals):
        result = super().write(vals)
        self._check_shown(vals)
        return result

    def _check_shown(self, names):
        for name in names:
            field = self._fields[name]
            if (
                field.type in ("many2one", "many2many")
                and field.store
                and not field.related
                and not self.env[field.comodel_name]._transient
            ):
                self[name].check_access("read")
