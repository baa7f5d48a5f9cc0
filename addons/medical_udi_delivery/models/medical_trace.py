from odoo import api, models
from odoo.tools import SQL


class MedicalTrace(models.AbstractModel):
    _inherit = "medical.trace"

    @api.model
    def _carrier(self) -> tuple[SQL, SQL, SQL]:
        """The carrier of the transfer and the reference by which it can be followed there."""
        # No super(): these columns take the place of empty ones.
        return (
            self._translated("carrier", "delivery.carrier", "name"),
            SQL("picking.carrier_tracking_ref"),
            SQL("LEFT JOIN delivery_carrier carrier ON carrier.id = picking.carrier_id"),
        )
