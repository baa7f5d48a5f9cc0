from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import PLANNER, step

_lt = LazyTranslate(__name__)


class MedicalForecastRun(models.Model):
    """Forecasts become proposals, and proposals reorder rules."""

    _inherit = "medical.forecast.run"

    state = fields.Selection(
        selection_add=[("rolled_back", "Rolled Back")],
        ondelete={"rolled_back": lambda runs: runs._guarded_write({"state": "done"})},
    )
    phase = fields.Selection(selection_add=[("apply", "Writing rules"), ("finish",)])
    scenario = fields.Selection(
        help="High and Low raise or lower the demand by the percentages of the settings; their proposals "
        "are never applied by themselves."
    )
    proposal_ids = fields.One2many("medical.reorder.proposal", "run_id")
    review_count = fields.Integer("To Review", compute="_compute_proposals")
    applied_count = fields.Integer("Applied", compute="_compute_proposals")
    conflict_count = fields.Integer("Not Rolled Back", compute="_compute_proposals")
    proposal_count = fields.Integer("Proposals", compute="_compute_proposals")
    value_change = fields.Monetary("Stock Value Change", compute="_compute_proposals")
    currency_id = fields.Many2one(related="company_id.currency_id")
    draft_line_count = fields.Integer("Draft Order Lines", compute="_compute_draft_line_count")

    @api.depends("state")
    def _compute_proposals(self):
        proposals = self.env["medical.reorder.proposal"]._read_group(
            [("run_id", "in", self.ids)], ["run_id", "state"], ["__count", "value_change:sum"]
        )
        for run in self:
            mine = {state: (count, value) for owner, state, count, value in proposals if owner == run}
            run.review_count = mine.get("review", (0, 0))[0]
            run.applied_count = mine.get("applied", (0, 0))[0]
            run.conflict_count = mine.get("conflict", (0, 0))[0]
            run.value_change = sum(value or 0.0 for _count, value in mine.values())
            run.proposal_count = sum(count for count, _value in mine.values())

    @api.depends("state")
    def _compute_draft_line_count(self):
        for run in self:  # shown on the form only
            run.draft_line_count = len(run._draft_order_lines(run.proposal_ids)) if run.ids else 0

    @api.model
    def _source_words(self):
        return {
            **super()._source_words(),
            "receipts": (self.env._("Receipts of purchase orders"), self.env._("Lead times and their deviation")),
            "vendors": (self.env._("Vendor price lists"), self.env._("Minimum order, unit and promised lead time")),
        }

    # What people do

    def _do_cancel(self):
        # A cancelled run must not leave any to apply.
        self.proposal_ids.filtered(lambda p: p.state in ("review", "ready"))._supersede()
        return super()._do_cancel()

    @step("done", "cancelled", to="rolled_back", label=_lt("Roll Back"), group=PLANNER, access="read", single=True)
    def action_roll_back(self):
        """Restore every reorder rule that the run wrote, in one step."""
        self.ensure_one()
        self._take_lane()
        applied = self._applied_proposals()
        conflicts = applied._roll_back()
        lines = self._draft_order_lines(applied)
        self.message_post(
            body=self.env._(
                "Rolled back: %(restored)d rules restored, %(conflicts)d left as they are because they were "
                "changed since, %(lines)d draft order lines were made from these rules and are yours to decide.",
                restored=len(applied) - len(conflicts),
                conflicts=len(conflicts),
                lines=len(lines),
            )
        )
        return self.action_view_draft_lines() if lines else True

    def _unmet_roll_back(self):
        return {
            run: self.env._("%(run)s has written no reorder rule.", run=run.display_name)
            for run in self
            if not run._applied_proposals()
        }

    def _applied_proposals(self):
        return self.proposal_ids.filtered(lambda proposal: proposal.state == "applied")

    def _draft_order_lines(self, proposals):
        # sudo: planners may lack access to purchase orders but have to know that these exist.
        lines, states = self.env["purchase.order.line"].sudo(), ("draft", "sent", "to approve")
        return lines.search([("medical_proposal_id", "in", proposals.ids), ("order_id.state", "in", states)])

    def action_view_draft_lines(self):
        self.ensure_one()
        lines = self._draft_order_lines(self.proposal_ids)
        name = self.env._("Draft Order Lines of %(run)s", run=self.name)
        return lines._medical_list(name, [("id", "in", lines.ids)])

    def action_view_proposals(self):
        review = self.env.context.get("search_default_to_review")
        context = {"search_default_to_review": 1} if review else {"search_default_group_state": 1}
        return self._open("medical_planning.action_medical_reorder_proposal_all", context)

    # Working

    def _prepare(self):
        self.env["medical.planner.override"].sudo()._expire_over(self.company_id)  # sudo: whoever starts the run
        return super()._prepare()

    @api.model
    def _cron_nightly(self):
        """Start one run per company that has planning switched on somewhere."""
        scopes = self.env["medical.scope"].search([("feature_id.code", "=", "planning"), ("state", "=", "active")])
        self.env["medical.planner.override"]._expire_over()
        for company in scopes.company_id:
            if self.search_count([("company_id", "=", company.id), ("state", "=", "running")], limit=1):
                continue
            run = self.with_company(company).create(
                [{"company_id": company.id, "user_id": company._medical_owner().id}]
            )
            run._take("action_start")

    @api.model
    def _phases(self):
        phases = super()._phases()
        return [*phases[:-1], "apply", *phases[-1:]]

    @api.model
    def _follower_names(self):
        *others, alerts = super()._follower_names()
        return [*others, "medical.planning.cell", "medical.product.lifecycle", alerts, "medical.planning.target"]

    def _step_watch(self):
        """Say on the run as well that a slow pass was asked for that this server cannot make."""
        policies = self.env["medical.policy"].search(
            [("company_id", "=", self.company_id.id), ("slow_pass", "=", True)]
        )
        if policies and not self.env["medical.model.version"]._has_slow_pass():
            self.message_post(
                body=self.env._(
                    "The slow pass of %(policies)s is left out: the Python library statsforecast is not installed on "
                    "this server.",
                    policies=", ".join(policies.mapped("name")),
                )
            )
        return super()._step_watch()

    def _step_forecast(self):
        return super()._step_forecast() and not self._raise_together()

    def _raise_together(self):
        """Plan what is used together with products whose demand jumped once more, raised; false when there is nothing left."""
        # sudo: series and proposals are written by runs only.
        series = self.env["medical.forecast.series"].sudo()
        jumped = series.search([("run_id", "=", self.id), ("turn_kind", "=", "surge")])
        if not jumped:
            return False
        links = self.env["medical.product.link"].sudo()
        links = links._together(self.company_id, set(jumped.product_id.ids), self.as_of)
        partners = {}
        for row in jumped:
            for other_id in links[row.product_id.id]:
                key = (other_id, row.warehouse_id.id)
                if key not in partners or partners[key].turn_factor < row.turn_factor:
                    partners[key] = row
        others = series.search(
            [
                ("run_id", "=", self.id),
                ("state", "=", "done"),
                ("product_id", "in", list({product_id for product_id, _warehouse in partners})),
                ("turn_kind", "in", (False, "decline")),
            ]
        ).filtered(lambda row: (row.product_id.id, row.warehouse_id.id) in partners)
        if not others:
            return False
        others.line_ids.unlink()
        others.proposal_ids.unlink()
        for row in others:
            source = partners[row.product_id.id, row.warehouse_id.id]
            row.write(
                {
                    "state": "pending",
                    "outcome": False,
                    "turn_kind": "together",
                    "turn_factor": source.turn_factor,
                    "turn_source_id": source.product_id.id,
                }
            )
        return True

    def _step_apply(self):
        # By warehouse, because core counts stock per location and lead time: fewer of them in a batch.
        ready = self.env["medical.reorder.proposal"].search(
            [("run_id", "=", self.id), ("state", "=", "ready")], order="warehouse_id, id", limit=self._batch_size
        )
        ready._apply(automatic=True)
        return not ready

    def _step_finish(self):
        over = super()._step_finish()
        # sudo: planners only read proposals; the run closes those it answers.
        self.env["medical.reorder.proposal"].sudo()._supersede_before(self)
        return over

    def _referred_series(self):
        referred = self.env["medical.reorder.proposal"].search(
            Domain("run_id", "in", self.ids)
            & (
                Domain("orderpoint_id.medical_proposal_id.run_id", "in", self.ids)
                | Domain("purchase_line_ids", "!=", False)
            )
        )
        return super()._referred_series() | referred.series_id
