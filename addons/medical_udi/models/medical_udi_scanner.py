"""What a scan means for a document: product, level, lot, quantity; or why it is refused.

Documents are whatever people scan on: transfers, counts, production orders. A model becomes one by inheriting
``medical.udi.scan.mixin``, or ``medical.udi.scan.moves.mixin`` where the boxes end up on move lines of its stock moves:
the scanner asks a document only by their hooks ``_udi_scan_*``.
"""

from dataclasses import dataclass
from datetime import timedelta

from odoo import fields, models


class Refusal(Exception):
    """A scan that must not be booked. code: short name; message: a sentence for whoever holds the scanner."""

    def __init__(self, code, message, **more):
        super().__init__(message)
        self.code, self.message, self.more = code, message, more


class Question(Refusal):
    """Something to be settled before the scan counts. ``confirm``: the options that say yes; without, nobody can."""


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

    def _read(self, raw, company, previous=None):
        """The engine's Udi of one scan, or of two symbols of one label (``previous``: the other one)."""
        from dataclasses import replace

        from ..engine import parse

        separators = tuple((company.medical_udi_separators or "").split())
        today = fields.Date.context_today(self)
        udi = parse(raw, today, separators)
        if previous and udi.valid:
            other = parse(previous, today, separators)
            names = ("di", "lot", "serial", "expiry", "production_date", "quantity")
            fits = other.valid and other.issuing_agency == udi.issuing_agency and bool(other.di) != bool(udi.di)
            if fits:
                udi = replace(udi, **{name: getattr(udi, name) or getattr(other, name) for name in names})
        return udi

    def _recognise(self, udi, document, options):
        """:class:`Box` of a scan on ``document``, or Refusal."""
        if not udi.valid:
            code = self._plant_code([udi.raw], document)
            if code:
                return self._plant_box(udi, code, document)
            raise Refusal(udi.errors[0].code, self._error_text(udi.errors[0]))
        asked = [issue for issue in udi.warnings if issue.code == "possible_missing_separator"]
        if asked and not options.get("confirmed"):
            raise Question(asked[0].code, self._error_text(asked[0]), confirm={"confirmed": True})
        if not udi.di:
            raise Question(
                "missing_di",
                self.env._("This symbol holds no device identifier: scan the other one of the label."),
                previous=udi.raw,
            )
        di, product, level = self._product(udi, document)
        self._expect(product, document)
        number = {"serial": udi.serial, "lot": udi.lot}.get(product.tracking, "")
        if product.tracking == "serial" and not number:
            raise Refusal(
                "no_serial",
                self.env._(
                    "%(product)s is tracked by serial number, but the label has none.", product=product.display_name
                ),
            )
        if product.tracking == "lot" and not number:
            raise Refusal(
                "no_lot",
                self.env._("%(product)s is tracked by lot, but the label has none.", product=product.display_name),
            )
        if number:
            Map = self.env["medical.code.map"]
            number = Map._standard_lot(Map._lot_prefixes(document._udi_scan_code_source()), number)
        lot = self._lot(product, number, document._udi_scan_company())
        return Box(udi, product, di, lot, number, self._quantity(udi, product, level))

    def _expect(self, product, document):
        if not document._udi_scan_expects(product):
            raise Refusal(
                "wrong_product",
                self.env._(
                    "%(product)s is not part of %(document)s.",
                    product=product.display_name,
                    document=document._udi_scan_name(),
                ),
            )

    def _product(self, udi, document):
        """(DI, product, units in the box) of a scan; a barcode that is no DI here, or another plant's, still finds its
        product."""
        di = self.env["medical.udi.di"]._find(udi.issuing_agency, udi.di)
        if di:
            return di, di.product_id, di.unit_quantity
        codes = [udi.di, udi.di.lstrip("0")] if udi.issuing_agency == "GS1" else [udi.di]
        product = self.env["product.product"].search([("barcode", "in", codes)], limit=1)
        if product:
            return di, product, 1.0
        found = self.env["product.uom"].search([("barcode", "in", codes)], limit=1) or self._plant_code(codes, document)
        if found:
            return di, found.product_id, self._units(found)
        raise Refusal(
            "di_unknown",
            self.env._("The device identifier %(code)s is not registered here.", code=udi.di),
            can_create=self.env["medical.udi.di"].has_access("create"),
            issuing_agency=udi.issuing_agency,
            di=udi.di,
        )

    def _lot(self, product, number, company):
        if not number:
            return self.env["stock.lot"]
        return self.env["stock.lot"].search(
            [("product_id", "=", product.id), ("name", "=", number), ("company_id", "in", (company.id, False))], limit=1
        )

    def _plant_code(self, codes, document):
        """What one of ``codes`` is called by the plant that the document is about; without plant, what all of them mean."""
        Map = self.env["medical.code.map"]
        source = document._udi_scan_code_source()
        if source:
            return next(iter(Map._resolve(source, "item", codes).values()), Map)
        return Map._resolve_anywhere(codes, document._udi_scan_company())

    def _plant_box(self, udi, code, document):
        """:class:`Box` of a plant's own barcode, which says no more than what is in it."""
        from dataclasses import replace

        product = code.product_id
        self._expect(product, document)
        if product.tracking != "none":
            raise Refusal(
                "no_lot",
                self.env._(
                    "%(code)s is %(product)s, but the code does not say its lot or serial number: scan the UDI of the label.",
                    code=code.code,
                    product=product.display_name,
                ),
            )
        udi = replace(udi, di=None, lot=None, serial=None, expiry=None, production_date=None, quantity=None)
        return Box(udi, product, self.env["medical.udi.di"], self.env["stock.lot"], "", self._units(code))

    def _units(self, packaging):
        """Units of the product in a packaging, where its unit says so."""
        unit = packaging.product_id.uom_id
        level = packaging.uom_id
        return level._compute_quantity(1.0, unit, round=False) if level and level._has_common_reference(unit) else 1.0

    def _quantity(self, udi, product, level):
        """Units in the box: what its level holds; of a single level, what the label says."""
        if product.tracking == "serial":
            return 1.0
        return float(udi.quantity) if udi.quantity and level == 1.0 else level

    def _error_text(self, issue):
        """The engine's sentence in the user's language, where it is one without details."""
        texts = {
            "empty": self.env._("The scan is empty."),
            "oversized": self.env._("That is no label: the text is too long."),
            "not_a_udi": self.env._("This is no UDI: scan the UDI symbol of the label."),
            "bad_check_digit": self.env._(
                "The check digit is wrong: the code was misread, mistyped or misprinted. Scan again."
            ),
        }
        return texts.get(issue.code, issue.message)

    # Checking

    def _check(self, box, document, options):
        """Refuse what must not be booked on ``document``."""
        product, lot, udi = box.product, box.lot, box.udi
        if lot and box.di and lot.udi_di_id and lot.udi_di_id != box.di.primary_di_id:
            raise Refusal(
                "other_di",
                self.env._(
                    "%(number)s of %(product)s is known under %(known)s, but the label says %(scanned)s: it is another device.",
                    number=lot.name,
                    product=product.display_name,
                    known=lot.udi_di_id.code,
                    scanned=box.di.primary_di_id.code,
                ),
            )
        known = lot._udi_expiry() if lot else None
        if known and udi.expiry and known != udi.expiry and product.use_expiration_date:
            raise Refusal(
                "expiry_differs",
                self.env._(
                    "%(number)s expires on %(known)s, but the label says %(scanned)s: put the box aside and tell quality.",
                    number=lot.name,
                    known=known,
                    scanned=udi.expiry,
                ),
            )
        expiry = udi.expiry or known
        today = fields.Date.context_today(self)
        if expiry and expiry < today and document._udi_scan_date_matters():
            raise Refusal(
                "expired",
                self.env._("%(number)s has expired on %(day)s.", number=box.number or product.display_name, day=expiry),
            )
        days = document._udi_scan_minimum_days(product)
        if expiry and days and expiry < today + timedelta(days=days):
            raise Refusal(
                "short_life",
                self.env._(
                    "%(number)s expires on %(day)s, but the customer asks for %(days)s days of remaining life: take another lot.",
                    number=box.number or product.display_name,
                    day=expiry,
                    days=days,
                ),
            )
        country = document._udi_scan_country()
        if box.di and box.di._registrations_missing(country):
            raise Refusal(
                "not_registered",
                self.env._(
                    "%(product)s is not registered for %(country)s: regulatory affairs can register %(code)s.",
                    product=product.display_name,
                    country=country.name,
                    code=box.di.primary_di_id.code,
                ),
            )
        document._udi_scan_check(box, options)

    def _new_lot(self, box, company):
        """The lot of a box that was never here."""
        vals = {"name": box.number, "product_id": box.product.id, "company_id": box.product.company_id.id or company.id}
        return self.env["stock.lot"].create({**vals, **self._facts(box, company)})

    def _label_facts(self, box, company):
        """Fill in what the lot did not know yet."""
        lot = box.lot
        values = {name: value for name, value in self._facts(box, company).items() if lot and not lot[name]}
        if values:
            lot.sudo().write(values)  # sudo: who scans may not be allowed to edit lots; the label says it.

    def _facts(self, box, company):
        """What the label says of a lot: field → value."""
        udi, product = box.udi, box.product
        values = {
            "udi_di_id": box.di.primary_di_id.id,
            "production_date": udi.production_date,
            "udi_lot": udi.lot if product.tracking == "serial" else None,
            "expiration_date": (
                self.env["stock.lot"]._udi_expiration_moment(udi.expiry, company)
                if udi.expiry and product.use_expiration_date
                else None
            ),
        }
        return {name: value for name, value in values.items() if value}
