from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.medical_base.document import QUALITY_APPROVER, QUALITY_USER
from odoo.addons.medical_base.models.medical_signed_mixin import signed

# Lots of which something is not decided yet.
_WAITING = Domain("quality_state", "=", "quarantine") | (
    Domain("quality_state", "=", "part") & Domain("quality_ledger_ids.waiting", ">", 0)
)


class StockLot(models.Model):
    _name = "stock.lot"
    _inherit = [
        "stock.lot",
        "medical.guarded.mixin",
        "medical.signed.mixin",
        "medical.hold.source.mixin",
        "medical.reason.mixin",  # medical_udi brings it: what inherits from it comes before it
    ]

    _guarded_fields = ("quality_state", "quality_basis", "quality_blocked", "quality_received", "quality_decided")

    # Who the lot is: a release holds for this lot and no other.
    _signed_fields = ("name", "product_id", "udi_di_id", "udi_lot", "expiration_date", "production_date")

    quality_state = fields.Selection(
        [
            ("quarantine", "In Quarantine"),
            ("part", "Partly Released"),
            ("released", "Released"),
            ("rejected", "Rejected"),
        ],
        "Quality",
        readonly=True,
        copy=False,
        index=True,
        help="Quarantine: not decided yet. Partly released: of what is there, a part is not decided yet or was rejected. Only what was "
        "released and is not on hold can be used.",
    )
    quality_basis = fields.Selection(
        [
            ("existing", "In stock before quality control"),
            ("uncontrolled", "Not under quality control"),
            ("decided", "Decided by quality"),
        ],
        "Basis of Quality",
        readonly=True,
        copy=False,
        help="Why the lot is in this state.",
    )
    quality_blocked = fields.Boolean(
        "Blocked",
        compute="_compute_quality_blocked",
        store=True,
        readonly=True,
        copy=False,
        help="The lot is not released, or it is on hold.",
    )
    quality_entry_ids = fields.One2many("medical.lot.entry", "lot_id", "Arrivals and Departures")
    quality_ledger_ids = fields.One2many("medical.lot.ledger", "lot_id", "Balances")
    # Superuser: how much may be used does not depend on who asks; of the companies that are selected.
    quality_free = fields.Float(
        "Free",
        digits="Product Unit",
        compute="_compute_quality_free",
        compute_sudo=True,
        help="May be used or delivered.",
    )
    quality_waiting = fields.Float(
        "Waits for a Decision", digits="Product Unit", compute="_compute_quality_free", compute_sudo=True
    )
    quality_hold_line_ids = fields.One2many("medical.hold.line", "lot_id", "Hold Lines")
    quality_step_ids = fields.One2many("medical.release.step.done", "lot_id", "Steps Signed")
    quality_next_step_id = fields.Many2one("medical.release.step", "Next Step", compute="_compute_quality_next_step_id")
    quality_may_sign_step = fields.Boolean("May Sign Next Step", compute="_compute_quality_next_step_id")
    quality_inspection_ids = fields.One2many("medical.inspection", "lot_id", "Inspections")
    quality_inspection_count = fields.Integer("Inspections Made", compute="_compute_quality_inspection_count")
    quality_open_count = fields.Integer("Open Inspections", compute="_compute_quality_inspection_count")
    quality_nonconformity_count = fields.Integer("Nonconformities", compute="_compute_quality_nonconformity_count")
    quality_hold_count = fields.Integer("Holds", compute="_compute_quality_hold_count")
    quality_unmet = fields.Text("Waits for", compute="_compute_quality_unmet", help="What stands against the release.")
    quality_ready = fields.Boolean(
        "Ready to Release",
        compute="_compute_quality_unmet",
        search="_search_quality_ready",
        help="Waits for the release and for nothing else.",
    )
    quality_blocked_text = fields.Char("Why It Is Blocked", compute="_compute_quality_blocked_text")
    quality_received = fields.Datetime("In Quarantine since", readonly=True, copy=False)
    quality_decided = fields.Datetime("Decided on", readonly=True, copy=False)
    quality_release_hours = fields.Float(
        "Hours to Release",
        compute="_compute_quality_release_hours",
        store=True,
        aggregator="avg",
        help="From the time the lot came into quarantine to its release.",
    )

    # Few lots are blocked at a time, and each reservation asks for them.
    _quality_blocked_idx = models.Index("(id) WHERE quality_blocked")

    @api.depends("quality_state", "quality_hold_line_ids.blocks_lot")
    def _compute_quality_blocked(self):
        held = {
            lot.id
            # sudo: a hold of another company on a shared lot blocks it as well.
            for (lot,) in self.env["medical.hold.line"]
            .sudo()
            ._read_group([("lot_id", "in", self.ids), ("blocks_lot", "=", True)], ["lot_id"])
        }
        for lot in self:
            lot.quality_blocked = lot.quality_state in ("quarantine", "rejected") or lot.id in held

    @api.depends("quality_ledger_ids.free", "quality_ledger_ids.waiting", "quality_blocked")
    @api.depends_context("allowed_company_ids")
    def _compute_quality_free(self):
        sums = {
            lot: amounts
            for lot, *amounts in self.env["medical.lot.ledger"]._read_group(
                [("lot_id", "in", self.ids), ("company_id", "in", self.env.companies.ids)],
                ["lot_id"],
                ["free:sum", "waiting:sum"],
            )
        }
        for lot in self:
            free, waiting = sums.get(lot._origin, (0.0, 0.0))
            lot.quality_free, lot.quality_waiting = 0.0 if lot.quality_blocked else free, waiting

    @api.depends("quality_received", "quality_decided", "quality_state")
    def _compute_quality_release_hours(self):
        for lot in self:
            known = lot.quality_state == "released" and lot.quality_received and lot.quality_decided
            lot.quality_release_hours = (
                (lot.quality_decided - lot.quality_received).total_seconds() / 3600 if known else 0.0
            )

    @api.depends(
        *("quality_state", "quality_ledger_ids.waiting", "quality_next_step_id", "expiration_date"),
        "quality_inspection_ids.state",
    )
    @api.depends_context("company")
    def _compute_quality_unmet(self):
        found = self.filtered(lambda lot: lot.id and lot._quality_waits())._quality_unmet_by_lot()
        for lot in self:
            unmet = found.get(lot, [])
            lot.quality_unmet = "\n".join(unmet)
            lot.quality_ready = lot in found and not unmet

    def _search_quality_ready(self, operator, value):
        if operator != "in":
            return NotImplemented
        found = self.search(_WAITING)._quality_unmet_by_lot()
        ready = Domain("id", "in", [lot.id for lot, unmet in found.items() if not unmet])
        return (ready if True in value else Domain.FALSE) | (~ready if False in value else Domain.FALSE)

    @api.depends("quality_blocked", "quality_state")
    def _compute_quality_blocked_text(self):
        for lot in self:
            reason = lot.quality_blocked and lot._quality_reason()
            lot.quality_blocked_text = (
                self.env._("%(lot)s %(reason)s.", lot=lot.name, reason=reason) if reason else False
            )

    def _compute_quality_hold_count(self):
        counts = dict(
            self.env["medical.hold.line"]._read_group(
                [("lot_id", "in", self.ids), ("state", "=", "active")], ["lot_id"], ["hold_id:count_distinct"]
            )
        )
        for lot in self:
            lot.quality_hold_count = counts.get(lot, 0)

    @api.depends("quality_state", "quality_received", "product_id", "quality_step_ids")
    @api.depends_context("company", "uid")
    def _compute_quality_next_step_id(self):
        needed = self.env["medical.release.step"]._for(self.filtered(lambda lot: lot.id and lot._quality_waits()))
        for lot in self:
            done = lot._quality_steps_done()
            lot.quality_next_step_id = (needed.get(lot, lot.quality_next_step_id.browse()) - done.step_id)[:1]
            lot.quality_may_sign_step = (
                # sudo: groups are not everybody's to read.
                lot.quality_next_step_id.sudo().group_id in self.env.user.all_group_ids
                and self.env.user not in done.user_id
            )

    def _quality_waits(self):
        """Whether something of the lot is not decided yet."""
        self.ensure_one()
        return self.quality_state == "quarantine" or (self.quality_state == "part" and self.quality_waiting > 0)

    def _quality_steps_done(self):
        """Steps signed since the lot last came into quarantine."""
        self.ensure_one()
        # sudo: whether a step is done does not depend on who asks.
        return self.sudo().quality_step_ids.filtered(lambda done: done.date >= (self.quality_received or done.date))

    def _compute_quality_nonconformity_count(self):
        counts = dict(
            self.env["medical.nonconformity.line"]._read_group(
                [("lot_id", "in", self.ids)], ["lot_id"], ["nonconformity_id:count_distinct"]
            )
        )
        for lot in self:
            lot.quality_nonconformity_count = counts.get(lot, 0)

    def _compute_quality_inspection_count(self):
        made, undecided = {}, {}
        for lot, state, count in self.env["medical.inspection"]._read_group(
            [("lot_id", "in", self.ids)], ["lot_id", "state"], ["__count"]
        ):
            made[lot] = made.get(lot, 0) + count
            if state == "open":
                undecided[lot] = count
        for lot in self:
            lot.quality_inspection_count = made.get(lot, 0)
            lot.quality_open_count = undecided.get(lot, 0)

    @api.model_create_multi
    def create(self, vals_list):
        lots = super().create(vals_list)
        now = fields.Datetime.now()
        for company, of_company in lots.grouped("company_id").items():
            products = of_company.product_id
            # What a lot of all companies is, the first company that receives it will say: until then it is not free in any.
            controlled = products._quality_controlled(company=company) if company else products._quality_lots_anywhere()
            if new := of_company.filtered(lambda lot, controlled=controlled: lot.product_id in controlled):
                new._guarded_write({"quality_state": "quarantine", "quality_received": now})
                new._quality_give_numbers()
            if other := of_company - new:
                other._guarded_write({"quality_state": "released", "quality_basis": "uncontrolled"})
            self.env["medical.hold"]._catch(new)
        return lots

    def write(self, vals):
        result = super().write(vals)
        if {"name", "product_id", "company_id"} & set(vals):
            products = self.product_id._quality_lots_anywhere()
            self.filtered(lambda lot: lot.product_id in products)._quality_give_numbers()
        if "expiration_date" in vals:
            # Who delivers them at this moment decides by the other date.
            self.env["medical.lot.ledger"].sudo()._touch(self)  # sudo: the date holds, whoever writes it
        return result

    def _quality_give_numbers(self):
        """One number, one lot."""
        # sudo: numbers are taken, whoever makes the lot.
        if taken := self.env["medical.lot.number"].sudo()._give(self):
            raise UserError(
                self.env._(
                    "%(lot)s of %(product)s is there already: choose the existing lot, or another number.",
                    **taken[0]._quality_names(),
                )
            )

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_undecided(self):
        for lot in self:
            if lot.quality_basis == "decided":
                names = lot._quality_names()
                raise UserError(
                    self.env._("%(lot)s of %(product)s: quality has decided on it, it is kept as a record.", **names)
                )

    # What people do

    @signed("release", check="_quality_check_release", reason=True)
    def action_quality_release(self):
        """The lots may be used."""
        self._quality_settle("released")

    @signed("approval", check="_quality_check_decider", reason=True)
    def action_quality_reject(self):
        """The lots may not be used."""
        self._quality_settle("rejected")

    @signed("approval", check="_quality_check_decider", reason=True)
    def action_quality_quarantine(self):
        """The lots have to be decided on anew."""
        self._quality_settle("quarantine")

    @signed("review", check="_quality_check_step")
    def action_quality_sign_step(self):
        """Sign the next step before the release."""
        signed_now = {"user_id": self.env.uid, "date": fields.Datetime.now()}
        self.env["medical.release.step.done"].sudo()._guarded_create(  # sudo: the signature is the right to write it
            [{"lot_id": lot.id, "step_id": lot.quality_next_step_id.id, **signed_now} for lot in self]
        )

    def _quality_check_step(self):
        for lot in self:
            step = lot.quality_next_step_id
            if not step:
                raise UserError(self.env._("%(lot)s: no step waits for a signature.", lot=lot.name))
            names = {"lot": lot.name, "step": step.name}
            if step.sudo().group_id not in self.env.user.all_group_ids:  # sudo: groups are not everybody's to read
                group = step.sudo().group_id.full_name  # sudo: as above
                raise AccessError(
                    self.env._("%(lot)s: '%(step)s' is signed by the group %(group)s.", group=group, **names)
                )
            if self.env.user in lot._quality_steps_done().user_id:
                raise AccessError(
                    self.env._("%(lot)s: you signed an earlier step, somebody else signs '%(step)s'.", **names)
                )

    def _quality_check_release(self):
        self._quality_check_decider()
        if unmet := self._quality_unmet():
            raise UserError("\n".join(unmet))

    def _quality_check_decider(self):
        self.env.user._medical_check_group(QUALITY_APPROVER, doing=self.env._("Decide whether lots may be used"))
        self.check_access("read")
        for company, lots in self.grouped("company_id").items():
            self.env["medical.training.requirement"]._check("release", lots.product_id, company or self.env.company)

    def _quality_decide(self, decision, reason):
        """Release, reject or quarantine the lots for the present user, without a signature.

        :param decision: released, rejected or quarantine
        :param reason: a sentence, kept in the audit trail
        Raises AccessError for others than quality approvers, UserError for lots that cannot be decided on.
        """
        lots = self._with_reason(reason)
        lots._quality_check_release() if decision == "released" else lots._quality_check_decider()
        if not lots._reason():
            raise UserError(self.env._("Give the reason of the decision."))
        lots._quality_settle(decision)

    def _quality_settle(self, decision):
        """What follows from a decision that somebody may take, on what is there of the lots: the arrivals that are not
        decided yet, or all that is left where there are none."""
        # sudo: approvers decide about lots without being allowed to edit them.
        lots = self.sudo()
        if same := lots.filtered(lambda lot: lot.quality_state == decision):
            label = dict(self._fields["quality_state"]._description_selection(self.env))[decision]
            names = same[0]._quality_names()
            raise UserError(self.env._("%(lot)s of %(product)s: the state is %(state)s already.", state=label, **names))
        now = fields.Datetime.now()
        before = {lot: lot.quality_state for lot in lots}
        lots._guarded_write(
            {"quality_state": decision, "quality_basis": "decided"}
            | (
                {"quality_received": now, "quality_decided": False}
                if decision == "quarantine"
                else {"quality_decided": now}
            )
        )
        # sudo: as above; in the end the lots are what is left of them.
        self.env["medical.lot.ledger"].sudo()._decide(lots, decision, self._quality_companies())
        rows = [(lot.id, lot.display_name, "quality_state", before[lot], lot.quality_state) for lot in lots]
        self.env["medical.audit.entry"]._log(self, rows, self._reason())
        self.env["stock.quant"]._quality_blocking_changed(lots)
        if decision == "rejected":
            self.env["medical.quality.rule"]._fire("rejected", lots)

    def _quality_companies(self):
        """lot → the companies in whose stock the present user decides on it: that of the lot with its branches, or all
        that are selected where it has none."""
        # sudo: companies are read, not changed.
        mine, found = self.env.user.sudo().company_ids, {}
        for company, lots in self.grouped("company_id").items():
            path = company.sudo().parent_path
            branches = company | mine.filtered(lambda one, path=path: one.parent_path.startswith(path or "/"))
            found |= dict.fromkeys(lots, branches if company else self.env.companies)
        return found

    def _quality_unmet(self):
        """Sentences on what stands against a release."""
        return [
            self.env._("%(lot)s of %(product)s: %(what)s.", what=what, **lot._quality_names())
            for lot, found in self._quality_unmet_by_lot().items()
            for what in found
        ]

    def _quality_unmet_by_lot(self):
        """lot → what stands against its release, each the end of a sentence; other parts of quality add theirs."""
        found = {lot: [] for lot in self}
        inspections = self.env["medical.inspection"].search(
            [("lot_id", "in", self.ids), ("state", "in", ("open", "failed")), ("repeated_by_id", "=", False)],
            order="id",
        )
        settled = self._quality_settled()
        left = inspections.filtered("rejected_whole")._gone()
        for one in inspections - left:
            if one.state == "open":
                found[one.lot_id].append(one._open_text())
            elif one.rejected_whole and not (
                one.decided_on and one.lot_id in settled and one.decided_on <= settled[one.lot_id]
            ):
                found[one.lot_id].append(self.env._("%(inspection)s rejected all of it", inspection=one.name))
        now = fields.Datetime.now()
        for lot in self:
            if step := lot.quality_next_step_id:
                found[lot].append(self.env._("'%(step)s' is not signed yet", step=step.name))
            if lot.expiration_date and lot.expiration_date <= now:
                date = fields.Date.to_string(lot.expiration_date)
                found[lot].append(self.env._("expired on %(date)s, it cannot be released", date=date))
        return found

    def action_quality_inspect(self):
        """Inspect what is in stock of the lots, once more or for the first time."""
        self.env.user._medical_check_group(QUALITY_USER, doing=self.env._("Inspect lots"))
        self.check_access("read")
        # sudo: inspections are opened by the system only.
        inspections = self.env["medical.inspection"].sudo()._open_again(self)
        return self.action_view_quality_inspections() | {"domain": [("id", "in", inspections.ids)]}

    def _quality_settled(self):
        """lot → when a nonconformity of all of it was executed last, with something to be used of it."""
        rows = self.env["medical.nonconformity.disposition"]._read_group(
            [
                ("lot_id", "in", self.ids),
                ("kind", "in", ("rework", "use_as_is")),
                ("line_id.source_location_id", "=", False),
                ("nonconformity_id.state", "in", ("executed", "closed")),
            ],
            ["lot_id", "nonconformity_id"],
        )
        found = {}
        for lot, nonconformity in rows:
            found[lot] = max(found.get(lot, nonconformity.executed_on), nonconformity.executed_on)
        return found

    def action_quality_hold(self):
        """A new hold on these lots."""
        return self._quality_new("medical.hold", self.env._("New Hold"))

    def action_quality_nonconformity(self):
        """A new nonconformity of these lots."""
        return self._quality_new("medical.nonconformity", self.env._("New Nonconformity"))

    def _quality_new(self, model, name):
        return self.env[model]._medical_form(
            name,
            "current",
            default_company_id=(self.company_id or self.env.company)[:1].id,
            default_line_ids=[(0, 0, {"lot_id": lot.id}) for lot in self],
        )

    def _quality_release_record(self):
        """What the release record of a lot shows, of the companies that are selected."""
        self.ensure_one()
        self.check_access("read")
        lot = self.sudo()  # who may read the lot also sees the names that stand on its record

        def ours(records):
            return records.filtered(
                lambda record: not record.company_id or record.company_id in self.env.companies
            ).sorted("id")

        return {
            "lot": lot,
            "inspections": ours(lot.quality_inspection_ids),
            "hold_lines": ours(lot.quality_hold_line_ids.filtered(lambda line: line.state != "draft")),
            "steps": ours(lot.quality_step_ids),
        }

    def action_view_quality_nonconformities(self):
        return self._medical_records(
            "medical_quality.action_medical_nonconformity", [("line_ids.lot_id", "in", self.ids)]
        )

    def action_view_quality_inspections(self):
        return self._medical_records("medical_quality.action_medical_inspection", [("lot_id", "in", self.ids)])

    def action_view_quality_holds(self):
        return self._medical_records("medical_quality.action_medical_hold", [("line_ids.lot_id", "in", self.ids)])

    # What the gate asks

    def _quality_names(self):
        """What sentences call the lot and its product."""
        self.ensure_one()
        return {"lot": self.name, "product": self.product_id.display_name}

    def _quality_blocked_sentence(self):
        """What is said to whoever takes the blocked lot."""
        return self.env._(
            "%(lot)s of %(product)s %(reason)s. It may only go to quarantine, to scrap or back to the supplier. "
            "Choose another lot, or ask quality.",
            reason=self._quality_reason(),
            **self._quality_names(),
        )

    def _quality_is_expired(self):
        self.ensure_one()
        return bool(self.expiration_date and self.expiration_date <= fields.Datetime.now())

    def _quality_expired_sentence(self):
        return self.env._(
            "%(lot)s of %(product)s expired on %(date)s. It may only go to quarantine, to scrap or back to the "
            "supplier. Choose another lot.",
            date=fields.Date.to_string(self.expiration_date),
            **self._quality_names(),
        )

    def _quality_reason(self):
        """Why the lot is blocked, in words for whoever tries to use it; empty when it is not."""
        self.ensure_one()
        # sudo: the sentence names the hold also to people who may not read holds.
        holds = self.sudo().quality_hold_line_ids.filtered("blocks_lot").hold_id
        if holds:
            return self.env._(
                "is on hold (%(holds)s)", holds="; ".join(f"{hold.name}: {hold.reason}" for hold in holds[:3])
            )
        if self.quality_state == "rejected":
            return self.env._("was rejected by quality")
        if self.quality_state == "quarantine":
            return self.env._("is in quarantine, quality has not released it yet")
        return ""
