from odoo import api, fields, models
from odoo.exceptions import AccessError


class StockLocation(models.Model):
    _inherit = "stock.location"

    quality_quarantine = fields.Boolean(
        "Quarantine",
        help="Blocked lots may be moved here. What lies here or below is not available, and leaves only when its lot is "
        "released and not on hold, or as scrap or back to the supplier.",
    )
    quality_in_quarantine = fields.Boolean(
        compute="_compute_quality_in_quarantine", store=True, recursive=True, index="btree_not_null"
    )

    @api.depends("quality_quarantine", "location_id.quality_in_quarantine")
    def _compute_quality_in_quarantine(self):
        for location in self:
            location.quality_in_quarantine = location.quality_quarantine or location.location_id.quality_in_quarantine

    def write(self, vals):
        """What was quarantine stays it, unless a quality approver says otherwise: parts of lots on hold lie there."""
        if "quality_in_quarantine" in vals:
            raise AccessError(self.env._("Mark a location as quarantine; what lies below follows from it."))
        approver = self.env.su or self.env.user.has_group("medical_base.group_medical_quality_approver")
        if approver or not {"quality_quarantine", "location_id"} & set(vals):
            return super().write(vals)
        before = self.search([("id", "child_of", self.ids), ("quality_in_quarantine", "=", True)])
        result = super().write(vals)
        if lost := before.filtered(lambda location: not location.quality_in_quarantine):
            raise AccessError(
                self.env._(
                    "%(location)s is a quarantine: only a quality approver makes its goods available.",
                    location=lost[0].display_name,
                )
            )
        return result
