from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    medical_abc_a = fields.Float(
        "Class A up to (%)",
        default=80.0,
        help="The products that make up so much of the value of a warehouse's demand.",
    )
    medical_abc_b = fields.Float(
        "Class B up to (%)", default=95.0, help="The next ones up to this share; the rest is C."
    )
    medical_abc_band = fields.Float(
        "ABC Band (points)", default=5.0, help="A product leaves its class only when it is so far beyond the limit."
    )
    medical_xyz_x = fields.Float(
        "Class X below", default=0.5, help="Coefficient of variation of the demand per period, over the last year."
    )
    medical_xyz_y = fields.Float("Class Y below", default=1.0, help="What varies more is Z.")
    medical_xyz_band = fields.Float(
        "XYZ Band", default=0.1, help="A product leaves its class only when it is so far beyond the limit."
    )

    medical_override_percent = fields.Float(
        "Override Limit (%)",
        default=100.0,
        help="A planner may override a reorder rule by up to this many percent; beyond it an Inventory administrator may.",
    )
    medical_override_days = fields.Integer(
        "Override Ends After (days)", default=90, required=True, help="No override lasts longer than this."
    )

    medical_holding_percent = fields.Float(
        "Storage Cost (% a year)", default=20.0, help="What it costs to keep stock for a year, in percent of its value."
    )

    _medical_holding = models.Constraint("CHECK (medical_holding_percent >= 0)", "The storage cost is not negative.")
    _medical_overrides = models.Constraint(
        "CHECK (medical_override_percent >= 0 AND medical_override_days BETWEEN 1 AND 366)",
        "The limit of overrides is not negative; they last 1 to 366 days.",
    )
    _medical_classes = models.Constraint(
        "CHECK (medical_abc_a > 0 AND medical_abc_a < medical_abc_b AND medical_abc_b < 100 AND medical_xyz_x > 0 "
        "AND medical_xyz_x < medical_xyz_y AND medical_abc_band >= 0 AND medical_xyz_band >= 0)",
        "The limits of the classes rise: A below B below 100 percent, X below Y; a band is not negative.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._medical_ensure_policy()
        return companies

    def _medical_ensure_policy(self):
        """Every company plans by at least one policy."""
        policies = self.env["medical.policy"].sudo()  # sudo: creating a company is not a planner's right
        having = policies.with_context(active_test=False)._read_group([("company_id", "in", self.ids)], ["company_id"])
        missing = self - self.browse([company.id for (company,) in having])
        created = policies.create(
            [{"name": self.env._("Standard"), "company_id": company.id, "sequence": 100} for company in missing]
        )
        # Nothing to replay yet, and nothing is written to a rule before planning is switched on.
        created._put_in_force(note=self.env._("Comes with the suite."))
