from odoo import api, fields, models
from odoo.tools import SQL


class MedicalJobLane(models.Model):
    """Where two sessions meet that start a job on the same things: they change the same row.

    The second one's transaction is repeated by core and then finds the job that the first one started; its own snapshot
    would not have shown it.
    """

    _name = "medical.job.lane"
    _description = "Lane of Jobs"
    _inherit = ["medical.append.only.mixin"]
    _log_access = False

    model = fields.Char(required=True, readonly=True)
    key = fields.Char(required=True, readonly=True)
    taken = fields.Datetime(readonly=True)

    _lane_unique = models.UniqueIndex("(model, key)")

    @api.model
    def _take_lane(self, model: str, key: str):
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO medical_job_lane (model, key, taken) VALUES (%s, %s, now() AT TIME ZONE 'UTC')
                ON CONFLICT (model, key) DO UPDATE SET taken = excluded.taken
                """,
                model,
                key,
            )
        )
        self.invalidate_model()
