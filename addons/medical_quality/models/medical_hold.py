from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import QUALITY_APPROVER, QUALITY_USER, step

_lt = LazyTranslate(__name__)


class MedicalHold(models.Model):
    """Keeps lots from being used, whatever their state, until quality lifts it."""

    _name = "medical.hold"
    _description = "Hold"
    _inherit = [
        "medical.document.mixin",
        "medical.signed.mixin",
        "medical.quality.retained.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    _number = "medical.hold"
    _kept_from = "active"
    _settles = {
        "draft": ("reason", "company_id", "line_ids", "catch_product_id", "catch_partner_id", "catch_prefix"),
        # What led to it may become known later.
        "active": ("source",),
    }
    _guarded_fields = ("approver_group_id",)
    _audited_fields = (
        *("state", "reason", "source", "lift_reason"),
        *("catch_product_id", "catch_partner_id", "catch_prefix"),
    )
    _signed_fields = ("reason", "source", "line_ids.lot_id", "line_ids.quantity")
    _retention_from = ("lifted_date",)
    _retention_products = ("line_ids.lot_id.product_id", "catch_product_id")

    name = fields.Char("Number", readonly=True, copy=False, default="/")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="restrict", default=lambda self: self.env.company
    )
    reason = fields.Char(required=True, tracking=True, help="Told to everybody who tries to use a lot on hold.")
    source = fields.Reference(
        selection="_selection_source", string="Because of", copy=False, help="The record that led to the hold."
    )
    line_ids = fields.One2many("medical.hold.line", "hold_id", "Lots")
    lot_count = fields.Integer("Number of Lots", compute="_compute_lot_count")
    state = fields.Selection([("draft", "Draft"), ("active", "On Hold"), ("lifted", "Lifted")])
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
    def _selection_source(self):
        return self.env["medical.hold.source.mixin"]._hold_sources()

    def _compute_lot_count(self):
        counts = dict(
            self.env["medical.hold.line"]._read_group([("hold_id", "in", self.ids)], ["hold_id"], ["__count"])
        )
        for hold in self:
            hold.lot_count = counts.get(hold, 0)

    def _refuse_settled(self, names):
        """What led to a hold may become known while it is set; once known it stays."""
        for hold in self if "source" in names else ():
            if hold.state == "active" and hold.source and hold._is_change("source", names):
                raise UserError(
                    hold._stays()
                    or self.env._(
                        "%(hold)s was set because of %(record)s, and that stays so. Lift it, and make another hold where "
                        "something else is meant.",
                        hold=hold.display_name,
                        record=hold.source.display_name,
                    )
                )
        return super()._refuse_settled(names)

    def _settled_advice(self):
        return self.env._("Lift it, and make another hold where something else is meant.")

    # What people do

    @step("draft", to="active", label=_lt("Set Hold"), group=QUALITY_USER, by="set_user_id", on="set_date")
    def action_set(self):
        """Block the lots, free what was reserved of them, and move held parts to quarantine."""

    def _unmet_set(self):
        return {
            hold: [
                self.env._(
                    "%(hold)s: add the lots it is about, or the product whose new lots it catches.",
                    hold=hold.display_name,
                )
            ]
            if not hold.line_ids and not hold.catch_product_id
            else hold._uncontrolled()
            for hold in self
        }

    def _uncontrolled(self):
        """Sentences on products of which a hold would block nothing."""
        products = self.line_ids.product_id | self.catch_product_id
        return [
            self.env._(
                "%(product)s is not under quality control, so a hold would block nothing: track it by lots or serial "
                "numbers, and let an administrator switch quality control on for its category under Scopes.",
                product=product.display_name,
            )
            for product in products - products._quality_controlled(company=self.company_id)
        ]

    def _after_set(self):
        self.line_ids._apply()

    @step(
        "active",
        to="lifted",
        label=_lt("Lift"),
        group=QUALITY_APPROVER,
        sign="approval",
        reason=True,
        by="lifted_user_id",
        on="lifted_date",
        why="lift_reason",
    )
    def action_lift(self):
        """What nothing else blocks is available again at once."""

    def _unmet_lift(self):
        return {hold: [sentence] for hold in self if (sentence := hold._stays())}

    def _stays(self):
        """Why the hold cannot be lifted yet, as a sentence of its source."""
        return self.source._hold_stays(self) if self.source else ""

    def _kept_out(self, step):
        """A quality rule may say who lifts the holds that it sets."""
        kept_out = super()._kept_out(step)
        if step.name == "action_lift":
            for hold in self:
                group = hold.sudo().approver_group_id  # sudo: groups are not everybody's to read
                if group and group not in self.env.user.all_group_ids:
                    kept_out[hold] = self.env._(
                        "%(hold)s is lifted by the group %(group)s only.", hold=hold.display_name, group=group.full_name
                    )
        return kept_out

    def _after_lift(self):
        for hold in self:
            hold._lots_changed(hold.line_ids.lot_id)

    def _lots_changed(self, lots, blocking=None):
        """The hold begins or ends for ``lots``: whoever decides on them or delivers them at this moment meets us.

        :param blocking: those of which reservations have to go, by default all
        """
        self.ensure_one()
        # sudo: setting a hold is a right of its own, what may be used follows from it.
        self.env["medical.lot.ledger"].sudo()._holds_changed(lots, self.company_id)
        self.env["stock.quant"]._quality_blocking_changed(lots if blocking is None else blocking)

    def _inspected_by(self):
        """Id of the inspection of whose arrival this is a part; None where the hold is on any part of the lot."""
        self.ensure_one()
        inspection = self.source and self.source._inspection()
        return inspection.id if inspection else None

    @step(
        "active",
        to="lifted",
        label=_lt("Ended by Itself"),
        by="lifted_user_id",
        on="lifted_date",
        why="lift_reason",
        system=True,
    )
    def _end(self):
        """What it was for is over."""

    def _after_end(self):
        self._after_lift()

    def action_view_lots(self):
        return self._medical_records("stock.action_production_lot_form", [("id", "in", self.line_ids.lot_id.ids)])

    @api.model
    def _set_because(self, source, company, reason, lines, **values):
        """A hold that ``source`` (a record or nothing) leads to, set on ``lines``."""
        hold = self._guarded_create(
            [
                {
                    "company_id": company.id,
                    "reason": reason,
                    "source": f"{source._name},{source.id}" if source else False,
                    "line_ids": [fields.Command.create(line) for line in lines],
                    **values,
                }
            ]
        )
        hold._take("action_set")
        return hold

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
