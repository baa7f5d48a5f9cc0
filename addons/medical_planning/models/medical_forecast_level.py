from odoo import api, models


class MedicalForecastLevel(models.Model):
    _inherit = "medical.forecast.level"

    @api.model
    def _splits(self, series_ids):
        series = self.env["medical.forecast.series"].browse(series_ids)
        splits = {policy: policy._split_by() for policy in series.policy_id}
        found = {place: splits.get(row.policy_id) for place, row in enumerate(series)}
        return super()._splits(series_ids) | {place: by for place, by in found.items() if by}
