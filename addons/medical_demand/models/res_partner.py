from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    medical_hospital_grade = fields.Selection(
        [
            ("tertiary_a", "Tertiary A"),
            ("tertiary_b", "Tertiary B"),
            ("secondary", "Secondary"),
            ("primary", "Primary"),
        ],
        "Hospital Grade",
    )
    medical_region = fields.Char("Sales Region", index="btree_not_null")
    medical_department = fields.Char(
        "Department", index="btree_not_null", help="Of the hospital, on the address that is delivered to: Cardiology."
    )
    medical_channel = fields.Selection(
        [("direct", "Direct"), ("distributor", "Distributor"), ("tender", "Public Tender"), ("online", "Online")],
        "Sales Channel",
    )
