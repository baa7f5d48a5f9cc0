from odoo import models

from .medical_udi_scanner import Question, Refusal

# What tells where a quant is, and the same of a move line.
_PLACE = ("location_id", "package_id", "owner_id")


class MedicalUdiScanMovesMixin(models.AbstractModel):
    """A document whose boxes go to the move lines of its stock moves.

    It fills in ``_udi_scan_all_moves()``, and where they differ from what is here ``_udi_scan_source()``,
    ``_udi_scan_new_lots()``, ``_udi_scan_country()`` and ``_udi_scan_date_matters()``.
    """

    _name = "medical.udi.scan.moves.mixin"
    _description = "UDI Scanning into Stock Moves"
    _inherit = ["medical.udi.scan.mixin"]

    # What a document says of itself

    def _udi_scan_all_moves(self):
        """The stock moves that boxes are scanned for."""
        raise NotImplementedError

    def _udi_scan_source(self):
        """The location that goods are taken from."""
        return self._udi_scan_all_moves().location_id[:1]

    def _udi_scan_target(self):
        """The location that goods are brought to."""
        return self._udi_scan_all_moves().location_dest_id[:1]

    def _udi_scan_new_lots(self):
        """Whether the label says what the lot is, as on receipts; else the lot has to be in stock."""
        return False

    # What follows from it

    def _udi_scan_moves(self, product):
        return self._udi_scan_all_moves().filtered(lambda move: move.product_id == product and move.state != "cancel")

    def _udi_scan_line_domain(self, product):
        """The open move lines of ``product``."""
        return [
            ("move_id", "in", self._udi_scan_moves(product).ids),
            ("product_id", "=", product.id),
            ("state", "not in", ("done", "cancel")),
        ]

    def _udi_scan_expects(self, product):
        return product in self._udi_scan_all_moves().product_id

    def _udi_scan_date_matters(self):
        """What comes back, or goes back, may have expired."""
        return self._udi_scan_source().usage != "customer" and self._udi_scan_target().usage not in (
            "inventory",
            "supplier",
        )

    def _udi_scan_country(self):
        return self._udi_scan_all_moves()[:1]._udi_country()

    def _udi_scan_minimum_days(self, product):
        customer = self._udi_scan_moves(product)[:1]._udi_customer()
        return customer._medical_min_days(product) if customer else 0

    def _udi_scan_progress(self, product):
        moves = self._udi_scan_moves(product)
        found = self.env["stock.move.line"]._read_group(
            [("move_id", "in", moves.ids), ("product_id", "=", product.id)], [], ["udi_scanned_quantity:sum"]
        )
        return found[0][0] or 0.0, sum(moves.mapped("product_qty"))

    def _udi_scan_check(self, box, options):
        if box.product.tracking == "serial":
            self._udi_scan_check_serial(box)
        if not options.get("over"):
            self._udi_scan_check_expected(box)

    def _udi_scan_check_serial(self, box):
        mine = [*self._udi_scan_line_domain(box.product), ("udi_scanned_quantity", ">", 0)]
        again = self.env["stock.move.line"].search_count(
            [*mine, "|", ("lot_name", "=", box.number), ("lot_id", "in", box.lot.ids)], limit=1
        )
        if again:
            raise Refusal(
                "scanned_twice", self.env._("%(number)s was scanned on this document already.", number=box.number)
            )
        incoming = self._udi_scan_source().usage in ("supplier", "production")
        if incoming and box.lot:
            # sudo: it may be in a warehouse of another company, where it must not be received again either.
            there = (
                self.env["stock.quant"]
                .sudo()
                .search_count(
                    [
                        ("lot_id", "=", box.lot.id),
                        ("quantity", ">", 0),
                        ("location_id.usage", "in", ("internal", "transit", "customer")),
                    ],
                    limit=1,
                )
            )
            if there:
                raise Refusal("serial_received", self.env._("%(number)s was received before.", number=box.number))

    def _udi_scan_check_expected(self, box):
        done, expected = self._udi_scan_progress(box.product)
        if box.product.uom_id.compare(done + box.quantity, expected) > 0:
            raise Question(
                "too_many",
                self.env._(
                    "%(product)s: %(done)g of %(expected)g are scanned and the box holds %(box)g, more than expected. Add it all the same?",
                    product=box.product.display_name,
                    done=done,
                    expected=expected,
                    box=box.quantity,
                ),
                confirm={"over": True},
            )

    def _udi_scan_open_lines(self):
        return self._udi_scan_all_moves().filtered(lambda move: move.state not in ("done", "cancel")).move_line_ids

    def _udi_scan_differences(self):
        def row(product, expected, scanned, lot="", package=""):
            return {
                "package": package,
                "product": product.display_name,
                "lot": lot,
                "expected": expected,
                "scanned": scanned,
                "difference": product.uom_id.round(scanned - expected),
            }

        lines = self._udi_scan_open_lines()
        rows = [
            row(
                line.product_id,
                line.quantity_product_uom,
                line.udi_scanned_quantity,
                line.lot_id.name or line.lot_name or "",
                (line.package_id or line.result_package_id).name or "",
            )
            for line in lines.sorted(lambda line: (line.product_id.id, line.id))
            if line.product_id.uom_id.compare(line.quantity_product_uom, line.udi_scanned_quantity)
        ]
        by_product = lines.grouped("product_id")
        moves = self._udi_scan_all_moves().filtered(lambda move: move.state not in ("done", "cancel"))
        for product, asked in moves.grouped("product_id").items():
            mine = by_product.get(product, lines.browse())
            expected = sum(asked.mapped("product_qty"))
            planned = sum(mine.mapped("quantity_product_uom"))
            scanned = sum(mine.mapped("udi_scanned_quantity"))
            if product.uom_id.compare(planned, expected) < 0:
                rows.append(row(product, product.uom_id.round(expected - planned), 0.0))
            elif product.uom_id.compare(scanned, expected) > 0:
                rows.append(row(product, expected, scanned))
        return rows

    # Packages

    def _udi_scan_other(self, udi, options):
        """A package by its name or SSCC: what it brings is scanned at once."""
        sscc = udi.extra.get("sscc")
        if udi.di or (udi.valid and not sscc):
            return None
        name = sscc or udi.raw.strip()
        packages = (
            self.env["stock.package"].search(
                [("name", "=", name), ("company_id", "in", (self._udi_scan_company().id, False))]
            )
            if name
            else self.env["stock.package"]
        )
        if not packages:
            if sscc:
                raise Refusal("package_unknown", self.env._("There is no package %(package)s here.", package=name))
            return None
        within = self.env["stock.package"].search([("id", "child_of", packages.ids)])
        lines = self._udi_scan_open_lines().filtered(
            lambda line: line.quantity > 0 and (line.package_id in within or line.result_package_id in within)
        )
        self._udi_scan_check_package(name, within, lines)
        lines.picked = True
        for line in lines:
            line._udi_set_scanned(line.quantity_product_uom)
        return {
            "package": name,
            "message": self.env._(
                "Package %(package)s is complete: %(contents)s",
                package=name,
                contents=", ".join(
                    f"{sum(mine.mapped('quantity_product_uom')):g} {product.uom_id.name} {product.display_name}"
                    for product, mine in lines.grouped("product_id").items()
                ),
            ),
        }

    def _udi_scan_check_package(self, name, packages, lines):
        """Refuse a package that is not what the document expects of it."""
        if not lines:
            raise Refusal(
                "wrong_package",
                self.env._(
                    "Package %(package)s is not part of %(document)s.", package=name, document=self._udi_scan_name()
                ),
            )
        unscanned = lines.filtered(
            lambda line: line.product_id.uom_id.compare(line.udi_scanned_quantity, line.quantity_product_uom) < 0
        )
        if not unscanned:
            raise Refusal("scanned_twice", self.env._("%(number)s was scanned on this document already.", number=name))
        for line in lines:
            if line.product_id.tracking != "none" and not line.lot_id and not line.lot_name:
                raise Refusal(
                    "no_lot",
                    self.env._(
                        "The lots of %(product)s in package %(package)s are not known: scan its boxes one by one.",
                        product=line.product_id.display_name,
                        package=name,
                    ),
                )
        taken = lines.filtered(lambda line: line.package_id in packages)
        # sudo: what is in the package does not depend on who asks.
        inside = self.env["stock.quant"].sudo().search([("package_id", "in", packages.ids), ("quantity", ">", 0)])
        for product, quants in inside.grouped("product_id").items() if taken else ():
            mine = taken.filtered(lambda line, product=product: line.product_id == product)
            if product.uom_id.compare(sum(mine.mapped("quantity_product_uom")), sum(quants.mapped("quantity"))) < 0:
                raise Refusal(
                    "part_of_package",
                    self.env._(
                        "%(document)s takes only a part of package %(package)s: scan the boxes that are taken.",
                        document=self._udi_scan_name(),
                        package=name,
                    ),
                )
        errors = lines._udi_issue_errors()
        if errors:
            raise Refusal("not_allowed", " ".join(errors))

    # Booking

    def _udi_scan_book(self, box):
        if self._udi_scan_new_lots():
            self._udi_scan_book_new(box)
        else:
            self._udi_scan_book_from_stock(box)
        self.env["medical.udi.scanner"]._label_facts(box, self._udi_scan_company())

    def _udi_scan_line_values(self, box):
        values = {"picked": True}
        if box.di:
            values["udi_di_id"] = box.di.id
        if box.lot:
            values["lot_id"] = box.lot.id
        elif box.number:
            values["lot_name"] = box.number
        if not box.lot:
            facts = self.env["medical.udi.scanner"]._facts(box, self._udi_scan_company())
            names = {
                "expiration_date": "expiration_date",
                "production_date": "udi_production_date",
                "udi_lot": "udi_lot",
            }
            values.update({names[name]: value for name, value in facts.items() if name in names})
        return values

    def _udi_scan_book_new(self, box):
        """Goods that come in: their lot is what the label says."""
        Line = self.env["stock.move.line"]
        mine = self._udi_scan_line_domain(box.product)
        values = self._udi_scan_line_values(box)
        unit = box.product.uom_id
        free = Line.search(
            [
                *mine,
                ("udi_scanned_quantity", "=", 0),
                ("lot_id", "=", False),
                ("lot_name", "in", (False, "", box.number)),
            ],
            limit=1,
        )
        scanned = Line
        if box.product.tracking != "serial":
            same = (
                [("lot_id", "=", box.lot.id)]
                if box.lot
                else [("lot_name", "=", box.number or False), ("lot_id", "=", False)]
            )
            move = [("move_id", "=", free.move_id.id)] if free else []
            scanned = Line.search([*mine, *move, ("udi_scanned_quantity", ">", 0), *same], limit=1)
        if scanned:
            whole = scanned.udi_scanned_quantity + box.quantity
            if free:
                self._udi_scan_take_from(free, box.quantity)
                scanned.quantity += unit._compute_quantity(box.quantity, scanned.product_uom_id, round=False)
            elif unit.compare(whole, scanned.quantity_product_uom) > 0:
                scanned.quantity = unit._compute_quantity(whole, scanned.product_uom_id, round=False)
            scanned._udi_set_scanned(whole)
        elif free and unit.compare(free.quantity_product_uom, box.quantity) <= 0:
            free.write({**values, "quantity": unit._compute_quantity(box.quantity, free.product_uom_id, round=False)})
            free._udi_set_scanned(box.quantity)
        else:
            move = free.move_id or self._udi_scan_open_move(box.product)
            if free:
                self._udi_scan_take_from(free, box.quantity)
            self._udi_scan_new_line(move, box, box.quantity, values)

    def _udi_scan_book_from_stock(self, box):
        """Goods that are here: the lines that reserved this lot, then what is free of it; other lots give way."""
        product, unit = box.product, box.product.uom_id
        if product.tracking != "none" and not box.lot:
            raise Refusal(
                "lot_unknown",
                self.env._(
                    "%(number)s of %(product)s is not known in stock.", number=box.number, product=product.display_name
                ),
            )
        lines = self.env["stock.move.line"].search([*self._udi_scan_line_domain(product), ("lot_id", "=", box.lot.id)])
        left = box.quantity
        for line in lines:
            room = min(line.quantity_product_uom - line.udi_scanned_quantity, left)
            if unit.compare(room, 0) > 0:
                line.write({"picked": True, **({"udi_di_id": box.di.id} if box.di else {})})
                line._udi_set_scanned(line.udi_scanned_quantity + room)
                left -= room
        if unit.compare(left, 0) > 0:
            self._udi_scan_take_free(box, lines, left)

    def _udi_scan_take_free(self, box, lines, quantity):
        """Take what is not reserved of the box's lot; ``lines``: what the document has of it already."""
        product, unit = box.product, box.product.uom_id
        move = self._udi_scan_give_way(box, quantity) or self._udi_scan_open_move(product)
        values = self._udi_scan_line_values(box)
        if move._should_bypass_reservation():
            self._udi_scan_new_line(move, box, quantity, values)
            return
        source = self._udi_scan_source()
        # sudo: whether it is there does not depend on who asks.
        found = (
            self.env["stock.quant"]
            .sudo()
            ._get_reserve_quantity(product, source, quantity, lot_id=box.lot, strict=False)
        )
        if unit.compare(sum(taken for _quant, taken in found), quantity) < 0:
            raise Refusal(
                "not_available",
                self.env._(
                    "%(number)s of %(product)s is not available in %(location)s.",
                    number=box.number or product.display_name,
                    product=product.display_name,
                    location=source.display_name,
                ),
            )
        for quant, taken in found:
            line = lines.filtered(lambda line, quant=quant: all(line[name] == quant[name] for name in _PLACE))[:1]
            if line:
                line.quantity += unit._compute_quantity(taken, line.product_uom_id, round=False)
                line._udi_set_scanned(line.udi_scanned_quantity + taken)
            else:
                place = {name: quant[name].id for name in _PLACE}
                self._udi_scan_new_line(move, box, taken, {**values, **place})

    def _udi_scan_give_way(self, box, quantity):
        """Release unscanned lines of other lots where the document has no room for ``quantity``; their move."""
        product, unit = box.product, box.product.uom_id
        domain = self._udi_scan_line_domain(product)
        held = self.env["stock.move.line"]._read_group(domain, [], ["quantity_product_uom:sum"])[0][0] or 0.0
        over = held + quantity - sum(self._udi_scan_moves(product).mapped("product_qty"))
        move = self.env["stock.move"]
        if unit.compare(over, 0) <= 0:
            return move
        others = self.env["stock.move.line"].search(
            [*domain, ("lot_id", "!=", box.lot.id), ("udi_scanned_quantity", "=", 0)],
            limit=1 if product.tracking == "serial" else None,
        )
        for line in others:
            if unit.compare(over, 0) <= 0:
                break
            move = move or line.move_id
            over -= line.quantity_product_uom
            self._udi_scan_take_from(line, line.quantity_product_uom + min(over, 0))
        return move

    def _udi_scan_take_from(self, line, quantity):
        """Leave on an unscanned line what this box did not bring."""
        left = line.quantity_product_uom - quantity
        if line.product_id.uom_id.compare(left, 0) > 0:
            line.quantity = line.product_id.uom_id._compute_quantity(left, line.product_uom_id, round=False)
        else:
            line.unlink()

    def _udi_scan_open_move(self, product):
        """The move that still needs goods, else the last one."""
        moves = self._udi_scan_moves(product).filtered(lambda move: move.state != "done")
        return (
            moves.filtered(lambda move: move.product_uom.compare(move.quantity, move.product_uom_qty) < 0)[:1]
            or moves[-1:]
        )

    def _udi_scan_new_line(self, move, box, quantity, values):
        line = self.env["stock.move.line"].create(
            [
                {
                    "picking_id": move.picking_id.id,
                    "move_id": move.id,
                    "product_id": box.product.id,
                    "product_uom_id": box.product.uom_id.id,
                    "quantity": quantity,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                    **values,
                }
            ]
        )
        line._udi_set_scanned(quantity)
        return line
