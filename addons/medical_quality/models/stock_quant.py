from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..engine.ledger import EPSILON
from .lot_collector import OWN, current, own_company

# What says where how much of which lot is: changed by moves only.
_FACTS = frozenset({"product_id", "location_id", "lot_id", "quantity"})


class _AnyStock:
    """Context value under which blocked stock is reserved too; over RPC nothing is ever this object."""


ANY_STOCK = _AnyStock()
ANY_STOCK_KEY = "quality_any_stock"
# Lots of which as much is reserved as is free.
_WITHOUT_KEY = "quality_without_lots"


class StockQuant(models.Model):
    _inherit = "stock.quant"

    quality_state = fields.Selection(related="lot_id.quality_state")
    quality_blocked = fields.Boolean(related="lot_id.quality_blocked")

    # What is blocked

    @api.model
    def _quality_blocked_domain(self):
        """Stock in warehouses that is not available because of its lot or its place.

        As superuser (``any!``): whoever may see quantities need not be one who may see lots and places.
        """
        return self._quality_blocked_lot() | Domain("location_id", "any!", [("quality_in_quarantine", "=", True)])

    @api.model
    def _quality_blocked_lot(self):
        return Domain("lot_id", "any!", [("quality_blocked", "=", True)])

    @api.model
    def _quality_any_blocked(self):
        """Whether anything at all is blocked; the answer without any costs one cheap query."""
        return bool(
            # sudo: stock is free or not, whoever asks.
            self.env["stock.lot"].sudo().search_count([("quality_blocked", "=", True)], limit=1)
            or self.env["stock.location"].sudo().search_count([("quality_in_quarantine", "=", True)], limit=1)
        )

    @api.model
    def _get_gather_domain(self, product_id, location_id, lot_id=None, package_id=None, owner_id=None, strict=False):
        domain = super()._get_gather_domain(product_id, location_id, lot_id, package_id, owner_id, strict)
        if strict or self.env.context.get(ANY_STOCK_KEY) is ANY_STOCK:
            return domain
        domain = Domain(domain)
        if not location_id.quality_in_quarantine:
            domain &= Domain("location_id", "any!", [("quality_in_quarantine", "=", False)])
        if product_id.tracking == "none":
            return domain
        # Not those that are blocked, which are few, and not: those that are free.
        domain &= ~self._quality_blocked_lot()
        if type(without := self.env.context.get(_WITHOUT_KEY)) is frozenset:
            domain &= Domain("lot_id", "not in", list(without))
        if product_id._quality_controlled(location_id.warehouse_id, location_id.company_id):
            domain &= Domain("expiration_date", "=", False) | Domain("expiration_date", ">", fields.Datetime.now())
        return domain

    # What is free of lots that are free in part

    def _quality_caps(self, product, location, lot=None):
        """lot → how much more of it may be reserved in the company of ``location``, of lots of which not all is free."""
        company = own_company(location)
        if (
            self.env.context.get(ANY_STOCK_KEY) is ANY_STOCK
            or not company
            or not product.sudo()._quality_controlled(company=company.sudo())  # sudo: it is, whoever asks
        ):
            return {}
        free = self.env["medical.lot.ledger"]._partly_free(product, company)
        if lot:
            free = {one: quantity for one, quantity in free.items() if one == lot}
        if not free:
            return {}
        # sudo: what is reserved counts, whoever asks.
        reserved = self.sudo()._read_group(
            [
                ("lot_id", "in", [one.id for one in free]),
                ("location_id.usage", "in", OWN),
                ("company_id", "=", company.id),
            ],
            ["lot_id"],
            ["reserved_quantity:sum"],
        )
        for one, quantity in reserved:
            free[one] = max(free[one] - quantity, 0.0)
        return free

    @api.model
    def _get_available_quantity(
        self, product_id, location_id, lot_id=None, package_id=None, owner_id=None, strict=False, allow_negative=False
    ):
        found = super()._get_available_quantity(
            product_id, location_id, lot_id, package_id, owner_id, strict, allow_negative
        )
        caps = {} if strict else self._quality_caps(product_id, location_id, lot_id)
        if not caps:
            return found
        quants = self.sudo()._gather(product_id, location_id, lot_id, package_id, owner_id, strict)
        for lot, of_lot in quants.grouped("lot_id").items():
            there = sum(of_lot.mapped("quantity")) - sum(of_lot.mapped("reserved_quantity"))
            found -= max(there - caps.get(lot, there), 0.0)
        return found if allow_negative else max(found, 0.0)

    @api.model
    def _get_reserve_quantity(
        self, product_id, location_id, quantity, uom_id=None, lot_id=None, package_id=None, owner_id=None, strict=False
    ):
        """Of a lot not more than is free; the rest is taken of others."""

        def reserve(quants, wanted):
            return super()._get_reserve_quantity(
                product_id, location_id, wanted, uom_id, lot_id, package_id, owner_id, strict
            )

        found = reserve(self, quantity)
        caps = self._quality_caps(product_id, location_id, lot_id) if quantity > 0 and found else {}
        if not any(quant.lot_id in caps for quant, _taken in found):
            return found
        capped = []
        for quant, taken in found:
            if quant.lot_id in caps:
                taken = min(taken, caps[quant.lot_id])
                caps[quant.lot_id] -= taken
                if product_id.uom_id.compare(taken, 0) > 0:
                    capped.append((quant, taken))
        rest = quantity - sum(taken for _quant, taken in capped)
        if product_id.uom_id.compare(rest, 0) <= 0:
            return capped
        others = self.with_context(**{_WITHOUT_KEY: frozenset(lot.id for lot in caps)})
        return capped + [pair for pair in reserve(others, rest) if pair[0].lot_id not in caps]

    @api.model
    def _medical_first_expired(self, product, location):
        controlled = product._quality_controlled(location.warehouse_id, location.company_id)
        return bool(controlled) or super()._medical_first_expired(product, location)

    @api.depends("lot_id.quality_blocked", "location_id.quality_in_quarantine")
    def _compute_available_quantity(self):
        result = super()._compute_available_quantity()
        for quant in self:
            if quant.quality_blocked or quant.location_id.quality_in_quarantine:
                quant.available_quantity = 0
        return result

    # When it changes

    @api.model
    def _quality_blocking_changed(self, lots, moved=()):
        """Free what is reserved of ``lots`` that are blocked now, offer the others, and let replenishment know.

        :param moved: ids of lines that have moved, whatever their state says
        """
        if not lots:
            return
        lots.flush_recordset(["quality_blocked"])
        blocked = lots.filtered("quality_blocked")
        # sudo: a hold is set for all of a lot, also where its setter does not see the document.
        lines = self.env["stock.move.line"].sudo()
        if blocked:
            lines.search(
                [
                    ("lot_id", "in", blocked.ids),
                    ("state", "not in", ("done", "cancel")),
                    ("quantity", "!=", 0),
                    ("id", "not in", list(moved)),
                ]
            )._quality_free()
            self._quality_free_later()
        if usable := lots - blocked:
            self._quality_offer(usable)
        self._quality_update_orderpoints(lots)

    @api.model
    def _quality_free_later(self):
        """Free in a transaction of its own what was reserved of blocked lots while they were being blocked."""
        # sudo: whoever blocks lots may have that done.
        self.env.ref("medical_quality.ir_cron_quality_free").sudo()._trigger()

    @api.model
    def _cron_quality_free(self):
        self.env["stock.move.line"].search(
            [("lot_id.quality_blocked", "=", True), ("state", "not in", ("done", "cancel")), ("quantity", "!=", 0)]
        )._quality_free()

    @api.model
    def _quality_offer(self, lots):
        """Reserve lots that came free for the moves that wait for their products where they lie."""
        quants = self.sudo().search(  # sudo: as above
            [("lot_id", "in", lots.ids), ("location_id.usage", "in", ("internal", "transit")), ("quantity", ">", 0)]
        )
        waiting = Domain(
            [
                ("product_id", "in", quants.product_id.ids),
                ("state", "in", ("confirmed", "waiting", "partially_available")),
                ("location_id", "parent_of", quants.location_id.ids),
                ("picking_type_id.reservation_method", "=", "at_confirm"),
            ]
        )
        self.env["stock.move"].sudo().search(waiting)._action_assign()  # sudo: as above

    @api.model
    def _quality_update_orderpoints(self, lots):
        every = self.env["stock.warehouse.orderpoint"].sudo()  # sudo: as above
        rules = every.search([("product_id", "in", lots.product_id.ids)], order="id")
        lots.product_id.invalidate_recordset(["free_qty", "virtual_available"])
        rules.invalidate_recordset(["qty_to_order", "qty_forecast"])
        self.env.add_to_compute(rules._fields["qty_to_order_computed"], rules)

    # The bottom: whatever changes the stock of a controlled lot changes it here

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        if any(vals.get("quantity") for vals in vals_list):
            if not self.env.su:
                quants._quality_refuse_by_hand()
            quants._quality_collect(1)
        return quants

    def write(self, vals):
        if not _FACTS & set(vals):
            return super().write(vals)
        if not self.env.su:
            self._quality_refuse_by_hand()
        self._quality_collect(-1)
        result = super().write(vals)
        self._quality_collect(1)
        if not self.env.su:
            self._quality_refuse_by_hand()
        return result

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_collected(self):
        self._quality_collect(-1)

    def _quality_collect(self, sign):
        """Tell what the stock line does to its lot, or refuse: without a move that says why nothing does."""
        collector = current(self.env)
        for quant in self:
            company = own_company(quant.location_id)
            if not company or abs(quant.quantity) < EPSILON:
                continue
            if collector:
                if collector.is_controlled(quant.product_id, company):
                    collector.add(company, quant.product_id, quant.lot_id, sign * quant.quantity)
            elif quant.sudo().product_id._quality_controlled(company=company):  # sudo: it is controlled, whoever asks
                self._quality_refuse(quant)

    def _quality_refuse_by_hand(self):
        """Quants are written by moves, as superuser; by hand not where quality decides."""

        def decided(quant):
            company = quant.company_id or self.env.company
            return quant.quality_blocked or quant.product_id._quality_controlled(company=company)

        for quant in self:
            if quant.lot_id and decided(quant):
                self._quality_refuse(quant)

    def _quality_refuse(self, quant):
        raise AccessError(
            self.env._(
                "The stock of %(lot)s (%(product)s) is under quality control and changes by transfers and counts only.",
                lot=quant.lot_id.name or self.env._("goods without number"),
                product=quant.product_id.display_name,
            )
        )
