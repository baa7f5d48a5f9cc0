"""What a scan means for a transfer: product, level, lot, quantity; or why it is refused."""

from dataclasses import dataclass

from odoo import api, fields, models


class Refusal(Exception):
    """A scan that must not be booked. code: short name; message: a sentence for whoever holds the scanner."""

    def __init__(self, code, message, **more):
        super().__init__(message)
        self.code, self.message, self.more = code, message, more


class Question(Refusal):
    """Something to be confirmed before the scan counts."""


@dataclass
class Box:
    """A box that was recognised: what it is and how much it holds, in the product's unit."""

    udi: object
    product: object
    di: object
    lot: object
    number: str
    quantity: float


class MedicalUdiScanner(models.AbstractModel):
    _name = "medical.udi.scanner"
    _description = "UDI Scanner"

    # Recognising

    @api.model
    def _read(self, raw, company, options):
        """The engine's Udi of one scan, or of two symbols of one label (``previous``)."""
        from dataclasses import replace

        from ..engine import parse

        separators = tuple((company.medical_udi_separators or "").split())
        today = fields.Date.context_today(self)
        udi = parse(raw, today, separators)
        previous = options.get("previous")
        if previous and udi.valid:
            other = parse(previous, today, separators)
            names = ("di", "lot", "serial", "expiry", "production_date", "quantity")
            fits = other.valid and other.issuing_agency == udi.issuing_agency and bool(other.di) != bool(udi.di)
            if fits:
                udi = replace(udi, **{name: getattr(udi, name) or getattr(other, name) for name in names})
        return udi

    @api.model
    def _recognise(self, udi, picking, options):
        """:class:`Box` of a scan on ``picking``, or Refusal."""
        if not udi.valid:
            raise Refusal(udi.errors[0].code, self._error_text(udi.errors[0]))
        asked = [issue for issue in udi.warnings if issue.code == "possible_missing_separator"]
        if asked and not options.get("confirmed"):
            raise Question(asked[0].code, self._error_text(asked[0]))
        if not udi.di:
            raise Question(
                "missing_di", self.env._("This symbol holds no device identifier: scan the other one of the label."), previous=udi.raw
            )
        di, product = self._product(udi)
        if product not in picking.move_ids.product_id:
            raise Refusal(
                "wrong_product",
                self.env._("%(product)s is not part of %(document)s.", product=product.display_name, document=picking.name),
            )
        number = {"serial": udi.serial, "lot": udi.lot}.get(product.tracking, "")
        if product.tracking == "serial" and not number:
            raise Refusal(
                "no_serial", self.env._("%(product)s is tracked by serial number, but the label has none.", product=product.display_name)
            )
        if product.tracking == "lot" and not number:
            raise Refusal("no_lot", self.env._("%(product)s is tracked by lot, but the label has none.", product=product.display_name))
        lot = self._lot(product, number, picking.company_id)
        return Box(udi, product, di, lot, number, self._quantity(udi, di, product))

    @api.model
    def _product(self, udi):
        """(DI, product) of a scan; a barcode that is no DI here still finds its product."""
        di = self.env["medical.udi.di"]._find(udi.issuing_agency, udi.di)
        if di:
            return di, di.product_id
        codes = [udi.di, udi.di.lstrip("0")] if udi.issuing_agency == "GS1" else [udi.di]
        product = self.env["product.product"].search([("barcode", "in", codes)], limit=1)
        product = product or self.env["product.uom"].search([("barcode", "in", codes)], limit=1).product_id
        if product:
            return di, product
        raise Refusal(
            "di_unknown",
            self.env._("The device identifier %(code)s is not registered here.", code=udi.di),
            can_create=self.env["medical.udi.di"].has_access("create"),
            issuing_agency=udi.issuing_agency,
            di=udi.di,
        )

    @api.model
    def _lot(self, product, number, company):
        if not number:
            return self.env["stock.lot"]
        return self.env["stock.lot"].search(
            [("product_id", "=", product.id), ("name", "=", number), ("company_id", "in", (company.id, False))], limit=1
        )

    @api.model
    def _quantity(self, udi, di, product):
        """Units in the box: what its level holds; of a single level, what the label says."""
        if product.tracking == "serial":
            return 1.0
        level = di.unit_quantity or 1.0
        return float(udi.quantity) if udi.quantity and level == 1.0 else level

    @api.model
    def _error_text(self, issue):
        """The engine's sentence in the user's language, where it is one without details."""
        texts = {
            "empty": self.env._("The scan is empty."),
            "oversized": self.env._("That is no label: the text is too long."),
            "not_a_udi": self.env._("This is no UDI: scan the UDI symbol of the label."),
            "bad_check_digit": self.env._("The check digit is wrong: the code was misread, mistyped or misprinted. Scan again."),
        }
        return texts.get(issue.code, issue.message)

    # Checking

    @api.model
    def _check(self, box, picking, options):
        """Refuse what must not be booked on ``picking``."""
        product, lot, udi = box.product, box.lot, box.udi
        if lot and box.di and lot.udi_di_id and lot.udi_di_id != box.di.primary_di_id:
            raise Refusal(
                "other_di",
                self.env._(
                    "%(number)s of %(product)s is known under %(known)s, but the label says %(scanned)s: it is another device.",
                    number=lot.name, product=product.display_name, known=lot.udi_di_id.code, scanned=box.di.primary_di_id.code,
                ),
            )
        known = lot._udi_expiry() if lot else None
        if known and udi.expiry and known != udi.expiry and product.use_expiration_date:
            raise Refusal(
                "expiry_differs",
                self.env._(
                    "%(number)s expires on %(known)s, but the label says %(scanned)s: put the box aside and tell quality.",
                    number=lot.name, known=known, scanned=udi.expiry,
                ),
            )
        expiry = udi.expiry or known
        back = picking.location_id.usage == "customer" or picking.location_dest_id.usage in ("inventory", "supplier")
        if expiry and expiry < fields.Date.context_today(self) and not back:
            raise Refusal(
                "expired", self.env._("%(number)s has expired on %(day)s.", number=box.number or product.display_name, day=expiry)
            )
        country = picking.partner_id.country_id
        if box.di and picking.location_dest_id.usage == "customer" and box.di._registrations_missing(country):
            raise Refusal(
                "not_registered",
                self.env._(
                    "%(product)s is not registered for %(country)s: regulatory affairs can register %(code)s.",
                    product=product.display_name, country=country.name, code=box.di.primary_di_id.code,
                ),
            )
        if product.tracking == "serial":
            self._check_serial(box, picking)
        if not options.get("over"):
            self._check_expected(box, picking)

    @api.model
    def _check_serial(self, box, picking):
        Line = self.env["stock.move.line"]
        mine = [("picking_id", "=", picking.id), ("product_id", "=", box.product.id), ("udi_scanned_quantity", ">", 0)]
        again = Line.search_count(
            [*mine, "|", ("lot_name", "=", box.number), ("lot_id", "in", box.lot.ids)], limit=1
        )
        if again:
            raise Refusal("scanned_twice", self.env._("%(number)s was scanned on this document already.", number=box.number))
        incoming = picking.location_id.usage in ("supplier", "production")
        if incoming and box.lot:
            # sudo: it may be in a warehouse of another company, where it must not be received again either.
            there = self.env["stock.quant"].sudo().search_count(
                [("lot_id", "=", box.lot.id), ("quantity", ">", 0), ("location_id.usage", "in", ("internal", "transit", "customer"))],
                limit=1,
            )
            if there:
                raise Refusal("serial_received", self.env._("%(number)s was received before.", number=box.number))

    @api.model
    def _check_expected(self, box, picking):
        done, expected = self._progress(picking, box.product)
        if box.product.uom_id.compare(done + box.quantity, expected) > 0:
            raise Question(
                "too_many",
                self.env._(
                    "%(product)s: %(done)g of %(expected)g are scanned and the box holds %(box)g, more than expected. Add it all the same?",
                    product=box.product.display_name, done=done, expected=expected, box=box.quantity,
                ),
                over=True,
            )

    @api.model
    def _progress(self, picking, product):
        """(scanned, expected) units of ``product`` on ``picking``."""
        moves = picking.move_ids.filtered(lambda move: move.product_id == product and move.state != "cancel")
        expected = sum(moves.mapped("product_qty"))
        found = self.env["stock.move.line"]._read_group(
            [("picking_id", "=", picking.id), ("product_id", "=", product.id)], [], ["udi_scanned_quantity:sum"]
        )
        return found[0][0] or 0.0, expected

    # Booking

    @api.model
    def _book(self, box, picking):
        """Add the box to the transfer's lines; the line it went to."""
        if picking.location_id.usage in ("supplier", "production", "customer", "inventory") and picking.picking_type_id.use_create_lots:
            line = self._book_new(box, picking)
        else:
            line = self._book_from_stock(box, picking)
        self._label_facts(box, line)
        return line

    @api.model
    def _line_values(self, box, picking):
        values = {"picked": True}
        if box.di:
            values["udi_di_id"] = box.di.id
        if box.lot:
            values["lot_id"] = box.lot.id
        elif box.number:
            values["lot_name"] = box.number
        if not box.lot and box.udi.expiry and box.product.use_expiration_date:
            values["expiration_date"] = self.env["stock.lot"]._udi_expiration_moment(box.udi.expiry, picking.company_id)
        if not box.lot and box.udi.production_date:
            values["udi_production_date"] = box.udi.production_date
        if not box.lot and box.product.tracking == "serial" and box.udi.lot:
            values["udi_lot"] = box.udi.lot
        return values

    @api.model
    def _book_new(self, box, picking):
        """Goods that come in: their lot is what the label says."""
        Line = self.env["stock.move.line"]
        mine = [("picking_id", "=", picking.id), ("product_id", "=", box.product.id), ("state", "not in", ("done", "cancel"))]
        values = self._line_values(box, picking)
        same = [("lot_id", "=", box.lot.id)] if box.lot else [("lot_name", "=", box.number or False), ("lot_id", "=", False)]
        scanned = Line.search([*mine, ("udi_scanned_quantity", ">", 0), *same], limit=1) if box.product.tracking != "serial" else Line
        free = Line.search([*mine, ("udi_scanned_quantity", "=", 0), ("lot_id", "=", False), ("lot_name", "in", (False, "", box.number))],
                           limit=1)
        unit = box.product.uom_id
        if scanned:
            if free and free != scanned:
                self._take_from(free, box.quantity)
                scanned.quantity += unit._compute_quantity(box.quantity, scanned.product_uom_id, round=False)
            elif unit.compare(scanned.udi_scanned_quantity + box.quantity, scanned.quantity_product_uom) > 0:
                scanned.quantity = unit._compute_quantity(
                    scanned.udi_scanned_quantity + box.quantity, scanned.product_uom_id, round=False
                )
            scanned.udi_scanned_quantity += box.quantity
            return scanned
        if free and unit.compare(free.quantity_product_uom, box.quantity) <= 0:
            free.write({**values, "quantity": unit._compute_quantity(box.quantity, free.product_uom_id, round=False)})
            free.udi_scanned_quantity = box.quantity
            return free
        if free:
            self._take_from(free, box.quantity)
        return self._new_line(box, picking, values)

    @api.model
    def _book_from_stock(self, box, picking):
        """Goods that are here: the line that reserved this lot, else another one gives way to it."""
        product = box.product
        if product.tracking != "none" and not box.lot:
            raise Refusal(
                "lot_unknown",
                self.env._("%(number)s of %(product)s is not known in stock.", number=box.number, product=product.display_name),
            )
        Line = self.env["stock.move.line"]
        lines = Line.search(
            [("picking_id", "=", picking.id), ("product_id", "=", product.id), ("state", "not in", ("done", "cancel"))]
        )
        unit = product.uom_id
        reserved = lines.filtered(
            lambda line: line.lot_id == box.lot
            and unit.compare(line.quantity_product_uom - line.udi_scanned_quantity, box.quantity) >= 0
        )[:1]
        if reserved:
            reserved.write({"picked": True, **({"udi_di_id": box.di.id} if box.di else {})})
            reserved.udi_scanned_quantity += box.quantity
            return reserved
        # sudo: whether it is there does not depend on who asks.
        there = self.env["stock.quant"].sudo()._get_available_quantity(
            product, picking.location_id, lot_id=box.lot, strict=False
        )
        held = sum(lines.filtered(lambda line: line.lot_id == box.lot).mapped("quantity_product_uom"))
        spoken_for = sum(lines.filtered(lambda line: line.lot_id == box.lot).mapped("udi_scanned_quantity"))
        if unit.compare(there + held - spoken_for, box.quantity) < 0:
            raise Refusal(
                "not_available",
                self.env._(
                    "%(number)s of %(product)s is not available in %(location)s.",
                    number=box.number or product.display_name, product=product.display_name, location=picking.location_id.display_name,
                ),
            )
        other = lines.filtered(lambda line: not line.udi_scanned_quantity)[:1]
        if other:
            self._take_from(other, box.quantity)
        return self._new_line(box, picking, self._line_values(box, picking))

    @api.model
    def _take_from(self, line, quantity):
        """Leave on an unscanned line what this box did not bring."""
        left = line.quantity_product_uom - quantity
        if line.product_id.uom_id.compare(left, 0) > 0:
            line.quantity = line.product_id.uom_id._compute_quantity(left, line.product_uom_id, round=False)
        else:
            line.unlink()

    @api.model
    def _new_line(self, box, picking, values):
        move = picking.move_ids.filtered(lambda move: move.product_id == box.product and move.state not in ("done", "cancel"))[:1]
        return self.env["stock.move.line"].create(
            [
                {
                    **values,
                    "picking_id": picking.id,
                    "move_id": move.id,
                    "product_id": box.product.id,
                    "product_uom_id": box.product.uom_id.id,
                    "quantity": box.quantity,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                    "udi_scanned_quantity": box.quantity,
                }
            ]
        )

    @api.model
    def _label_facts(self, box, line):
        """Fill in what the lot did not know yet."""
        lot = box.lot
        if not lot:
            return
        values = {}
        if box.di and not lot.udi_di_id:
            values["udi_di_id"] = box.di.primary_di_id.id
        if box.udi.production_date and not lot.production_date:
            values["production_date"] = box.udi.production_date
        if box.product.tracking == "serial" and box.udi.lot and not lot.udi_lot:
            values["udi_lot"] = box.udi.lot
        if box.udi.expiry and not lot.expiration_date and box.product.use_expiration_date:
            values["expiration_date"] = lot._udi_expiration_moment(box.udi.expiry, line.company_id)
        if values:
            lot.sudo().write(values)  # sudo: who scans may not be allowed to edit lots; the label says it.
