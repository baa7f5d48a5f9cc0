from odoo import fields, models


class MedicalClockRule(models.Model):
    _inherit = "medical.clock.rule"

    trigger = fields.Selection(
        selection_add=[
            ("nc_containment", "Nonconformity: Containment"),
            ("nc_disposition", "Nonconformity: Disposition"),
        ],
        ondelete={"nc_containment": "cascade", "nc_disposition": "cascade"},
    )
