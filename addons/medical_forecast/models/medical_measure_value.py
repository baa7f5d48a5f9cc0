from odoo import api, fields, models

from .medical_forecast_series import DEMAND_CLASSES


class MedicalMeasureValue(models.Model):
    _inherit = "medical.measure.value"

    demand_class = fields.Selection(DEMAND_CLASSES, readonly=True)

    @api.model
    def _grain_fields(self):
        return (*super()._grain_fields(), "demand_class")
