from odoo import fields, models


class MedicalSignLine(models.TransientModel):
    _name = "medical.sign.line"
    _description = "Record to Sign"
    _order = "id"

    sign_id = fields.Many2one("medical.sign", required=True, index=True, ondelete="cascade")
    res_id = fields.Integer("Record ID", required=True, readonly=True, aggregator=None)
    res_name = fields.Char("Record", readonly=True)
    content_text = fields.Text("Content", readonly=True)
    content_hash = fields.Char("Hash", readonly=True)
