from odoo import api, fields, models
from odoo.tools import LazyTranslate, format_date, formatLang

from odoo.addons.medical_base.document import PLANNER, step

_lt = LazyTranslate(__name__)
# Steps that the system takes; lists show for whom, and when.
_SYSTEM = {"system": True, "access": "read", "by": "decided_by_id", "on": "decided_date"}


class MedicalReorderProposal(models.Model):
    """A reorder rule as it is and as it should be, why, and what became of it."""

    _name = "medical.reorder.proposal"
    _description = "Reorder Proposal"
    _inherit = ["medical.document.mixin"]
    _order = "run_id desc, value_change desc, id"
    _check_company_auto = True
    _guarded_fields = ("automatic", "orderpoint_id", "created_rule", "decision_note")
    _kept_from = "applied"
    _dropped_states = ("rejected", "superseded", "failed")

    run_id = fields.Many2one("medical.forecast.run", required=True, readonly=True, ondelete="cascade", index=True)
    series_id = fields.Many2one("medical.forecast.series", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="restrict", index=True)
    warehouse_id = fields.Many2one("stock.warehouse", required=True, readonly=True, ondelete="restrict", index=True)
    warehouse_code = fields.Char(related="warehouse_id.code", string="Warehouse Code")
    categ_id = fields.Many2one("product.category", "Product Category", readonly=True, index=True)
    orderpoint_id = fields.Many2one(
        "stock.warehouse.orderpoint",
        "Reorder Rule",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    policy_id = fields.Many2one("medical.policy", readonly=True, ondelete="set null", index="btree_not_null")
    policy_version = fields.Integer(readonly=True)
    purchase_line_ids = fields.One2many("purchase.order.line", "medical_proposal_id", readonly=True)
    scenario = fields.Selection(related="run_id.scenario", store=True)
    as_of = fields.Date(related="run_id.as_of")

    had_rule = fields.Boolean(readonly=True)
    old_min = fields.Float("Old Minimum", readonly=True, digits="Product Unit")
    old_max = fields.Float("Old Maximum", readonly=True, digits="Product Unit")
    old_managed = fields.Boolean(readonly=True, help="The rule was managed by the suite before.")
    new_min = fields.Float("New Minimum", readonly=True, digits="Product Unit")
    new_max = fields.Float("New Maximum", readonly=True, digits="Product Unit")
    change_percent = fields.Float("Change (%)", readonly=True, aggregator="avg")
    safety_stock = fields.Float(readonly=True, digits="Product Unit")
    old_service = fields.Float(
        "Service Now (%)", readonly=True, aggregator="avg", help="Expected cycle service of the old minimum."
    )
    new_service = fields.Float("Service (%)", readonly=True, aggregator="avg", help="Expected cycle service.")
    new_fill_rate = fields.Float("Fill Rate (%)", readonly=True, aggregator="avg")
    old_value = fields.Monetary("Stock Value Now", readonly=True, help="Expected mean stock under the old rule.")
    new_value = fields.Monetary("Stock Value", readonly=True, help="Expected mean stock under the new rule.")
    value_change = fields.Monetary(readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    order_minimum = fields.Float(readonly=True, digits="Product Unit", help="Smallest order the vendor takes.")
    limits = fields.Char(readonly=True, help="What bounded the quantities, as codes.")
    review_reason = fields.Selection(
        [
            ("none", "Within tolerance"),
            ("scope", "Automatic planning is not switched on here"),
            ("scenario", "Scenario other than Base"),
            ("take_over", "Rule was set by people"),
            ("by_hand", "Rule was changed by hand since"),
            ("create", "Policy does not create rules by itself"),
            ("cap", "Change reaches the limit per run"),
            ("tolerance", "Change is larger than the tolerance"),
        ],
        "Waits Because",
        readonly=True,
        required=True,
    )
    reason = fields.Char(compute="_compute_reason")
    forecast_chart = fields.Json(related="series_id.chart")
    order_line_count = fields.Integer(compute="_compute_order_line_count")

    state = fields.Selection(
        [
            ("review", "To Review"),
            ("ready", "Applies by Itself"),
            ("applied", "Applied"),
            ("rejected", "Rejected"),
            ("superseded", "Superseded"),
            ("rolled_back", "Rolled Back"),
            ("conflict", "Not Rolled Back"),
            ("failed", "Failed"),
        ]
    )
    automatic = fields.Boolean(readonly=True, copy=False, help="Applied by the run, within the policy's tolerance.")
    created_rule = fields.Boolean(readonly=True, copy=False)
    decided_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    decided_date = fields.Datetime(readonly=True, copy=False)
    decision_note = fields.Char(readonly=True, copy=False)

    _to_apply = models.Index("(run_id, id) WHERE state = 'ready'")
    _open = models.Index("(company_id, product_id, warehouse_id) WHERE state IN ('review', 'ready')")

    @api.depends("product_id", "warehouse_id")
    def _compute_display_name(self):
        for proposal in self:
            proposal.display_name = f"{proposal.product_id.display_name} / {proposal.warehouse_id.code}"

    def _compute_order_line_count(self):
        self._medical_count("order_line_count", "purchase.order.line", "medical_proposal_id")

    def _compute_reason(self):
        """One sentence a planner understands, in the reader's language."""
        origins = {
            "product": self.env._("measured from its receipts"),
            "vendor": self.env._("measured from the vendor's receipts"),
            "promised": self.env._("as the vendor promises"),
        }
        targets = {"cycle": self.env._("cycle service level"), "fill": self.env._("fill rate")}
        for proposal in self:
            series, policy = proposal.series_id, proposal.policy_id
            parts = [
                self.env._(
                    "Over %(days).0f days (lead time %(lead).0f ± %(deviation).0f, %(origin)s, plus %(review).0f of "
                    "review) a demand of %(demand)s %(unit)s is expected; a minimum of %(minimum)s keeps a "
                    "%(type)s of %(target)s %%.",
                    days=series.cover_days,
                    lead=series.lead_days,
                    deviation=series.lead_deviation,
                    origin=origins.get(series.lead_source, ""),
                    review=series.cover_days - series.lead_days,
                    demand=formatLang(self.env, series.cover_mean, digits=0 if series.cover_mean >= 100 else 1),
                    unit=series.uom_id.name,
                    minimum=formatLang(self.env, proposal.new_min, digits=0 if proposal.new_min % 1 == 0 else 2),
                    type=targets.get(policy.service_type, ""),
                    target=f"{policy.service_target:g}",
                )
            ]
            parts += [self._limit_texts()[code] for code in (proposal.limits or "").split(",") if code]
            if policy.is_shared:
                text = self.env._(
                    "The target is shared over the policy's products: this one is planned for %(service)s %%.",
                    service=formatLang(self.env, proposal.new_service, digits=1),
                )
                parts.append(text)
            proposal.reason = " ".join(filter(None, [*parts, proposal._turn_text()]))

    def _dated_reason(self):
        self.ensure_one()
        as_of = format_date(self.env, self.as_of)
        return self.env._("%(reason)s (Data up to %(as_of)s)", reason=self.reason, as_of=as_of)

    def _turn_text(self):
        series = self.series_id
        if series.turn_factor in (0.0, 1.0):
            return ""
        percent = f"{abs(series.turn_factor - 1) * 100:.0f}"
        if series.turn_kind == "surge":
            return self.env._("Raised by %(percent)s %% because demand jumped in the last period.", percent=percent)
        if series.turn_kind == "together":
            return self.env._(
                "Raised by %(percent)s %% with %(product)s, which it is used together with and whose demand jumped.",
                percent=percent,
                product=series.turn_source_id.display_name,
            )
        if series.turn_kind == "decline":
            return self.env._(
                "Lowered by %(percent)s %% because demand has been low for several periods.", percent=percent
            )
        return ""

    def _limit_texts(self):
        return {
            "moq": self.env._("The vendor's minimum order sets the order quantity."),
            "multiple": self.env._("Rounded up to the vendor's multiple."),
            "shelf_life": self.env._("Held down by the shelf life."),
            "cap": self.env._("Held by the policy's largest change per run."),
            "no_demand": self.env._("No demand is expected."),
            "last_buy": self.env._("The last buy is over: nothing is ordered or kept for safety any more."),
        }

    def action_view_forecast(self):
        self.ensure_one()
        return self.series_id._medical_form(self.env._("Forecast"), target="current")

    def action_view_rule(self):
        self.ensure_one()
        return self._medical_records("stock.action_orderpoint", [("id", "=", self.orderpoint_id.id)])

    def action_view_order_lines(self):
        self.ensure_one()
        mine = [("medical_proposal_id", "in", self.ids)]
        return self.env["purchase.order.line"]._medical_list(self.env._("Order Lines"), mine)

    # What people do. Planners have no write right on proposals: only steps change them.

    @step("review", label=_lt("Apply"), group=PLANNER, access="read")
    def action_apply(self):
        """Write the new values to the reorder rules."""
        self._apply(automatic=False)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _unmet_apply(self):
        off = self.filtered(lambda p: not p.product_id._medical_enabled("planning", p.warehouse_id, p.company_id))
        # One sentence for all of them.
        text = self.env._(
            "Planning is not switched on for %(names)s. An administrator does that under "
            "Inventory → Configuration → Medical Scopes.",
            names=", ".join(off[:5].mapped("display_name")),
        )
        return dict.fromkeys(off, text)

    @step(
        "review",
        to="rejected",
        label=_lt("Reject"),
        group=PLANNER,
        access="read",
        reason=True,
        by="decided_by_id",
        on="decided_date",
        why="decision_note",
    )
    def action_reject(self):
        """The rule stays as it is; the next run may propose a change again."""

    @step(
        "review",
        to="rejected",
        label=_lt("Leave Rule to People"),
        group=PLANNER,
        access="read",
        by="decided_by_id",
        on="decided_date",
    )
    def action_leave_to_people(self):
        """Take the rules of these proposals out of planning; reject the proposals."""
        # sudo: planners may not edit reorder rules; only this flag is set.
        rules = self.sudo().orderpoint_id
        self.env["medical.audit.entry"]._log(
            rules,
            [(rule.id, rule.display_name, "medical_by_hand", str(rule.medical_by_hand), "True") for rule in rules],
        )
        rules.medical_by_hand = True
        self._note(self.env._("The rule is left to people."))

    # What runs do

    @step("review", "ready", to="applied", label=_lt("Applied"), **_SYSTEM)
    def _become_applied(self, automatic):
        self.sudo()._guarded_write({"automatic": automatic})  # sudo: see above

    @step("review", "ready", to="failed", label=_lt("Failed"), **_SYSTEM)
    def _fail(self, note):
        self._note(note)

    @step("review", "ready", to="superseded", label=_lt("Superseded"), **_SYSTEM)
    def _supersede(self):
        """A newer proposal, or the end of its run, answers it."""

    @step("applied", to="rolled_back", label=_lt("Rolled Back"), **_SYSTEM)
    def _restore(self):
        """The rule has its former values."""

    @step("applied", to="conflict", label=_lt("Not Rolled Back"), **_SYSTEM)
    def _leave(self, note):
        self._note(note)

    def _note(self, note):
        self.sudo()._guarded_write({"decision_note": note})  # sudo: see above

    def _apply(self, *, automatic):
        """Write the rules of these proposals; rules deleted meanwhile fail alone."""
        if not self:
            return
        # sudo: reorder rules are written by stock managers only; the planner's right to apply
        # was checked by the caller, and only minimum, maximum and our own fields are touched.
        rules = self.sudo().orderpoint_id.exists()
        gone = self.filtered(lambda p: p.had_rule and p.orderpoint_id not in rules)
        gone._fail(note=self.env._("The reorder rule was deleted after the proposal was made."))
        crossed = self._crossed(self.filtered(lambda p: not p.had_rule))
        crossed._fail(note=self.env._("Somebody made a reorder rule here after the proposal was made."))
        todo = self - gone - crossed
        existing = todo.filtered(lambda p: p.orderpoint_id in rules)
        existing.sudo().orderpoint_id._medical_apply({p.orderpoint_id.id: p._rule_values() for p in existing})
        for missing in (todo - existing).grouped("company_id").values():
            created = self.env["stock.warehouse.orderpoint"]._medical_create(missing)
            for proposal, rule in zip(missing, created, strict=True):
                proposal.sudo()._guarded_write({"orderpoint_id": rule.id, "created_rule": True})
        self._log_changes(todo)
        todo._become_applied(automatic=automatic)
        self._supersede_others(todo)

    def _rule_values(self):
        return {
            "product_min_qty": self.new_min,
            "product_max_qty": self.new_max,
            "medical_managed": True,
            "medical_proposal_id": self.id,
        }

    def _crossed(self, proposals):
        """Proposals for a new rule where there is one by now, archived ones too: core allows one per place."""
        # sudo: as in _apply.
        rules = self.env["stock.warehouse.orderpoint"].sudo().with_context(active_test=False)
        places = proposals.warehouse_id.lot_stock_id
        rules = rules.search_fetch(
            [("product_id", "in", proposals.product_id.ids), ("location_id", "in", places.ids)],
            ["product_id", "location_id", "company_id"],
        )
        taken = {(rule.product_id.id, rule.location_id.id, rule.company_id.id) for rule in rules}
        return proposals.filtered(lambda p: (p.product_id.id, p.warehouse_id.lot_stock_id.id, p.company_id.id) in taken)

    def _log_changes(self, proposals):
        rows = []
        for proposal in proposals:
            old, new = f"{proposal.old_min:g} / {proposal.old_max:g}", f"{proposal.new_min:g} / {proposal.new_max:g}"
            rows.append((proposal.id, proposal.display_name, "min / max", old, new))
        self.env["medical.audit.entry"]._log(
            self._name, rows, reason=self.env._("Run %(run)s", run=proposals.run_id[:1].name)
        )

    def _supersede_others(self, applied):
        """Older open proposals for the same products and warehouses are answered by these."""
        # sudo: whoever may apply a proposal closes those it answers.
        older = self.sudo().search(
            [
                ("company_id", "in", applied.company_id.ids),
                ("state", "=", "review"),
                ("product_id", "in", applied.product_id.ids),
                ("warehouse_id", "in", applied.warehouse_id.ids),
                ("id", "not in", applied.ids),
            ]
        )
        older._supersede_for(applied)

    def _supersede_before(self, run):
        """A newer forecast answers what older runs left open, for the products it planned."""
        if run.scenario != "base":
            return
        self.flush_model()
        open_before = self.search(
            [("company_id", "=", run.company_id.id), ("state", "=", "review"), ("run_id", "<", run.id)]
        )
        open_before._supersede_for(
            self.env["medical.forecast.series"].search_fetch(
                [("run_id", "=", run.id), ("state", "=", "done")], ["product_id", "warehouse_id"]
            )
        )

    def _supersede_for(self, records):
        """Close those of the proposals that are about the product and warehouse of one of the records."""
        pairs = {(record.product_id, record.warehouse_id) for record in records}
        self.filtered(lambda p: (p.product_id, p.warehouse_id) in pairs)._supersede()

    def _roll_back(self):
        """Restore the rules that still hold what was written; return those that do not.

        A rule that this proposal created is deleted, or archived when orders refer to it.
        """
        # sudo: as in _apply.
        rules = self.sudo().orderpoint_id.exists()
        kept = self.filtered(
            lambda p: (
                p.orderpoint_id in rules
                and p.orderpoint_id.sudo().product_min_qty == p.new_min
                and p.orderpoint_id.sudo().product_max_qty == p.new_max
            )
        )
        conflict = self - kept
        restored = kept.filtered("had_rule")
        former = ("product_min_qty", "product_max_qty", "medical_managed")
        restored.sudo().orderpoint_id._medical_apply(
            {
                p.orderpoint_id.id: dict(zip(former, (p.old_min, p.old_max, p.old_managed), strict=True))
                for p in restored
            }
        )
        (kept - restored).sudo().orderpoint_id._medical_remove()
        kept._restore()
        conflict._leave(note=self.env._("The rule was changed or deleted since; decide by hand."))
        return conflict

    @api.model
    def _roll_back_version(self, policy):
        """Give the rules that the version in force of ``policy`` wrote the values they had when it was released.

        Rules made since are deleted, or archived when orders refer to them. A rule that does not hold what its last
        proposal wrote is left alone. Open proposals of the version are closed.

        :return: number of rules restored, and left alone
        """
        version = policy._version_in_force()
        # sudo: as in _apply; the caller has checked that the user is a planner of this company.
        mine = self.sudo().search([("policy_id", "=", policy.id), ("policy_version", "=", version.number)])
        applied = mine.filtered(lambda p: p.state == "applied")
        rules = self.env["stock.warehouse.orderpoint"].sudo().with_context(active_test=False)
        held = ("product_min_qty", "product_max_qty", "medical_managed", "medical_proposal_id")
        rules = rules.search_fetch([("medical_proposal_id", "in", applied.ids)], held)
        kept = rules.filtered(
            lambda rule: (
                rule.product_min_qty == rule.medical_proposal_id.new_min
                and rule.product_max_qty == rule.medical_proposal_id.new_max
            )
        )
        before = version.sudo().rules_before or {}
        targets = {rule.id: before[str(rule.id)] for rule in kept if str(rule.id) in before}
        older = kept.filtered(lambda rule: rule.id in targets)
        there = set(self.sudo().browse({last for *_values, last in targets.values() if last}).exists().ids)
        older._medical_apply(
            {
                rule_id: dict(zip(held, (*values, last if last in there else False), strict=True))
                for rule_id, (*values, last) in targets.items()
            }
        )
        (kept - older)._medical_remove()
        left = rules - kept
        changed_since = applied.filtered(lambda p: p.orderpoint_id in left)
        changed_since._leave(note=self.env._("The rule was changed since; decide by hand."))
        (applied - changed_since)._restore()
        mine.filtered(lambda p: p.state in ("review", "ready"))._supersede()
        return len(kept), len(left)
