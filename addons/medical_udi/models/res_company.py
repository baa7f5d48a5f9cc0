from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    medical_udi_separators = fields.Char(
        "Scanner Separators",
        help="Texts that your scanners send for the GS1 group separator, with spaces between, for example: | ~ Alt029. "
        "The usual control characters and <GS> are understood without.",
    )
