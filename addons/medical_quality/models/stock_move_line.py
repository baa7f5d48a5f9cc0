"""The gate: no blocked, unreleased or expired lot is used, whichever door the goods try."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.ledger import EPSILON
from .lot_collector import OWN, collecting, own_company
from .product_product import NEW_UNIT, NEW_UNIT_KEY

# What says what a line moves; whatever else it says changes no stock.
_MOVES = frozenset(
    {
        *("lot_id", "quantity", "product_uom_id", "product_id", "quant_id", "location_id", "location_dest_id"),
        *("move_id", "state", "owner_id", "package_id", "result_package_id"),
    }
)
_DOORS = frozenset({"lot_id", "lot_name", "quantity", "product_id", "location_id", "location_dest_id", "quant_id"})
# Where the goods are used or out of our hands.
_USE = ("customer", "production")


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    quality_state = fields.Selection(related="lot_id.quality_state")

    # Doors: what they do to controlled lots is collected at the bottom (stock.quant), and judged when the outermost returns

    @api.model_create_multi
    def create(self, vals_list):
        with collecting(self) as (opened, collector):
            lines = super(StockMoveLine, opened).create(vals_list)
            done = lines.filtered(lambda line: line.state == "done")
            collector.moved(done)
            lines._quality_gate()
        done._quality_check_places({}, collector)
        return lines.with_env(self.env)

    def write(self, vals):
        # The numbers stay when a product gets another unit, so nothing moves.
        new_unit = set(vals) == {"product_uom_id"} and self.env.context.get(NEW_UNIT_KEY) is NEW_UNIT
        if new_unit or not _MOVES & set(vals):
            return super().write(vals)
        with collecting(self) as (opened, collector):
            done = opened.filtered(lambda line: "done" in (line.state, line.move_id.state))
            before = {line.id: collector.effects(line) for line in done}
            places = done._quality_places()
            result = super(StockMoveLine, opened).write(vals)
            collector.moved(done, before)
            if _DOORS & set(vals):
                opened._quality_gate()
        done._quality_check_places(places, collector)
        return result

    def _action_done(self):
        # What core deletes as empty is not moved.
        lines = self.filtered(lambda line: line.quantity > 0 or line.is_inventory)
        lines._quality_gate(done=True)
        lines._quality_log_recall()
        with collecting(self) as (opened, collector):
            # Whoever decides on these lots at this moment meets us here.
            self.env["medical.lot.ledger"]._take(lines._quality_controlled_lots(collector).ids)
            result = super(StockMoveLine, opened)._action_done()
            moved = lines.exists()
            collector.moved(moved.with_env(opened.env))
        moved._quality_come_in()
        return result

    def _quality_places(self):
        """(lot, place) → what the lines did to it."""
        found = defaultdict(float)
        for line in self:
            found[line.lot_id, line.location_id] -= line.quantity_product_uom
            found[line.lot_id, line.location_dest_id] += line.quantity_product_uom
        return found

    def _quality_check_places(self, before, collector):
        """Refuse to correct what was done so that less than nothing of a controlled lot would be in one of our places.

        :param before: what the lines did to places before they were corrected
        """
        now = self._quality_places()
        later = {(line.lot_id, line.location_id) for line in self if line._quality_booked_later()}
        less = {
            (lot, place)
            for lot, place in {**before, **now}
            if lot
            and now[lot, place] - before.get((lot, place), 0.0) < -EPSILON
            and (lot, place) not in later
            and (company := own_company(place))
            and collector.is_controlled(lot.product_id, company)
        }
        if not less:
            return
        # sudo: what is there does not depend on who asks.
        there = (
            self.env["stock.quant"]
            .sudo()
            ._read_group(
                [
                    ("lot_id", "in", [lot.id for lot, _place in less]),
                    ("location_id", "in", [place.id for _lot, place in less]),
                ],
                ["lot_id", "location_id"],
                ["quantity:sum"],
            )
        )
        for lot, place, quantity in there:
            if (lot, place) in less and quantity < -EPSILON:
                raise UserError(
                    self.env._(
                        "%(lot)s of %(product)s: %(quantity)g %(unit)s less than nothing would be in %(location)s. Correct first "
                        "what took it from there, or count the stock.",
                        quantity=-quantity,
                        unit=lot.product_uom_id.name,
                        location=place.display_name,
                        **lot._quality_names(),
                    )
                )

    def _quality_booked_later(self):
        """Whether what the line takes is booked as made only after it."""
        return False

    def _quality_controlled_lots(self, collector):
        """The lots of lines that change the balance of a company."""
        found = self.env["stock.lot"]
        for line in self:
            if line.lot_id and collector.effects(line):
                found |= line.lot_id
        return found

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_booked(self):
        """What moved a controlled lot is kept, whatever its state says."""
        # sudo: it has moved, whoever may read that.
        entry = self.env["medical.lot.entry"].sudo().search([("move_line_id", "in", self.ids)], limit=1)
        if entry:
            raise UserError(
                self.env._(
                    "%(lot)s of %(product)s has moved by %(document)s: the record of it is kept. Correct its quantity instead.",
                    document=entry.move_line_id.reference or entry.move_line_id.display_name,
                    **entry.lot_id._quality_names(),
                )
            )

    def _udi_controlled_lines(self):
        """What is not identified yet can be put aside all the same."""
        return super()._udi_controlled_lines().filtered(lambda line: not line.location_dest_id.quality_in_quarantine)

    # The gate

    def _quality_gate(self, done=False):
        """Refuse lines that would use what quality has not released; lines outside its control cost nothing.

        :param done: the lines are about to be done. Lines that are done already are held to the same; open ones may
            not reserve a blocked lot, but may wait for a number or for an expired lot to be replaced.
        """
        # What is about to be done is looked at whatever its state says: core does it all the same. Lots count also where
        # somebody has switched the tracking of their product off.
        tracked = self.filtered(
            lambda line: (
                (line.lot_id or line.product_id.tracking != "none")
                and (done or not {line.state, line.move_id.state} <= {"draft", "cancel"})
            )
        )
        if not tracked:
            return
        errors = []
        for (company, warehouse), lines in tracked.grouped(
            lambda line: (line.company_id, line.location_id.warehouse_id or line.location_dest_id.warehouse_id)
        ).items():
            controlled = lines.product_id._quality_controlled(warehouse, company)
            unknown = lines._quality_named_lots(controlled) if done else {}
            for line in lines:
                lot = line.lot_id or unknown.get((line.product_id, line.lot_name), line.lot_id)
                if lot.quality_blocked or line.product_id in controlled:
                    errors += line._quality_errors(
                        lot, line.product_id in controlled, done or "done" in (line.state, line.move_id.state)
                    )
        if errors:
            raise UserError("\n".join(errors))

    def _quality_named_lots(self, controlled):
        """(product, number) → lot of lines that name a lot which core looks up later."""
        named = self.filtered(lambda line: line.product_id in controlled and not line.lot_id and line.lot_name)
        if not named:
            return {}
        lots = self.env["stock.lot"].search(
            [
                ("product_id", "in", named.product_id.ids),
                ("name", "in", named.mapped("lot_name")),
                ("company_id", "in", [False, *named.company_id.ids]),
            ]
        )
        return {(lot.product_id, lot.name): lot for lot in lots}

    def _quality_errors(self, lot, controlled, done):
        """Sentences on one line; ``done``: what it says happens or has happened."""
        self.ensure_one()
        source, target, move = self.location_id, self.location_dest_id, self.move_id
        product = self.product_id.display_name
        if move.is_inventory and (source.usage == "inventory" or target.usage == "inventory"):
            return self._quality_count_errors(lot, controlled)
        if self._quality_allowed(source, target, move) or self._quality_recall_way(source, target):
            return []
        if lot.quality_blocked:
            return [lot._quality_blocked_sentence()]
        if (hold := self._quality_partial_hold(lot)) and done:
            facts = {"location": source.display_name, "hold": hold.name, "reason": hold.reason}
            return [
                self.env._(
                    "%(lot)s of %(product)s: what lies in %(location)s is on hold (%(hold)s: %(reason)s). "
                    "Take it from elsewhere, or ask quality.",
                    **lot._quality_names(),
                    **facts,
                )
            ]
        leaves = target.usage in (*_USE, "transit")
        if not (done and controlled and leaves):
            return []
        if not lot and self.lot_name:
            return [
                self.env._(
                    "%(lot)s of %(product)s is new and has not been released by quality: receive it into stock first.",
                    lot=self.lot_name,
                    product=product,
                )
            ]
        if not lot:
            return [
                self.env._(
                    "%(product)s is under quality control: say which released lot or serial number is moved.",
                    product=product,
                )
            ]
        if lot._quality_is_expired():
            return [lot._quality_expired_sentence()]
        if source.quality_in_quarantine and (target.usage in _USE or own_company(target) != own_company(source)):
            return [
                self.env._(
                    "%(lot)s of %(product)s lies in %(location)s, a quarantine: nothing is used or delivered from there. Move it "
                    "into stock first.",
                    location=source.display_name,
                    **lot._quality_names(),
                )
            ]
        # Enough life left for the customer.
        return self._udi_date_errors()

    def _quality_count_errors(self, lot, controlled):
        """Counts make stock vanish or appear without a document, so some are for quality approvers."""
        if self.env.user.has_group("medical_base.group_medical_quality_approver"):
            return []
        names = {"lot": lot.name, "product": self.product_id.display_name}
        if self.location_dest_id.usage == "inventory" and lot.quality_blocked:
            return [
                self.env._(
                    "%(lot)s of %(product)s %(reason)s: only a quality approver counts it down. Scrap it, or ask quality.",
                    reason=lot._quality_reason(),
                    **names,
                )
            ]
        usable = lot.quality_state in ("released", "part") and not lot.quality_blocked
        if self.location_id.usage == "inventory" and controlled and usable:
            return [
                self.env._(
                    "%(lot)s of %(product)s is released: only a quality approver counts more of it into stock.", **names
                )
            ]
        return []

    def _quality_partial_hold(self, lot):
        """The hold on a part of the lot, where the line takes from quarantine: any of it may be that part."""
        if not lot or not self.location_id.quality_in_quarantine:
            return self.env["medical.hold"]
        # sudo: who moves goods need not read holds.
        return (
            lot.sudo().quality_hold_line_ids.filtered(lambda line: line.state == "active" and line.quantity).hold_id[:1]
        )

    # Ways that are open

    @api.model
    def _quality_allowed(self, source, target, move):
        """Whether a blocked lot may go from ``source`` to ``target``: in, out, or not of our goods at all."""
        incoming = source.usage not in OWN and target.usage in OWN
        return incoming or source == target or self._quality_way_out(source, target, move)

    @api.model
    def _quality_recall_way(self, source, target):
        """Whether the recall team moves goods between our own places, to collect them."""
        own = source.usage in OWN and target.usage in OWN
        return own and self.env.user.has_group("medical_base.group_medical_recall")

    @api.model
    def _quality_way_out(self, source, target, move):
        """Whether this is a way that is open to blocked lots: to quarantine, to scrap, back to the supplier."""
        scrap = target.usage == "inventory" and bool(move.scrap_id)
        return target.quality_in_quarantine or target.usage == "supplier" or scrap

    def _quality_log_recall(self):
        """Keep which blocked lots the recall team moves from where to where."""
        moved = self.filtered(
            lambda line: (
                line.lot_id.quality_blocked
                and line._quality_recall_way(line.location_id, line.location_dest_id)
                and not line._quality_way_out(line.location_id, line.location_dest_id, line.move_id)
            )
        )
        for move, lines in moved.grouped("move_id").items():
            why = self.env._("Moved by the recall team (%(document)s)", document=move.reference or move.display_name)
            rows = [
                (
                    *(line.lot_id.id, line.lot_id.display_name, "location_id"),
                    *(line.location_id.display_name, line.location_dest_id.display_name),
                )
                for line in lines
            ]
            self.env["medical.audit.entry"]._log(lines.lot_id, rows, why)

    # What follows

    def _quality_come_in(self):
        """Inspect lots that came in, and put them on the holds that wait for them."""
        came = self.filtered(lambda line: line.lot_id and line._quality_operation())
        if not came:
            return
        controlled = came.browse()
        for company, lines in came.grouped("company_id").items():
            products = lines.product_id._quality_controlled(company=company)
            controlled |= lines.filtered(lambda line, products=products: line.product_id in products)
        for partner, lines in controlled.grouped(lambda line: line._quality_brought().picking_id.partner_id).items():
            if partner:
                self.env["medical.hold"]._catch(lines.lot_id, partner)
        self.env["medical.inspection"]._open(controlled)
        for picking, lines in controlled.grouped(lambda line: line._quality_brought().picking_id).items():
            partner = picking.partner_id
            self.env["medical.quality.rule"]._fire("received", lines.lot_id, picking, partner)

    def _quality_operation(self):
        """The kind of inspection that this line calls for; empty for none."""
        self.ensure_one()
        if self.location_dest_id.usage not in OWN or self.is_inventory:
            return ""
        return {"supplier": "receipt", "production": "production", "customer": "return"}.get(self.location_id.usage, "")

    def _quality_free(self):
        """Take blocked lots out of open documents, but for those on a way that is open to them."""
        lines = self.filtered(
            lambda line: not line._quality_allowed(line.location_id, line.location_dest_id, line.move_id)
        )
        if not lines:
            return
        quants = self.env["stock.quant"]._get_quants_by_products_locations(
            lines.product_id, lines.location_id, extra_domain=[("lot_id", "in", lines.lot_id.ids)]
        )
        lines.with_context(quants_cache=quants).unlink()
