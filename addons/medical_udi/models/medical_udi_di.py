from odoo import fields, models

AGENCIES = [
    ("GS1", "GS1"),
    ("HIBCC", "HIBCC"),
    ("ICCBBA", "ICCBBA"),
    ("IFA", "IFA"),
    ("MA", "MA (IDcode)"),
    ("AHM", "AHM (Ali Health)"),
]


class MedicalUdiDi(models.Model):
    """A device identifier: one version or model of a device at one packaging level, never reused."""

    _name = "medical.udi.di"
    _description = "Device Identifier"
    _inherit = ["medical.guarded.mixin", "medical.audited.mixin", "mail.thread", "mail.activity.mixin"]
    _rec_name = "code"
    _order = "product_id, code"
    _check_company_auto = True

    _guarded_fields = ("state",)
    _audited_fields = ("code", "issuing_agency", "product_id", "uom_id", "state")

    code = fields.Char("DI", required=True, copy=False, index="trigram")
    issuing_agency = fields.Selection(AGENCIES, required=True, default="GS1")
    product_id = fields.Many2one("product.product", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(related="product_id.company_id", store=True, index="btree_not_null")
    uom_id = fields.Many2one(
        "uom.uom",
        "Packaging",
        required=True,
        index=True,
        ondelete="restrict",
        help="The packaging level that carries this DI; the product's own unit for the primary DI.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active"), ("discontinued", "Discontinued")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )

    _code_unique = models.Constraint(
        "unique(issuing_agency, code)",
        "This device identifier exists already: a DI belongs to one product for ever.",
    )
