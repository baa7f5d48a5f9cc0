from odoo import api, models


class MrpBomLine(models.Model):
    _inherit = "mrp.bom.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.bom_id._quality_refuse_change()
        return lines

    def write(self, vals):
        changes = not set(self._get_audited_fields()).isdisjoint(vals)
        if changes:
            self.bom_id._quality_refuse_change()
        result = super().write(vals)
        if "bom_id" in vals:
            self.bom_id._quality_refuse_change()
        return result

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_by_an_approved_change(self):
        self.bom_id._quality_refuse_change()
