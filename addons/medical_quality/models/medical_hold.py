from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from odoo.addons.medical_base.models.medical_signed_mixin import signed


class MedicalHold(models.Model):
    """Keeps lots from being used, whatever their state, until quality lifts it."""

    _name = "medical.hold"
    _description = "Hold"
    _inherit = [
        "medical.guarded.mixin",
        "medical.audited.mixin",
        "medical.signed.mixin",
        "medical.quality.retained.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    _guarded_fields = (
        "name",
        "state",
        "approver_group_id",
        "set_date",
        "set_user_id",
        "lifted_date",
        "lifted_user_id",
        "lift_reason",
    )
    _audited_fields = (
        "state",
        "reason",
        "source",
        "catch_product_id",
        "catch_partner_id",
        "catch_prefix",
        "lift_reason",
    )

    _signed_fields = ("reason", "source", "line_ids.lot_id", "line_ids.quantity")
    _retention_from = ("lifted_date",)
    _retention_products = ("line_ids.lot_id.product_id", "catch_product_id")

    name = fields.Char("Number", readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="restrict", default=lambda self: self._default_company_id()
    )
    reason = fields.Char(required=True, tracking=True, help="Told to everybody who tries to use a lot on hold.")
    source = fields.Reference(
        selection="_selection_source", string="Because of", copy=False, help="The record that led to the hold."
    )
    line_ids = fields.One2many("medical.hold.line", "hold_id", "Lots")
    lot_count = fields.Integer("Number of Lots", compute="_compute_lot_count")
    state = fields.Selection(
        [("draft", "Draft"), ("active", "On Hold"), ("lifted", "Lifted")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    set_date = fields.Datetime("Set on", readonly=True, copy=False)
    set_user_id = fields.Many2one("res.users", "Set by", readonly=True, copy=False)
    lifted_date = fields.Datetime("Lifted on", readonly=True, copy=False)
    lifted_user_id = fields.Many2one("res.users", "Lifted by", readonly=True, copy=False)
    lift_reason = fields.Char("Why It Was Lifted", readonly=True, copy=False)

    approver_group_id = fields.Many2one(
        "res.groups",
        "Lifted Only by",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Set by the quality rule that put the lots on hold.",
    )

    # What comes later and is to be caught as well.
    catch_product_id = fields.Many2one(
        "product.product",
        "Also New Lots of",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Lots of this product that come in while the hold is set are put on hold as well.",
    )
    catch_partner_id = fields.Many2one(
        "res.partner", "from Vendor", ondelete="restrict", help="Only what this vendor delivers; empty for all."
    )
    catch_prefix = fields.Char("with Numbers Beginning with", help="Only lots whose number begins so; empty for all.")

    @api.model
    def _default_company_id(self):
        return self.env.company

    @api.model
    def _selection_source(self):
        """Kinds of records that lead to a hold; other addons add theirs."""
        models_ = ("medical.inspection", "medical.nonconformity", "stock.picking", "purchase.order", "stock.lot")
        return [(name, self.env["ir.model"]._get(name).name) for name in models_]

    def _compute_lot_count(self):
        counts = dict(
            self.env["medical.hold.line"]._read_group([("hold_id", "in", self.ids)], ["hold_id"], ["__count"])
        )
        for hold in self:
            hold.lot_count = counts.get(hold, 0)

    @api.model_create_multi
    def create(self, vals_list):
        holds = super().create(vals_list)
        for company, of_company in holds.grouped("company_id").items():
            names = self.env["ir.sequence"]._medical_numbers("medical.hold", company, len(of_company))
            for hold, name in zip(of_company, names, strict=True):
                hold._guarded_write({"name": name})
        return holds

    def write(self, vals):
        self.check_access("write")
        self._refuse_settled(vals)
        return super().write(vals)

    def _refuse_settled(self, vals):
        """What a hold that was set is about stays; only the record that led to it may become known later."""
        settled = {"reason", "company_id", "catch_product_id", "catch_partner_id", "catch_prefix"}.intersection(vals)
        for hold in self:
            waits = "source" in vals and (hold._ends_with_inspection() or hold._ends_with_nonconformity())
            if hold.state != "draft" and (settled or waits):
                raise UserError(
                    self.env._(
                        "%(hold)s is set and stays as it is: lift it, and make another hold where something else is meant.",
                        hold=hold.name,
                    )
                )

    def _is_retention_draft(self):
        return self.state == "draft"

    # What people do

    def action_set(self):
        """Block the lots, free what was reserved of them, and move held parts to quarantine."""
        self._check_may("medical_base.group_medical_quality_user")
        self._set()

    def _set(self):
        for hold in self:
            if hold.state != "draft":
                raise UserError(self.env._("%(hold)s is not a draft.", hold=hold.name))
            if not hold.line_ids and not hold.catch_product_id:
                raise UserError(
                    self.env._(
                        "%(hold)s: add the lots it is about, or the product whose new lots it catches.", hold=hold.name
                    )
                )
            hold._check_controlled()
        self._guarded_write({"state": "active", "set_date": fields.Datetime.now(), "set_user_id": self.env.uid})
        self.line_ids._apply()

    @signed("approval", check="_check_can_lift", reason=True)
    def action_lift(self):
        """What nothing else blocks is available again at once."""
        self._lift(self._reason())

    def _lift(self, reason):
        """Lift the holds: lots that nothing else blocks are available again."""
        self._check_can_lift()
        if not (reason or "").strip():
            raise UserError(self.env._("Give the reason why the hold is lifted."))
        self._end(reason)

    def _check_can_lift(self):
        self._check_may("medical_base.group_medical_quality_approver")
        for hold in self:
            if hold.state != "active":
                raise UserError(self.env._("%(hold)s is not set.", hold=hold.name))
            hold._check_may_be_lifted()

    def _check_may_be_lifted(self):
        """Refuse what something else has to be done for first."""
        group = self.sudo().approver_group_id  # sudo: groups are not everybody's to read
        if group and group not in self.env.user.all_group_ids:
            raise AccessError(
                self.env._("%(hold)s is lifted by the group %(group)s only.", hold=self.name, group=group.full_name)
            )
        if self._ends_with_inspection():
            raise UserError(
                self.env._(
                    "%(hold)s ends by itself: decide on %(inspection)s.", hold=self.name, inspection=self.source.name
                )
            )
        if self._ends_with_nonconformity():
            raise UserError(
                self.env._(
                    "%(hold)s stays while %(record)s is open: carry its disposition out and close it, or cancel it.",
                    hold=self.name,
                    record=self.source.name,
                )
            )

    def _ends_with_inspection(self):
        """Whether an open inspection put the lots on hold until somebody decides on it."""
        self.ensure_one()
        return bool(self.source) and self.source._name == "medical.inspection" and self.source.state == "open"

    def _ends_with_nonconformity(self):
        """Whether a nonconformity that is not closed put the lots on hold."""
        self.ensure_one()
        nonconformity = self.source if self.source and self.source._name == "medical.nonconformity" else None
        return (
            bool(nonconformity)
            and self in (nonconformity.hold_id | nonconformity.regrade_hold_id)
            and (nonconformity.state not in ("closed", "cancelled"))
        )

    def _end(self, reason):
        self.with_context(medical_reason=reason)._guarded_write(
            {
                "state": "lifted",
                "lifted_date": fields.Datetime.now(),
                "lifted_user_id": self.env.uid,
                "lift_reason": reason,
            }
        )
        self.env["stock.quant"]._quality_blocking_changed(self.line_ids.lot_id)

    def action_view_lots(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("stock.action_production_lot_form")
        action.update(domain=[("id", "in", self.line_ids.lot_id.ids)], context={})
        return action

    def _check_may(self, group):
        if not self.env.user.has_group(group):
            raise AccessError(self.env._("Quality users set holds; quality approvers lift them."))
        self.check_access("write")

    def _check_controlled(self):
        self.ensure_one()
        products = self.line_ids.product_id | self.catch_product_id
        if outside := products - products._quality_controlled(company=self.company_id):
            raise UserError(
                self.env._(
                    "%(product)s is not under quality control, so a hold would block nothing: track it by lots or serial "
                    "numbers, and let an administrator switch quality control on for its category under Scopes.",
                    product=outside[0].display_name,
                )
            )

    # What comes later

    @api.model
    def _catch(self, lots, partner=None):
        """Put new ``lots`` on the holds that wait for them; ``partner`` delivered them, where that is known."""
        if not lots:
            return
        # sudo: who receives goods need not read holds.
        holds = self.sudo().search(
            Domain("state", "=", "active")
            & Domain("catch_product_id", "in", lots.product_id.ids)
            & (
                Domain("catch_partner_id", "parent_of", partner.commercial_partner_id.ids)
                | Domain("catch_partner_id", "=", False)
                if partner
                else Domain("catch_partner_id", "=", False)
            )
        )
        for hold in holds:
            caught = (
                lots.filtered(
                    lambda lot, hold=hold: (
                        lot.product_id == hold.catch_product_id
                        and lot.company_id in (hold.company_id, lot.company_id.browse())
                        and (lot.name or "").startswith(hold.catch_prefix or "")
                    )
                )
                - hold.line_ids.lot_id
            )
            if caught:
                self.env["medical.hold.line"].sudo()._create_caught(hold, caught)
