from odoo import api, fields, models
from odoo.fields import Domain


class MedicalReleaseStep(models.Model):
    """A signature that is needed before a lot can be released; lots that come in later need it at once."""

    _name = "medical.release.step"
    _description = "Release Step"
    _inherit = ["medical.audited.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    _audited_fields = ("name", "categ_id", "group_id", "valid_from", "active", "company_id")

    name = fields.Char(required=True, translate=True, help="What is confirmed, for example: Batch record reviewed.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, default=lambda self: self.env.company)
    categ_id = fields.Many2one("product.category", "Product Category", help="With the categories below it. Empty: all.")
    group_id = fields.Many2one(
        "res.groups", "Signed by", required=True, ondelete="restrict", help="Somebody of this group signs the step."
    )
    valid_from = fields.Datetime(
        required=True, default=fields.Datetime.now, help="Lots that come in from then on need the step."
    )

    @api.model
    def _for(self, lots):
        """lot → the steps that it needs. Lots of products that all companies share belong to none: the current one decides."""
        company = self.env.company
        # sudo: what a lot needs does not depend on who asks.
        steps = self.sudo().search_fetch(
            Domain("company_id", "in", [False, company.id, *lots.company_id.ids]),
            ["name", "categ_id", "company_id", "group_id", "valid_from"],
        )
        found = {}
        for lot in lots:
            above = lot.product_id.categ_id._medical_path_ids()
            found[lot] = steps.filtered(
                lambda step, lot=lot, above=above: (
                    (not step.categ_id or step.categ_id.id in above)
                    and (not step.company_id or step.company_id == (lot.company_id or company))
                    and lot.quality_received
                    and step.valid_from <= lot.quality_received
                )
            )
        return found
