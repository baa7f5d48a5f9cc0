from odoo import models
from odoo.exceptions import UserError

from .medical_udi_scanner import Question, Refusal

_OPTIONS = {"previous": str, "confirmed": bool, "over": bool, "new": bool}


class MedicalUdiScanMixin(models.AbstractModel):
    """A document that people scan boxes on: one public method, and hooks that say what the document is.

    A document of stock moves inherits ``medical.udi.scan.moves.mixin`` instead and fills in less.
    The form view shows ``<widget name="medical_udi_scan"/>``; it calls :meth:`medical_scan` of its own record's model.
    """

    _name = "medical.udi.scan.mixin"
    _description = "UDI Scanning"

    def medical_scan(self, raw, options=None):
        """Book a scanned box on this document.

        :param raw: the scanned text, unchanged
        :param options: previous: scan of the other symbol of the same label; confirmed: a warning was read; over: more
            than expected is meant; new: a lot that was never here is meant
        :return: dict ``status`` (ok, refused, ask), ``code``, ``message``, what was read, and ``progress``; a question that
            can be answered with yes has the options for it in ``confirm``
        """
        self.ensure_one()
        self.env.user._medical_check_group("stock.group_stock_user", doing=self.env._("scan boxes"))
        self._udi_scan_open()
        if not isinstance(raw, str):
            raise UserError(self.env._("A scan is a text."))
        options = {
            name: options[name] for name, kind in _OPTIONS.items() if options and isinstance(options.get(name), kind)
        }
        scanner = self.env["medical.udi.scanner"]
        udi = scanner._read(raw, self._udi_scan_company(), options.get("previous"))
        answer = {
            "status": "ok",
            "code": "",
            "message": "",
            "agency": udi.issuing_agency,
            "di": udi.di,
            "lot": udi.lot,
            "serial": udi.serial,
            "expiry": udi.expiry and udi.expiry.isoformat(),
            "production_date": udi.production_date and udi.production_date.isoformat(),
        }
        box = None
        booked = {}
        try:
            with self.env.cr.savepoint():
                booked = self._udi_scan_other(udi, options)
                if booked is None:
                    box = scanner._recognise(udi, self, options)
                    scanner._check(box, self, options)
                    self._udi_scan_book(box)
                    booked = self._udi_scan_booked(box)
                self.env.flush_all()
        except Question as question:
            booked = {"status": "ask", "code": question.code, "message": question.message, **question.more}
        except Refusal as refusal:
            booked = {"status": "refused", "code": refusal.code, "message": refusal.message, **refusal.more}
        if box:
            answer["product_id"] = box.product.id
            answer["product"] = box.product.display_name
        answer.update(booked)
        self._udi_scan_log(raw, udi, box, answer)
        return answer

    def medical_scan_differences(self):
        """What is expected and was not scanned, and the other way round: dicts ``package``, ``product``, ``lot``,
        ``expected``, ``scanned`` and ``difference``."""
        self.ensure_one()
        self.check_access("read")
        return self._udi_scan_differences()

    def action_medical_view_scans(self):
        self.ensure_one()
        domain = [(name, "=", value) for name, value in self._udi_scan_log_values().items()]
        return self._medical_records("medical_udi.action_medical_udi_scan", domain)

    def _udi_scan_booked(self, box):
        """What the answer says of a box that was just booked."""
        done, expected = self._udi_scan_progress(box.product)
        names = {"product": box.product.display_name, "number": box.number or "", "done": done, "expected": expected}
        return {
            "quantity": box.quantity,
            "unit": box.product.uom_id.name,
            "level": (box.di.uom_id or box.product.uom_id).name,
            "progress": {"done": done, "expected": expected},
            "message": self.env._("%(product)s %(number)s: %(done)g of %(expected)g", **names),
        }

    def _udi_scan_log(self, raw, udi, box, answer):
        self.env["medical.udi.scan"]._insert(
            {
                "raw": raw.replace("\x00", "")[:2000],
                "company_id": self._udi_scan_company().id,
                "document": self._udi_scan_name(),
                "product_id": box and box.product.id,
                "di_id": box and box.di.id,
                "lot_id": box and box.lot.id,
                "issuing_agency": udi.issuing_agency,
                "di_code": udi.di,
                "lot_name": udi.lot,
                "serial_name": udi.serial,
                "expiry": udi.expiry,
                "quantity": answer.get("quantity"),
                "result": answer["status"],
                "code": answer["code"],
                "message": answer["message"],
                **self._udi_scan_log_values(),
            }
        )

    # What a document says of itself

    def _udi_scan_open(self):
        """Raise where the user may not scan on this document, or not now; the user is one of Inventory."""
        raise NotImplementedError

    def _udi_scan_company(self):
        return self.company_id

    def _udi_scan_name(self):
        return self.display_name

    def _udi_scan_log_values(self):
        """The column of the log that names the document, and its value."""
        raise NotImplementedError

    def _udi_scan_code_source(self):
        """The plant or system whose own codes may be scanned here; an empty set: any, where all mean the same."""
        return self.env["medical.code.source"]

    def _udi_scan_other(self, udi, options):
        """Book what is no label of a device but means something here, such as a package: the answer, or None."""
        return None

    def _udi_scan_expects(self, product):
        """Whether ``product`` belongs to the document."""
        return True

    def _udi_scan_country(self):
        """The country whose customers get the goods; an empty one where nothing is delivered."""
        return self.env["res.country"]

    def _udi_scan_date_matters(self):
        """Whether expired goods are refused."""
        return True

    def _udi_scan_minimum_days(self, product):
        """Days that a lot must still be good."""
        return 0

    def _udi_scan_check(self, box, options):
        """Raise Refusal or Question for what must not be booked here."""

    def _udi_scan_progress(self, product):
        """(scanned, expected) units of ``product``."""
        raise NotImplementedError

    def _udi_scan_differences(self):
        """See :meth:`medical_scan_differences`."""
        return []

    def _udi_scan_book(self, box):
        """Add the box to the document; Refusal where it cannot be."""
        raise NotImplementedError
