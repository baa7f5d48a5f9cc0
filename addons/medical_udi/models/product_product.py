from odoo import fields, models

# Who reads device identifiers; others see products too.
_READS_DIS = (
    "stock.group_stock_user,medical_base.group_medical_quality_user,medical_base.group_medical_regulatory,"
    "medical_base.group_medical_auditor"
)


class ProductProduct(models.Model):
    _inherit = "product.product"

    udi_di_ids = fields.One2many("medical.udi.di", "product_id", "Device Identifiers", groups=_READS_DIS)

    def _udi_controlled(self, warehouse=None, company=None):
        """The products of ``self`` whose moves need a lot or serial number and a DI."""
        by_category = self._medical_enabled("udi", warehouse, company)
        return self.filtered(
            lambda product: (
                product.udi_control == "always" or (product.udi_control == "category" and product in by_category)
            )
        )

    def action_view_udi_dis(self):
        return self._medical_records(
            "medical_udi.action_medical_udi_di", [("product_id", "in", self.ids)], default_product_id=self[:1].id
        )

    def _medical_trace_lots(self):
        return self.env["stock.lot"].search([("product_id", "in", self.ids)])

    def action_medical_trace(self):
        return self.env["medical.trace"]._screen_action(self)
