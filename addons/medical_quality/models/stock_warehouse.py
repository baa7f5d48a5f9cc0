from odoo import fields, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    quality_quarantine_loc_id = fields.Many2one(
        "stock.location",
        "Quarantine",
        check_company=True,
        domain="[('quality_in_quarantine', '=', True), ('usage', '=', 'internal'), ('company_id', '=', company_id)]",
        help="Where a part of a lot goes that is put on hold. Made when it is first needed.",
    )

    def _quality_quarantine(self):
        """The quarantine of this warehouse, made beside its stock when there is none."""
        self.ensure_one()
        if not self.quality_quarantine_loc_id:
            # sudo: who puts a quantity on hold need not be allowed to set up warehouses.
            warehouse = self.sudo()
            warehouse.quality_quarantine_loc_id = self.env["stock.location"].sudo().search(
                [
                    ("id", "child_of", warehouse.view_location_id.id),
                    ("quality_quarantine", "=", True),
                    ("usage", "=", "internal"),
                ],
                limit=1,
            ) or self.env["stock.location"].sudo().create(
                {
                    "name": self.env._("Quarantine"),
                    "location_id": warehouse.view_location_id.id,
                    "usage": "internal",
                    "quality_quarantine": True,
                    "company_id": warehouse.company_id.id,
                }
            )
        return self.quality_quarantine_loc_id
