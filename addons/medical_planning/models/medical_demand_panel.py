from odoo import models
from odoo.fields import Domain


class MedicalDemandPanel(models.AbstractModel):
    _inherit = "medical.demand.panel"

    def _more_pairs(self, company, warehouses):
        launches = self.env["medical.product.lifecycle"]._pairs_to_launch(company, warehouses)
        return super()._more_pairs(company, warehouses) | launches

    def _sources(self, company, as_of):
        """Lead times and vendors' terms beside the demand."""
        receipts = Domain(
            [
                ("company_id", "=", company.id),
                ("state", "=", "done"),
                ("purchase_line_id", "!=", False),
                ("location_id.usage", "=", "supplier"),
                ("date", "<", self._bounds(company, as_of, as_of)[1]),
            ]
        )
        vendors = Domain("company_id", "in", (company.id, False))
        return [
            *super()._sources(company, as_of),
            self._source("receipts", "stock.move", receipts),
            self._source("vendors", "product.supplierinfo", vendors, "write_date:max"),
        ]
