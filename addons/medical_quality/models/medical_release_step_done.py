from odoo import fields, models


class MedicalReleaseStepDone(models.Model):
    _name = "medical.release.step.done"
    _description = "Release Step Signed"
    _inherit = ["medical.guarded.mixin", "medical.audited.mixin", "medical.quality.retained.mixin"]
    _order = "id"
    _rec_name = "step_id"

    _guarded_fields = ("lot_id", "company_id", "step_id", "user_id", "date")
    _retention_from = ("date",)
    _audited_fields = ("lot_id", "step_id", "user_id")

    lot_id = fields.Many2one("stock.lot", required=True, readonly=True, index=True, copy=False, ondelete="restrict")
    company_id = fields.Many2one(related="lot_id.company_id", store=True, index="btree_not_null")
    step_id = fields.Many2one("medical.release.step", required=True, readonly=True, copy=False, ondelete="restrict")
    user_id = fields.Many2one("res.users", "Signed by", required=True, readonly=True, copy=False, ondelete="restrict")
    date = fields.Datetime("Signed on", required=True, readonly=True, copy=False)
