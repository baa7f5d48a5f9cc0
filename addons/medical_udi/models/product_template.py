from odoo import api, fields, models
from odoo.fields import Domain

from .product_category import STOCK_CLASSES


class ProductTemplate(models.Model):
    _inherit = "product.template"
    _audited_fields = ("udi_control",)

    _control_fields = ("udi_control",)

    udi_control = fields.Selection(
        [("category", "As its category"), ("always", "Always"), ("never", "Never")],
        "UDI Control",
        default="category",
        required=True,
        help="Whether stock moves need a lot or serial number and a DI. A category is under UDI control "
        "where the feature is switched on for it (Medical Scopes).",
    )

    medical_stock_class = fields.Selection(
        STOCK_CLASSES, "Stock Class", help="What its stock counts as in 'Stock by State'. Empty: as its category."
    )

    def _audited_records(self):
        return super()._audited_records() | self.filtered(lambda product: product.udi_control == "always")

    @api.constrains("uom_id", "uom_ids")
    def _check_medical_unit(self):
        self.env["medical.unit.problem"]._refuse(
            (template.company_id, template, unit) for template in self for unit in template.uom_ids
        )

    @api.model
    def _medical_control_features(self):
        return [*super()._medical_control_features(), "udi"]

    @api.model
    def _medical_control_domain(self, feature, categories):
        domain = super()._medical_control_domain(feature, categories)
        if feature != "udi":
            return domain
        return domain & Domain("udi_control", "=", "category") | Domain("udi_control", "=", "always")

    def _medical_needs_approver(self, feature):
        found = super()._medical_needs_approver(feature)
        return found | self._medical_having(Domain("udi_control", "=", "never")) if feature == "udi" else found

    def action_view_udi_dis(self):
        return self.product_variant_ids.action_view_udi_dis()

    def action_medical_trace(self):
        return self.product_variant_ids.action_medical_trace()
