from odoo import fields, models


class MedicalAuditCheckFinding(models.TransientModel):
    _name = "medical.audit.check.finding"
    _description = "Audit Trail Finding"
    _order = "id"

    check_id = fields.Many2one("medical.audit.check", required=True, index=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("changed", "Changed"),
            ("unknown", "Unknown Hash"),
            ("older", "Older Hash"),
            ("inserted", "Inserted"),
            ("order", "Out of Order"),
            ("missing", "Missing"),
            ("head", "Wrong End"),
            ("earlier", "Differs from Export"),
            ("signature", "Signature"),
        ],
        required=True,
        readonly=True,
    )
    seal_seq = fields.Integer("No.", readonly=True, aggregator=None)
    entry_id = fields.Integer("Entry ID", readonly=True, aggregator=None)
    message = fields.Char(required=True, readonly=True)
