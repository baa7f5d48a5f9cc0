from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class MedicalModelVersion(models.Model):
    """What a forecast is made with. A version serves only after somebody approved it."""

    _name = "medical.model.version"
    _description = "Forecast Model Version"
    _inherit = ["medical.guarded.mixin", "medical.audited.mixin", "mail.thread"]
    _order = "id desc"
    _guarded_fields = ("state", "approved_by_id", "approved_date")
    _audited_fields = ("name", "state", "origins", "min_observations", "approved_by_id")

    name = fields.Char(required=True)
    note = fields.Text()
    origins = fields.Integer(
        string="Backtest Origins", default=8, required=True, help="From how many past dates each method is tried."
    )
    min_observations = fields.Integer(
        default=3, required=True, help="A series with fewer periods of demand is not forecast."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved"), ("retired", "Retired")],
        default="draft",
        required=True,
        copy=False,
        tracking=True,
    )
    approved_by_id = fields.Many2one("res.users", copy=False, readonly=True)
    approved_date = fields.Datetime(copy=False, readonly=True)

    _sane_settings = models.Constraint(
        "CHECK (origins BETWEEN 1 AND 24 AND min_observations BETWEEN 2 AND 36)",
        "Use 1 to 24 backtest origins and 2 to 36 observations.",
    )

    def write(self, vals):
        locked = {"origins", "min_observations"} & set(vals)
        if locked and any(version.state != "draft" for version in self):
            raise UserError(
                self.env._("An approved model version does not change: duplicate it, change the copy and approve that.")
            )
        return super().write(vals)

    def _check_planner(self):
        if not self.env.user.has_group("medical_base.group_medical_planner"):
            raise AccessError(self.env._("Only planners approve or retire model versions."))

    def action_approve(self):
        self._check_planner()
        for version in self:
            if version.state != "draft":
                raise UserError(self.env._("%(name)s is not a draft.", name=version.name))
        self._approve()

    def _approve(self):
        self._guarded_write(
            {"state": "approved", "approved_by_id": self.env.uid, "approved_date": fields.Datetime.now()}
        )

    def action_retire(self):
        self._check_planner()
        serving = self.search([("state", "=", "approved")])
        if not serving - self:
            raise UserError(self.env._("One approved version has to stay in service: approve another one first."))
        self._guarded_write({"state": "retired"})

    def _serving(self):
        """The version that new runs use: the one approved last."""
        version = self.search([("state", "=", "approved")], order="approved_date desc, id desc", limit=1)
        if not version:
            raise UserError(
                self.env._("No forecast model version is approved. Approve one under Inventory → Configuration.")
            )
        return version
