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
        string="Hospital Grade",
    )
    medical_region = fields.Char(string="Sales Region", index="btree_not_null")
