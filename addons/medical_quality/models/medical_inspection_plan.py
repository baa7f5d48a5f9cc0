from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from ..engine.sampling import AQLS, LEVELS

OPERATIONS = [
    ("receipt", "Receipt"),
    ("production", "Production"),
    ("return", "Return from Customer"),
    ("rework", "Rework"),
]


class MedicalInspectionPlan(models.Model):
    """What is looked at when lots come in, on how many units, and what passes."""

    _name = "medical.inspection.plan"
    _description = "Inspection Plan"
    _inherit = ["medical.audited.mixin", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    _audited_fields = (
        *("name", "operation", "product_ids", "categ_id", "partner_id", "sampling", "level", "aql", "sample_size"),
        *("skip_after", "skip_lots", "reduced", "switching_from", "label_check", "four_eyes", "active"),
    )

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10, help="The first plan that fits counts.")
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", index=True, default=lambda self: self.env.company)
    operation = fields.Selection(OPERATIONS, required=True, default="receipt")
    product_ids = fields.Many2many(
        "product.product", string="Products", check_company=True, help="Empty: all of the category."
    )
    categ_id = fields.Many2one("product.category", "Product Category", help="With the categories below it. Empty: all.")
    partner_id = fields.Many2one("res.partner", "Vendor", check_company=True, help="Empty: whoever delivers.")
    sampling = fields.Selection(
        [("aql", "ISO 2859-1"), ("all", "Every Unit"), ("fixed", "Fixed Number")], required=True, default="aql"
    )
    level = fields.Selection([(level, level) for level in LEVELS], default="II", help="Inspection level of ISO 2859-1.")
    aql = fields.Selection(
        [(f"{aql:g}", f"{aql:g} %") for aql in AQLS],
        "AQL",
        default="1",
        help="Acceptance quality limit, nonconforming units.",
    )
    sample_size = fields.Integer(default=5, help="How many units are looked at, whatever the size of the lot.")
    skip_after = fields.Integer(
        "Skip after",
        help="After so many lots of a vendor accepted in a row, not every lot is inspected any more; 0: never skip.",
    )
    skip_lots = fields.Integer("Lots Skipped", default=1, help="How many lots pass between two that are inspected.")
    reduced = fields.Boolean(
        "Reduced Inspection",
        help="After enough good lots the sample is smaller, until a lot is not accepted (ISO 2859-1, 9.3.3).",
    )
    switching_from = fields.Datetime(
        "Switching Begins on",
        help="Inspections decided before do not count any more, for example because a vendor has put things right after inspection "
        "was stopped; tightened inspection begins (ISO 2859-1, 9.4). Empty: all count.",
    )
    label_check = fields.Boolean(
        default=True,
        help="Adds the check of UDI, expiry, storage, handling and other instructions on the label (21 CFR 820.45).",
    )
    four_eyes = fields.Boolean(default=True, help="Who decides is somebody else than who inspected.")
    characteristic_ids = fields.One2many("medical.inspection.characteristic", "plan_id", "Characteristics", copy=True)
    inspection_count = fields.Integer(compute="_compute_inspection_count")

    _positive = models.Constraint(
        "CHECK (sample_size > 0 AND skip_after >= 0 AND skip_lots > 0)", "Numbers of units and lots are above zero."
    )

    def _compute_inspection_count(self):
        counts = dict(
            self.env["medical.inspection"]._read_group([("plan_id", "in", self.ids)], ["plan_id"], ["__count"])
        )
        for plan in self:
            plan.inspection_count = counts.get(plan, 0)

    @api.constrains("sampling", "level", "aql")
    def _check_sampling(self):
        for plan in self:
            if plan.sampling == "aql" and not (plan.level and plan.aql):
                raise ValidationError(self.env._("%(plan)s: choose the inspection level and the AQL.", plan=plan.name))

    @api.model
    def _for(self, operation, company, partner, products):
        """product → the plan that counts for it, or an empty set, in one query."""
        plans = self.search(
            Domain("operation", "=", operation)
            & Domain("company_id", "in", (company.id, False))
            & Domain("partner_id", "in", (partner.commercial_partner_id.id, False))
        )
        found = {}
        for product in products:
            above = product.categ_id._medical_path_ids()
            found[product] = plans.filtered(
                lambda plan, product=product, above=above: (
                    (product in plan.product_ids if plan.product_ids else True)
                    and (plan.categ_id.id in above if plan.categ_id else True)
                )
            )[:1]
        return found

    def action_view_inspections(self):
        return self._medical_records("medical_quality.action_medical_inspection", [("plan_id", "in", self.ids)])
