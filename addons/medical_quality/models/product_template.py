from odoo import models
from odoo.exceptions import UserError

from .medical_master_change import CONTROLLED


class _Approved:
    """Context value of an approved change; over RPC nothing is ever this object."""


_APPROVED = _Approved()


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        names = [name for name in CONTROLLED if name in vals]
        if names and self.env.context.get("quality_approved_change") is not _APPROVED:
            self._quality_refuse_change(vals, names)
        return super().write(vals)

    def _quality_write_approved(self, vals):
        """Write what a change that was approved says; the caller has checked that."""
        self.with_context(quality_approved_change=_APPROVED).write(vals)

    def _quality_refuse_change(self, vals, names):
        """Data of products with released lots is changed by an approved change only."""
        changed = {
            template: [name for name in names if template[name] != vals[name]] for template in self
        }
        changed = {template: fields_ for template, fields_ in changed.items() if fields_}
        if not changed:
            return
        variants = self.browse([template.id for template in changed]).product_variant_ids
        # sudo: what is controlled in one company is controlled.
        scopes = self.env["medical.scope"].sudo().search([("feature_id.code", "=", "quality"), ("state", "=", "active")])
        controlled = variants.browse()
        for company in scopes.company_id:
            controlled |= variants._medical_enabled("quality", company=company)
        if not controlled:
            return
        # sudo: a lot of another company is a lot.
        released = self.env["stock.lot"].sudo()._read_group(
            [("product_id", "in", controlled.ids), ("quality_state", "=", "released")], ["product_id"], limit=1
        )
        for (product,) in released:
            template = product.product_tmpl_id
            labels = ", ".join(self._fields[name]._description_string(self.env) for name in changed[self.browse(template.id)])
            raise UserError(
                self.env._(
                    "%(product)s is under quality control and has released lots: %(fields)s is changed by a product data change "
                    "that somebody else approves (Quality → Lots → Product Data Changes).",
                    product=template.name, fields=labels,
                )
            )
