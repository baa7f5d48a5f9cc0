from collections import defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

_OWN = ("internal", "transit")


class MedicalNonconformityLine(models.Model):
    """A lot that does not conform, or a part of it."""

    _name = "medical.nonconformity.line"
    _description = "Nonconforming Lot"
    _inherit = ["medical.document.line.mixin", "medical.audited.mixin"]
    _rec_name = "lot_id"
    _check_company_auto = True

    _document_field = "nonconformity_id"
    _guarded_fields = ("distributed_quantity", "company_id", "product_id")
    _audited_fields = ("nonconformity_id", "lot_id", "quantity", "source_location_id", "distributed_quantity")

    nonconformity_id = fields.Many2one("medical.nonconformity", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="nonconformity_id.company_id", store=True, index=True)
    state = fields.Selection(related="nonconformity_id.state")
    lot_id = fields.Many2one(
        "stock.lot", "Lot/Serial Number", required=True, index=True, ondelete="restrict", check_company=True
    )
    product_id = fields.Many2one(related="lot_id.product_id", store=True, index=True)
    product_uom_id = fields.Many2one(related="lot_id.product_uom_id")
    source_location_id = fields.Many2one(
        "stock.location",
        "From",
        check_company=True,
        domain="[('usage', '=', 'internal')]",
        help="Only what lies here is put apart, in quarantine; empty for the whole lot wherever it is.",
    )
    quantity = fields.Float(
        digits="Product Unit",
        compute="_compute_quantity",
        store=True,
        readonly=False,
        precompute=True,
        help="How much does not conform: of a whole lot all that is in stock.",
    )
    distributed_quantity = fields.Float(
        "Delivered to Customers",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="Units of the lot that customers have, net of returns, as looked up when it was contained or evaluated.",
    )

    _quantity_positive = models.Constraint("CHECK (quantity >= 0)", "A nonconforming quantity is not negative.")
    _lot_unique = models.UniqueIndex(
        "(nonconformity_id, lot_id, COALESCE(source_location_id, 0))", "This lot is on this nonconformity already."
    )

    @api.depends("lot_id", "source_location_id")
    def _compute_quantity(self):
        there = self._on_hand()
        for line in self:
            line.quantity = there[line]

    def _on_hand(self):
        """line → how much of the lot is in stock where the line takes it from, in one query."""
        rows = self.env["stock.quant"]._read_group(
            [
                ("lot_id", "in", self.lot_id.ids),
                ("location_id.usage", "in", _OWN),
                ("company_id", "in", self.company_id.ids),
            ],
            ["lot_id", "location_id"],
            ["quantity:sum"],
        )
        by_lot = {}
        for lot, location, quantity in rows:
            by_lot.setdefault(lot, []).append((location, quantity))
        return {
            line: sum(
                quantity
                for location, quantity in by_lot.get(line.lot_id._origin, ())
                if not (source := line.source_location_id._origin)
                or (
                    location.parent_path.startswith(source.parent_path)
                    and (source.quality_in_quarantine or not location.quality_in_quarantine)
                )
            )
            for line in self
        }

    def _distributed(self):
        """lot → how much customers have, net of returns, in one query."""
        # sudo: who looks into a nonconformity need not read deliveries; the lots' companies are those of the record.
        moves = self.env["stock.move.line"].sudo()
        rows = moves._read_group(
            Domain([("lot_id", "in", self.lot_id.ids), ("state", "=", "done")])
            & (Domain("location_id.usage", "=", "customer") | Domain("location_dest_id.usage", "=", "customer")),
            ["lot_id", "location_id", "location_dest_id"],
            ["quantity_product_uom:sum"],
        )
        found = {}
        for lot, source, target, quantity in rows:
            sign = (target.usage == "customer") - (source.usage == "customer")
            lot = self.env["stock.lot"].browse(lot.id)
            found[lot] = found.get(lot, 0.0) + sign * quantity
        return found

    def _containment_errors(self):
        """nonconformity → sentences on what is missing before the lots can be put on hold."""
        errors = defaultdict(list)
        there, distributed = self._on_hand(), self._distributed()
        parts = {(line.nonconformity_id, line.lot_id) for line in self if line.source_location_id}
        for line in self:
            name, unit, unmet = line.lot_id.name, line.product_uom_id, errors[line.nonconformity_id]
            if unit.compare(line.quantity, 0) <= 0:
                unmet.append(self.env._("%(lot)s: say how much does not conform.", lot=name))
            elif line.source_location_id:
                if unit.compare(line.quantity, there[line]) > 0:
                    unmet.append(
                        self.env._(
                            "%(lot)s: there are only %(there)g %(unit)s in %(location)s, %(quantity)g are said not to conform.",
                            lot=name,
                            there=there[line],
                            unit=unit.name,
                            location=line.source_location_id.display_name,
                            quantity=line.quantity,
                        )
                    )
            elif (line.nonconformity_id, line.lot_id) in parts:
                unmet.append(self.env._("%(lot)s: name the whole lot or parts of it, not both.", lot=name))
            elif there[line] and unit.compare(line.quantity, there[line]):
                unmet.append(
                    self.env._(
                        "%(lot)s: %(there)g %(unit)s are in stock and the whole lot is put on hold, so all of them are meant. "
                        "For %(quantity)g only, say where they are taken from.",
                        lot=name,
                        there=there[line],
                        unit=unit.name,
                        quantity=line.quantity,
                    )
                )
            elif not there[line] and unit.compare(line.quantity, distributed.get(line.lot_id, 0.0)) > 0:
                unmet.append(
                    self.env._(
                        "%(lot)s: nothing is in stock and customers have %(there)g %(unit)s, %(quantity)g are said not to "
                        "conform.",
                        lot=name,
                        there=distributed.get(line.lot_id, 0.0),
                        unit=unit.name,
                        quantity=line.quantity,
                    )
                )
        return errors

    def _disposition_errors(self):
        """nonconformity → sentences on lots whose dispositions do not come to their quantity."""
        errors = defaultdict(list)
        for line in self:
            decided = line.nonconformity_id.disposition_ids.filtered(lambda one, line=line: one.line_id == line)
            disposed = sum(decided.mapped("quantity"))
            if line.product_uom_id.compare(disposed, line.quantity):
                errors[line.nonconformity_id].append(
                    self.env._(
                        "%(record)s, %(lot)s: the dispositions come to %(disposed)g %(unit)s, %(quantity)g do not conform.",
                        record=line.nonconformity_id.display_name,
                        lot=line.lot_id.name,
                        disposed=disposed,
                        unit=line.product_uom_id.name,
                        quantity=line.quantity,
                    )
                )
        return errors

    def _left_errors(self):
        """nonconformity → sentences on lots of which more is in stock than was decided on: the end of the hold would set it free."""
        whole = self.filtered(lambda line: not line.source_location_id)
        there = whole._on_hand()
        # sudo: a lot is on hold, whoever may read it.
        held, ours = self.env["medical.hold.line"].sudo(), self.nonconformity_id.hold_id
        others = held.search(
            [("lot_id", "in", whole.lot_id.ids), ("blocks_lot", "=", True), ("hold_id", "not in", ours.ids)]
        ).lot_id
        errors = defaultdict(list)
        for line in whole:
            stays = line.nonconformity_id.disposition_ids.filtered(
                lambda one, line=line: one.line_id == line and one.kind not in ("scrap", "return")
            )
            decided = sum(stays.mapped("quantity"))
            if line.lot_id not in others and line.product_uom_id.compare(there[line], decided) > 0:
                errors[line.nonconformity_id].append(
                    self.env._(
                        "%(record)s, %(lot)s: %(there)g %(unit)s are in stock, %(decided)g were decided on to stay. Put the lot on "
                        "another hold, or move what is to go first.",
                        record=line.nonconformity_id.display_name,
                        lot=line.lot_id.name,
                        there=there[line],
                        unit=line.product_uom_id.name,
                        decided=decided,
                    )
                )
        return errors

    def _held_line(self):
        """The line of the hold that keeps it."""
        self.ensure_one()
        return self.nonconformity_id.hold_id.line_ids.filtered(
            lambda held: held.lot_id == self.lot_id and held.source_location_id == self.source_location_id
        )
