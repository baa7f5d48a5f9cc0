from odoo import api, models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model
    def _get_removal_strategy(self, product_id, location_id):
        """Products under control that expire go first expired, first out, where no strategy was chosen."""
        method = super()._get_removal_strategy(product_id, location_id)
        if method != "fifo" or not product_id.use_expiration_date or self._udi_strategy_chosen(product_id, location_id):
            return method
        return "fefo" if self._medical_first_expired(product_id, location_id) else method

    @api.model
    def _medical_first_expired(self, product, location):
        """Whether the product is under a control that asks for first expired, first out; other addons have theirs."""
        return bool(product._udi_controlled(location.warehouse_id, location.company_id))

    @api.model
    def _udi_strategy_chosen(self, product, location):
        # sudo: as core reads them.
        if product.sudo().categ_id.removal_strategy_id:
            return True
        place = location.sudo()
        while place and not place.removal_strategy_id:
            place = place.location_id
        return bool(place)

    def _gather(self, product_id, location_id, lot_id=None, package_id=None, owner_id=None, strict=False, qty=0):
        """Reservation for a customer leaves out lots that do not last long enough (``stock.move._udi_for_customer``)."""
        quants = super()._gather(product_id, location_id, lot_id, package_id, owner_id, strict, qty)
        least = self.env.context.get("medical_least_expiration")
        if least:
            return quants.filtered(lambda quant: not quant.expiration_date or quant.expiration_date >= least)
        return quants
