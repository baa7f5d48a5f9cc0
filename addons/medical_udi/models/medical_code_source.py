from odoo import fields, models


class MedicalCodeSource(models.Model):
    """A plant, partner or system that has codes of its own for what we buy, make and store."""

    _name = "medical.code.source"
    _description = "Plant or System"
    _inherit = ["medical.audited.mixin"]
    _order = "name"
    _audited_fields = ("name", "partner_ids", "company_id", "active")

    name = fields.Char(required=True, help="For example: Plant Suzhou, SAP 1100, Vendor Taihu.")
    partner_ids = fields.Many2many(
        "res.partner",
        string="Partners",
        help="Transfers from and to these partners and their contacts are read with the codes of this plant or system.",
    )
    company_id = fields.Many2one("res.company", index="btree_not_null", help="Empty: for all companies.")
    active = fields.Boolean(default=True)
    map_ids = fields.One2many("medical.code.map", "source_id", "Codes")
    map_count = fields.Integer("Mapped Codes", compute="_compute_map_count")

    _name_unique = models.UniqueIndex(
        "(name, COALESCE(company_id, 0)) WHERE active", "There is a plant or system with this name already."
    )

    def _compute_map_count(self):
        self._medical_count("map_count", "medical.code.map", "source_id")

    def action_view_maps(self):
        return self._medical_records(
            "medical_udi.action_medical_code_map", [("source_id", "in", self.ids)], default_source_id=self[:1].id
        )
