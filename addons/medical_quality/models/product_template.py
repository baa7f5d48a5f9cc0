from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.medical_base.document import ADMINISTRATOR, QUALITY_APPROVER

from .medical_master_change import CONTROLLED


class _Approved:
    """Context value of an approved change; over RPC nothing is ever this object."""


_APPROVED = _Approved()


# What decides whether a product is under control.
_CONTROL = frozenset({"categ_id", "tracking", "is_storable"})


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        names = [name for name in CONTROLLED if name in vals]
        if names and self.env.context.get("quality_approved_change") is not _APPROVED:
            self._quality_refuse_change(vals, names)
        if not _CONTROL & set(vals):
            return super().write(vals)
        # sudo: also variants that are archived, or that the user does not see. What they were is asked of the templates: written
        # through a variant, that is what it will be already.
        variants = self.sudo().with_context(active_test=False).product_variant_ids
        controlled = {
            company: variants.filtered(
                lambda one, ids=ids: one.product_tmpl_id.categ_id.id in ids and one.product_tmpl_id.tracking != "none"
            )
            for company, ids in variants._quality_categories_by_company().items()
        }
        # By the templates: written through a variant, the variant has its new category already.
        categories, before = variants._quality_categories_anywhere(), self.browse()
        if "categ_id" in vals and not self._quality_may_recategorise():
            before = self.filtered(lambda template: template.categ_id.id in categories)
        result = super().write(vals)
        if lost := before.filtered(lambda template: template.categ_id.id not in categories):
            raise AccessError(
                self.env._(
                    "%(product)s is under quality control and would not be in %(category)s: ask a quality approver to move it.",
                    product=lost[0].display_name,
                    category=lost[0].categ_id.display_name,
                )
            )
        variants._quality_come_under_control(controlled)
        return result

    def _quality_may_recategorise(self):
        """Whether the user may take products out of quality control: who decides on lots, or on scopes."""
        return self.env.su or self.env.user._medical_has_group(QUALITY_APPROVER, ADMINISTRATOR)

    def _quality_write_approved(self, vals):
        """Write what a change that was approved says; the caller has checked that."""
        self.with_context(quality_approved_change=_APPROVED).write(vals)

    def _quality_refuse_change(self, vals, names):
        """Data of products with released lots is changed by an approved change only."""
        changed = {template: [name for name in names if template[name] != vals[name]] for template in self}
        changed = {template: fields_ for template, fields_ in changed.items() if fields_}
        if not changed:
            return
        variants = self.browse([template.id for template in changed]).product_variant_ids
        controlled = variants._quality_controlled_anywhere()
        if not controlled:
            return
        untracked = controlled.filtered(
            lambda product: "tracking" in changed.get(self.browse(product.product_tmpl_id.id), ())
        )
        # Without tracking, the gate would no longer ask for the lot: that is settled from the first lot on.
        # sudo: a lot of another company is a lot.
        lots = self.env["stock.lot"].sudo()
        bound = Domain("product_id", "in", controlled.ids) & Domain("quality_state", "in", ("released", "part"))
        bound |= Domain("product_id", "in", untracked.ids)
        released = lots._read_group(bound, ["product_id"], limit=1)
        for (product,) in released:
            template = product.product_tmpl_id
            labels = ", ".join(
                self._fields[name]._description_string(self.env) for name in changed[self.browse(template.id)]
            )
            raise UserError(
                self.env._(
                    "%(product)s is under quality control and has lots: %(fields)s is changed by a product data change "
                    "that somebody else approves (Quality → Lots → Product Data Changes).",
                    product=template.name,
                    fields=labels,
                )
            )
