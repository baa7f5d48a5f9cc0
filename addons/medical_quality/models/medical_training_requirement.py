from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class MedicalTrainingRequirement(models.Model):
    """What somebody must have been trained in to inspect lots or to decide about them."""

    _name = "medical.training.requirement"
    _description = "Required Training"
    _inherit = ["medical.audited.mixin"]
    _order = "name, id"
    _check_company_auto = True

    _audited_fields = ("name", "task", "categ_id", "active", "company_id")

    name = fields.Char(required=True, translate=True, help="For example: Visual inspection of catheters.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, default=lambda self: self.env.company)
    task = fields.Selection(
        [("inspect", "Inspect"), ("decide", "Decide on an Inspection"), ("release", "Release or Reject Lots")],
        "Needed to",
        required=True,
        default="inspect",
    )
    categ_id = fields.Many2one("product.category", "Product Category", help="With the categories below it. Empty: all.")
    record_ids = fields.One2many("medical.training.record", "requirement_id", "Trained")

    @api.model
    def _check(self, task, products, company):
        """Refuse the current user what needs a training that they have not, or no longer."""
        # sudo: what a task needs does not depend on who asks.
        needed = self.sudo().search(Domain("task", "=", task) & Domain("company_id", "in", (company.id, False)))
        if not needed:
            return
        above = {id_ for category in products.categ_id for id_ in category._medical_path_ids()}
        needed = needed.filtered(lambda one: not one.categ_id or one.categ_id.id in above)
        today = fields.Date.context_today(self)
        current = needed.record_ids.filtered(
            lambda record: (
                record.user_id == self.env.user
                and record.done_on <= today
                and (not record.valid_until or record.valid_until >= today)
            )
        ).requirement_id
        if missing := needed - current:
            raise AccessError(
                self.env._(
                    "You need a current training: %(names)s. Ask whoever plans the trainings.",
                    names=", ".join(missing.mapped("name")),
                )
            )
