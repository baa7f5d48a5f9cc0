"""Records that only the system itself writes, by SQL statements of its own."""

from odoo import api, models
from odoo.exceptions import AccessError


class MedicalAppendOnlyMixin(models.AbstractModel):
    """Refuse create, write and unlink through the ORM, for everybody including the superuser."""

    _name = "medical.append.only.mixin"
    _description = "Append-only Records"
    _inherit = ["medical.bulk.mixin"]

    @api.model
    def _insert_row(self, values: dict):
        """Write one record; ``values``: column → value."""
        self._insert_rows({}, {name: [value] for name, value in values.items()})

    @api.model_create_multi
    def create(self, vals_list):
        if vals_list:
            self._refuse()
        return super().create(vals_list)

    def write(self, vals):
        if self:
            self._refuse()
        return super().write(vals)

    # Also at uninstall (which drops the table): the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_never(self):
        self._refuse()

    def _refuse(self):
        raise AccessError(self._refusal())

    def _refusal(self):
        """The sentence that says who writes these records."""
        return self.env._("%(model)s: written by the system only.", model=self.env["ir.model"]._get(self._name).name)
