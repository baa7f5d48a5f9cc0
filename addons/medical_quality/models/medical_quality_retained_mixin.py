"""Records of quality are kept as long as those of the devices they are about."""

from odoo import api, fields, models


class MedicalQualityRetainedMixin(models.AbstractModel):
    """Retention of quality's records: documents of devices, of implants where a product of the record is one.

    A model inherits the mixin and names in ``_retention_products`` the paths to its products. A product is an implant
    when one of its device identifiers says so; records move to the longer class the moment somebody says it.
    """

    _name = "medical.quality.retained.mixin"
    _description = "Retained Records of Quality"
    _inherit = ["medical.retained.mixin"]

    _retention_class = "device"
    _retention_other_classes = ("implant",)
    _retention_products: tuple[str, ...] = ("lot_id.product_id",)

    retention_class_id = fields.Many2one(
        compute="_compute_retention_class_id", store=True, compute_sudo=True, default=None
    )

    @api.depends(lambda self: tuple(f"{path}.udi_di_ids.implantable" for path in self._retention_products))
    def _compute_retention_class_id(self):
        codes = (self._retention_class, *self._retention_other_classes)
        classes = {found.code: found for found in self.env["medical.retention.class"].search([("code", "in", codes)])}
        device, implant = (classes.get(code, classes.get(self._retention_class)) for code in codes)
        products = {record: record._retention_product_set() for record in self}
        implants = {
            product.id
            for (product,) in self.env["medical.udi.di"]._read_group(
                [("product_id", "in", list(set().union(*products.values()))), ("implantable", "=", True)],
                ["product_id"],
            )
        }
        for record in self:
            record.retention_class_id = device if implants.isdisjoint(products[record]) else implant

    def _retention_product_set(self):
        """Ids of the products that the record is about."""
        self.ensure_one()
        return {product for path in self._retention_products for product in self.mapped(path).ids}
