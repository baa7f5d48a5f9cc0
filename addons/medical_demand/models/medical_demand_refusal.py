from odoo import fields, models


class MedicalDemandRefusal(models.Model):
    """A row of an imported file that was not taken as it stands, and why."""

    _name = "medical.demand.refusal"
    _description = "Remark on a Demand Import"
    _order = "import_id, kind, line, id"

    import_id = fields.Many2one("medical.demand.import", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="import_id.company_id", store=True, index=True)
    kind = fields.Selection(
        [("refused", "Refused"), ("repaired", "Repaired"), ("assumed", "Assumed")], required=True, default="refused"
    )
    line = fields.Integer(help="Line of the file; the heading is line 1.")
    column = fields.Char()
    value = fields.Char()
    reason = fields.Char(required=True)
