from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date


class StockWarehouseOrderpoint(models.Model):
    _inherit = "stock.warehouse.orderpoint"

    medical_managed = fields.Boolean(
        "Managed by Forecast",
        readonly=True,
        copy=False,
        help="Minimum and maximum come from an applied reorder proposal. The company's replenishment "
        "horizon does not apply: the minimum covers lead time and review already.",
    )
    medical_by_hand = fields.Boolean(
        "Leave to People", copy=False, help="The forecast makes no proposal for this rule."
    )
    medical_proposal_id = fields.Many2one(
        "medical.reorder.proposal",
        "Last Proposal",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    medical_reason = fields.Char("Why", compute="_compute_medical_reason")

    @api.depends("medical_proposal_id", "medical_proposal_id.state")
    def _compute_medical_reason(self):
        """Why the rule is as it is; before anything was applied: what waits for a planner."""
        # sudo: whoever sees the rule, such as a seller, sees why it is so, whatever else they may read of planning.
        waiting = self.env["medical.reorder.proposal"].sudo()
        waiting = waiting.search_fetch(
            [("orderpoint_id", "in", self.ids), ("state", "=", "review")], ["orderpoint_id"], order="id"
        )
        open_of = {proposal.orderpoint_id.id: proposal for proposal in waiting}
        for rule in self:
            proposal = open_of.get(rule.id) or rule.sudo().medical_proposal_id  # sudo: as above
            if not proposal:
                rule.medical_reason = False
                continue
            if rule.id in open_of:
                rule.medical_reason = self.env._(
                    "A proposal waits for review: minimum %(minimum)g, maximum %(maximum)g. %(reason)s "
                    "(Data up to %(as_of)s)",
                    minimum=proposal.new_min,
                    maximum=proposal.new_max,
                    reason=proposal.reason,
                    as_of=format_date(self.env, proposal.as_of),
                )
            else:
                rule.medical_reason = proposal._dated_reason()

    # The replenishment horizon: managed rules look no further than their lead time.

    def get_horizon_days(self):
        if self and not self.env.context.get("medical_look_ahead") and all(rule.medical_managed for rule in self):
            return 0
        return super().get_horizon_days()

    def _compute_lead_days(self):
        managed = self.filtered("medical_managed")
        if managed:
            # The rules ask for the horizon on an empty record: the context is its only way there.
            super(StockWarehouseOrderpoint, managed.with_context(global_horizon_days=0))._compute_lead_days()
        return super(StockWarehouseOrderpoint, self - managed)._compute_lead_days()

    def _compute_deadline_date(self):
        # The deadline orders nothing; it warns, and does so over the company's horizon for every rule.
        return super(StockWarehouseOrderpoint, self.with_context(medical_look_ahead=True))._compute_deadline_date()

    @api.depends("medical_managed")
    def _compute_qty_to_order_computed(self):
        return super()._compute_qty_to_order_computed()

    def _compute_rules(self):
        # Core searches the routes to buy and to make once per reorder rule, which is most of the time that writing
        # many of them takes: they depend on no more than whether the product has vendors or bills of material.
        alike = {}
        for rule in self:
            product = rule.product_id
            made = "bom_ids" in product._fields and bool(product.bom_ids)
            key = (rule.location_id, rule.route_id, product.route_ids, product.categ_id, bool(product.seller_ids), made)
            alike.setdefault(key, []).append(rule.id)
        result = None
        for ids in alike.values():
            first, others = self.browse(ids[:1]), self.browse(ids[1:])
            result = super(StockWarehouseOrderpoint, first)._compute_rules()
            others.rule_ids = first.rule_ids
        return result

    def _get_multiple_rounded_qty(self, qty_to_order):
        # Core searches routes, rules and dates for a vendor whose unit it then compares with the product's:
        # not worth it where every vendor sells in that unit, the answer is the quantity itself.
        if not self.replenishment_uom_id:
            product = self.product_id
            units = product.seller_ids.product_uom_id | self.supplier_id.product_uom_id
            if units <= product.uom_id and set(self.rule_ids.mapped("action")) == {"buy"}:
                return qty_to_order
        return super()._get_multiple_rounded_qty(qty_to_order)

    def _unlink_processed_orderpoints(self):
        # Core removes the superuser's manual rules once nothing is to order; managed ones stay.
        removable = Domain([("create_uid", "=", SUPERUSER_ID), ("trigger", "=", "manual")])
        if self:
            removable &= Domain("id", "in", self.ids)
        everything = self.env["stock.warehouse.orderpoint"].with_context(active_test=False)
        others = everything.search(removable & Domain("medical_managed", "=", False))
        others -= others._medical_overridden()
        if not others:
            return others
        return super(StockWarehouseOrderpoint, others)._unlink_processed_orderpoints()

    def _procure_orderpoint_confirm(self, use_new_cursor=False, company_id=None, raise_user_error=True):
        if use_new_cursor:
            # The scheduler has just written computed quantities here and lets a second transaction
            # update the same rules: uncommitted, that ends in a serialization failure which stops the
            # rest of the night's work (odoo/odoo#268616).
            self.env["ir.cron"]._commit_progress()
        return super()._procure_orderpoint_confirm(
            use_new_cursor=use_new_cursor, company_id=company_id, raise_user_error=raise_user_error
        )

    # What proposals do to rules. Private: no RPC call reaches them.

    def _medical_apply(self, targets):
        """Write what proposals say, or take it back; ``targets`` is rule id → values."""
        for rule in self:
            rule.write(targets[rule.id])

    @api.model
    def _medical_create(self, proposals):
        """Create the missing rules of ``proposals``, in their order.

        They belong to a person, never to the superuser, whose manual rules core deletes.
        """
        if not proposals:
            return self
        company = proposals.company_id
        company.ensure_one()
        owner = self.env.user if not self.env.user._is_superuser() else company._medical_owner()
        # sudo: planners may not create reorder rules by hand; applying a proposal is how they do.
        creator = self.with_user(owner).with_company(company).sudo()
        names = creator.env["ir.sequence"]._medical_numbers("stock.orderpoint", creator.env.company, len(proposals))
        return creator.create(
            [
                {
                    "name": name,
                    "product_id": proposal.product_id.id,
                    "warehouse_id": proposal.warehouse_id.id,
                    "location_id": proposal.warehouse_id.lot_stock_id.id,
                    "company_id": company.id,
                    "trigger": proposal.policy_id.trigger or "auto",
                    **proposal._rule_values(),
                }
                for name, proposal in zip(names, proposals.sudo(), strict=True)
            ]
        ).with_env(self.env)

    def _medical_remove(self):
        """Delete rules that a rolled-back run created; archive those that orders or overrides refer to."""
        used = self.env["purchase.order.line"]._read_group([("orderpoint_id", "in", self.ids)], ["orderpoint_id"])
        referred = self.browse([rule.id for (rule,) in used]) | self._medical_overridden()
        referred.write({"active": False, "medical_managed": False})
        (self - referred).unlink()

    def _medical_overridden(self):
        """Those that somebody overrides or has overridden: the record of it stays, and so does its rule."""
        # sudo: which rules can be deleted does not depend on who plans.
        return self.env["medical.planner.override"].sudo().search([("orderpoint_id", "in", self.ids)]).orderpoint_id

    def action_medical_forecast(self):
        self.ensure_one()
        return self.product_id._medical_open_forecast(self.warehouse_id)
