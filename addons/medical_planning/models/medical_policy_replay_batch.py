from odoo import fields, models


class MedicalPolicyReplayBatch(models.Model):
    """Forecasts whose products are replayed together, and what came out; emptied when the replay is summed up."""

    _name = "medical.policy.replay.batch"
    _description = "Replay Batch"

    replay_id = fields.Many2one("medical.policy.replay", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="replay_id.company_id", store=True, index=True)
    series_ids = fields.Json(required=True, help="Ids of the forecasts.")
    is_done = fields.Boolean()
    figures = fields.Json(prefetch=False)
