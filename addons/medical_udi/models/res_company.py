from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    medical_udi_separators = fields.Char(
        "Scanner Separators",
        help="Texts that your scanners send for the GS1 group separator, with spaces between, for example: | ~ Alt029. "
        "The usual control characters and <GS> are understood without.",
    )
    medical_refuse_units = fields.Boolean(
        "Refuse Units That Do Not Convert",
        help="A unit that cannot be converted to the product's own is refused where it is entered: vendor prices, packagings, "
        "stock moves and bills of materials.",
    )
