from odoo import api, models
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
        switched = self.env["medical.scope"]._enabled_by_company("quality")
        controlled = {
            company: variants.filtered(
                lambda one, ids=ids: one.product_tmpl_id.categ_id.id in ids and one.product_tmpl_id.tracking != "none"
            )
            for company, ids in switched.items()
        }
        # By the templates: written through a variant, the variant has its new category already.
        categories = frozenset().union(*switched.values())
        before = released = self.browse()
        if "categ_id" in vals and not self.env.su:
            before = self.filtered(lambda template: template.categ_id.id in categories)
            released = before._quality_released()
        result = super().write(vals)
        if lost := before.filtered(lambda template: template.categ_id.id not in categories):
            if not self._quality_may_recategorise():
                raise AccessError(
                    self.env._(
                        "%(product)s is under quality control and would not be in %(category)s: ask a quality approver to "
                        "move it.",
                        product=lost[0].display_name,
                        category=lost[0].categ_id.display_name,
                    )
                )
            for product in lost & released:
                product._quality_ask_for_change(["categ_id"])
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
        changed = {
            template: [
                name
                for name in names
                if (field := self._fields[name]).convert_to_cache(vals[name], template)
                != field.convert_to_cache(template[name], template)
            ]
            for template in self
        }
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
            template._quality_ask_for_change(changed[self.browse(template.id)])

    def _quality_released(self):
        """Those of the products that have a released lot."""
        # sudo: a lot of another company is a lot.
        lots = self.env["stock.lot"].sudo()
        bound = Domain("product_id.product_tmpl_id", "in", self.ids) & Domain(
            "quality_state", "in", ("released", "part")
        )
        found = {product.product_tmpl_id.id for (product,) in lots._read_group(bound, ["product_id"])}
        return self.filtered(lambda template: template.id in found)

    def _quality_ask_for_change(self, names):
        """Refuse a change of ``names`` that somebody has to approve."""
        raise UserError(
            self.env._(
                "%(product)s is under quality control and has lots: %(fields)s is changed by a product data change "
                "that somebody else approves (Quality → Lots → Product Data Changes).",
                product=self.name,
                fields=", ".join(self._fields[name]._description_string(self.env) for name in names),
            )
        )

    @api.model
    def _medical_control_features(self):
        return [*super()._medical_control_features(), "quality"]

    @api.model
    def _medical_control_domain(self, feature, categories):
        """Quality decides on lots, so there have to be some."""
        domain = super()._medical_control_domain(feature, categories)
        if feature != "quality":
            return domain
        return domain & Domain("is_storable", "=", True) & Domain("tracking", "!=", "none")

    @api.model
    def _medical_outside_domain(self, feature, categories):
        """Services have no stock to decide on."""
        domain = super()._medical_outside_domain(feature, categories)
        return domain & Domain("type", "=", "consu") if feature == "quality" else domain
