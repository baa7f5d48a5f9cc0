from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.medical_base.document import QUALITY_APPROVER

_IDENTITY = ("name", "udi_di_id", "udi_lot", "expiration_date", "production_date")


class MedicalLotCorrection(models.TransientModel):
    """The only way to change who a lot is after it has moved."""

    _name = "medical.lot.correction"
    _description = "Correct the Identity of a Lot"
    _inherit = ["medical.window.mixin"]

    lot_id = fields.Many2one("stock.lot", required=True, readonly=True, ondelete="cascade")
    product_id = fields.Many2one(related="lot_id.product_id")
    name = fields.Char("Lot/Serial Number")
    udi_di_id = fields.Many2one(
        "medical.udi.di",
        "DI",
        domain="[('product_id', '=', product_id), ('contained_di_id', '=', False), ('state', '!=', 'draft')]",
    )
    udi_lot = fields.Char("Manufacturer's Lot")
    expiration_date = fields.Datetime()
    production_date = fields.Date()
    reason = fields.Char(required=True)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        lot = self.env["stock.lot"].browse(values.get("lot_id"))
        return {**self._identity(lot), **values} if lot else values

    @api.model_create_multi
    def create(self, vals_list):
        """What is not given stays as it is."""
        lots = self.env["stock.lot"].browse([vals.get("lot_id") for vals in vals_list])
        return super().create([{**self._identity(lot), **vals} for lot, vals in zip(lots, vals_list, strict=True)])

    @api.model
    def _identity(self, lot):
        return {name: lot._fields[name].convert_to_write(lot[name], lot) for name in _IDENTITY}

    def action_apply(self):
        self.ensure_one()
        self.env.user._medical_check_group(QUALITY_APPROVER, doing=self.env._("correct the identity of a lot"))
        if not self.reason.strip():
            raise UserError(self.env._("Give the reason of the correction."))
        if not (self.name or "").strip():
            raise UserError(self.env._("A lot has a number."))
        self.lot_id.check_access("read")
        lot = self.lot_id
        values = {
            name: self._fields[name].convert_to_write(self[name], self) for name in _IDENTITY if self[name] != lot[name]
        }
        if not values:
            raise UserError(self.env._("Nothing was changed."))
        # sudo: approvers need no right to edit lots in general; the group was checked above.
        lot.sudo()._udi_correct(values, self.reason)
        lot.message_post(body=self.env._("Identity corrected: %(reason)s", reason=self.reason))
        return {"type": "ir.actions.act_window_close"}
