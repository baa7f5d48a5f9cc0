from odoo import models

from odoo.addons.medical_udi.models.medical_udi_scanner import Refusal

from .stock_quant import ANY_STOCK, ANY_STOCK_KEY


class MedicalUdiScanMovesMixin(models.AbstractModel):
    _inherit = "medical.udi.scan.moves.mixin"

    def _udi_scan_check(self, box, options):
        """Who scans a blocked lot is told why it cannot be taken, not only that there is none to take."""
        lot, move = box.lot, self._udi_scan_moves(box.product)[:1]
        if lot.quality_blocked and not self.env["stock.move.line"]._quality_allowed(
            self._udi_scan_source(), self._udi_scan_target(), move
        ):
            raise Refusal("blocked", lot._quality_blocked_sentence())
        return super()._udi_scan_check(box, options)

    def _udi_scan_take_free(self, box, lines, quantity):
        """What goes to quarantine, to scrap or back to the supplier is taken from blocked stock too."""
        document, move = self, self._udi_scan_moves(box.product)[:1]
        if self.env["stock.move.line"]._quality_way_out(self._udi_scan_source(), self._udi_scan_target(), move):
            document = self.with_context(**{ANY_STOCK_KEY: ANY_STOCK})
        return super(MedicalUdiScanMovesMixin, document)._udi_scan_take_free(box, lines, quantity)
