from odoo import api, models


class MrpBomLine(models.Model):
    _name = "mrp.bom.line"
    _inherit = ["mrp.bom.line", "medical.audited.mixin"]
    _audited_fields = ("bom_id", "product_id", "product_qty", "product_uom_id")

    @api.constrains("product_uom_id", "product_id")
    def _check_medical_unit(self):
        self.env["medical.unit.problem"]._refuse(
            (line.bom_id.company_id, line.product_id, line.product_uom_id) for line in self
        )

    def _audited_records(self):
        boms = self.sudo().bom_id._audited_records()  # sudo: logged whatever the person may read
        return super()._audited_records().filtered(lambda line: line.sudo().bom_id in boms)
