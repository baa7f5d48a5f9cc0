from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.medical_base.document import QUALITY_APPROVER

# What says which places belong to the warehouse, and which of them is its quarantine.
_PLACES = frozenset({"quality_quarantine_loc_id", "view_location_id"})


class StockWarehouse(models.Model):
    _name = "stock.warehouse"
    _inherit = ["stock.warehouse", "medical.audited.mixin"]

    _audited_fields = ("quality_quarantine_loc_id", "view_location_id", "company_id")

    quality_quarantine_loc_id = fields.Many2one(
        "stock.location",
        "Quarantine",
        check_company=True,
        copy=False,
        domain="[('quality_in_quarantine', '=', True), ('usage', '=', 'internal'), ('warehouse_id', '=', id)]",
        help="Where a part of a lot goes that is put on hold. Made when it is first needed. A quality approver sets it.",
    )

    @api.constrains("quality_quarantine_loc_id", "view_location_id", "company_id")
    def _check_quality_quarantine(self):
        for warehouse in self:
            place = warehouse.quality_quarantine_loc_id
            if place and not warehouse._quality_is_quarantine(place):
                raise ValidationError(
                    self.env._(
                        "%(location)s is no quarantine of %(warehouse)s: choose an internal place of the warehouse that is "
                        "marked as quarantine.",
                        location=place.display_name,
                        warehouse=warehouse.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        warehouses = super().create(vals_list)
        if not self.env.su and warehouses.quality_quarantine_loc_id:
            warehouses._quality_check_approver()
        return warehouses

    def write(self, vals):
        before = [[warehouse[name] for name in _PLACES] for warehouse in self] if _PLACES & set(vals) else None
        result = super().write(vals)
        if before and not self.env.su and before != [[warehouse[name] for name in _PLACES] for warehouse in self]:
            self._quality_check_approver()
        return result

    def _quality_check_approver(self):
        if not self.env.user.has_group(QUALITY_APPROVER):
            raise AccessError(
                self.env._(
                    "%(warehouse)s: which places are its own, and where its quarantine is, is set by quality approvers only.",
                    warehouse=self[0].name,
                )
            )

    def _quality_is_quarantine(self, place):
        """Whether what is put apart in this warehouse may go to ``place``."""
        self.ensure_one()
        return (
            place.active
            and place.quality_in_quarantine
            and place.usage == "internal"
            and place.warehouse_id == self
            and place.company_id == self.company_id
        )

    def _quality_quarantine(self):
        """The quarantine of this warehouse, made beside its stock when there is none, or none any more."""
        self.ensure_one()
        # sudo: who puts a quantity on hold need not be allowed to set up warehouses.
        warehouse = self.sudo()
        if not warehouse._quality_is_quarantine(warehouse.quality_quarantine_loc_id):
            places = warehouse.env["stock.location"]
            warehouse.quality_quarantine_loc_id = places.search(
                [
                    ("id", "child_of", warehouse.view_location_id.id),
                    ("quality_quarantine", "=", True),
                    ("usage", "=", "internal"),
                    ("company_id", "=", warehouse.company_id.id),
                ],
                limit=1,
            ) or places.create(
                {
                    "name": self.env._("Quarantine"),
                    "location_id": warehouse.view_location_id.id,
                    "usage": "internal",
                    "quality_quarantine": True,
                    "company_id": warehouse.company_id.id,
                }
            )
        return self.quality_quarantine_loc_id
