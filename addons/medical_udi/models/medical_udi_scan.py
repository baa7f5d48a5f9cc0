from odoo import api, fields, models


class MedicalUdiScan(models.Model):
    """What was scanned, by whom, on which document, and what became of it."""

    _name = "medical.udi.scan"
    _description = "UDI Scan"
    _inherit = ["medical.append.only.mixin"]
    _order = "id desc"
    _rec_name = "raw"
    _log_access = False

    raw = fields.Char("Scanned Text", readonly=True, index="trigram")
    date = fields.Datetime(readonly=True, index=True)
    user_id = fields.Many2one("res.users", readonly=True, index="btree_not_null")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    document = fields.Char(readonly=True, help="The transfer, count or order that was scanned on.")
    picking_id = fields.Many2one("stock.picking", readonly=True, index="btree_not_null")
    location_id = fields.Many2one("stock.location", "Counted In", readonly=True, index="btree_not_null")
    product_id = fields.Many2one("product.product", readonly=True, index="btree_not_null")
    di_id = fields.Many2one("medical.udi.di", "DI", readonly=True, index="btree_not_null")
    lot_id = fields.Many2one("stock.lot", readonly=True, index="btree_not_null")
    issuing_agency = fields.Char(readonly=True)
    di_code = fields.Char("DI as Scanned", readonly=True, index="btree_not_null")
    lot_name = fields.Char("Lot as Scanned", readonly=True, index="btree_not_null")
    serial_name = fields.Char("Serial as Scanned", readonly=True, index="btree_not_null")
    expiry = fields.Date(readonly=True)
    quantity = fields.Float(readonly=True, digits="Product Unit")
    result = fields.Selection([("ok", "Accepted"), ("refused", "Refused"), ("ask", "Asked")], readonly=True)
    code = fields.Char("Reason Code", readonly=True)
    message = fields.Char(readonly=True)

    @api.model
    def _insert(self, values):
        """Write one scan of the present user; ``values``: column → value."""
        values = {"date": fields.Datetime.now(), "user_id": self.env.uid, **values}
        self._insert_row({name: value or None for name, value in values.items()})
