from odoo import api, models


class MrpBom(models.Model):
    _name = "mrp.bom"
    _inherit = ["mrp.bom", "medical.audited.mixin"]
    _audited_fields = ("product_tmpl_id", "product_id", "product_qty", "product_uom_id", "type", "active")

    @api.constrains("product_uom_id", "product_id", "product_tmpl_id")
    def _check_medical_unit(self):
        self.env["medical.unit.problem"]._refuse(
            (bom.company_id, bom.product_tmpl_id, bom.product_uom_id) for bom in self
        )

    def _audited_records(self):
        """What products are made of that the suite controls somewhere."""
        controlled = self.sudo().product_tmpl_id._audited_records()  # sudo: logged whatever the person may read
        return super()._audited_records().filtered(lambda bom: bom.sudo().product_tmpl_id in controlled)
