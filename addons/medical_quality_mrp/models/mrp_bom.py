from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class MrpBom(models.Model):
    _inherit = "mrp.bom"

    @api.model_create_multi
    def create(self, vals_list):
        boms = super().create(vals_list)
        boms._quality_refuse_change()
        return boms

    def write(self, vals):
        changes = not set(self._get_audited_fields()).isdisjoint(vals)
        if changes:
            self._quality_refuse_change()
        result = super().write(vals)
        if changes:  # it may be another product's now
            self._quality_refuse_change()
        return result

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_by_an_approved_change(self):
        self._quality_refuse_change()

    def _quality_refuse_change(self):
        """What products with released lots are made of is changed while an approved change is in force for it."""
        # sudo: what is released or approved does not depend on who asks.
        products = self.sudo().product_tmpl_id
        controlled = products.product_variant_ids._quality_controlled_anywhere().product_tmpl_id
        released = controlled._quality_released()
        if not released:
            return
        due = Domain("state", "=", "approved") & Domain("field_name", "=", "bom")
        due &= Domain("product_tmpl_id", "in", released.ids)
        due &= Domain("effective_date", "<=", fields.Date.context_today(self))
        approved = self.env["medical.master.change"].sudo().search(due)  # sudo: as above
        if closed := released - approved.product_tmpl_id:
            raise UserError(
                self.env._(
                    "%(product)s is under quality control and has released lots: its bill of materials is changed while a "
                    "product data change is approved for it (Quality → Lots → Product Data Changes).",
                    product=closed[0].name,
                )
            )
