from odoo import api, fields, models


class MedicalMeasureValue(models.Model):
    _inherit = "medical.measure.value"

    demand_class = fields.Selection(selection="_demand_classes", readonly=True)

    @api.model
    def _demand_classes(self):
        return self.env["medical.forecast.series"]._fields["demand_class"].selection

    @api.model
    def _grain_fields(self):
        return (*super()._grain_fields(), "demand_class")
