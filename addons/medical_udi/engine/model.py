"""What a scan turns into."""

import re
from dataclasses import dataclass, field
from datetime import date

# What is wrong with a scan: code → sentence.
SENTENCES = {
    "empty": "The scan is empty.",
    "oversized": "The scan has more than 1,024 characters: no device label is that long.",
    "not_a_udi": "This is no UDI of an agency that is known here.",
    "bad_check_digit": "The check digit of {what} is wrong: it was misread, mistyped or misprinted.",
    "bad_length": "{what} has the wrong length.",
    "truncated": "The scan ends in the middle of {what}.",
    "field_too_long": "{what} is longer than allowed; a separator may have been lost.",
    "illegal_character": "{what} holds a character that is not allowed there.",
    "impossible_date": "{what} is no date of the calendar.",
    "duplicate_conflict": "{what} is given twice with different values.",
    "unknown_ai": "There is no application identifier {what}.",
    "unknown_data_identifier": "There is no field {what} on a device label.",
    "wrong_order": "{what} stands in the wrong place.",
    "missing_separator": "The separator before {what} is missing.",
    "empty_field": "{what} is empty.",
    "bad_syntax": "The scan cannot be read at {what}.",
    "illegal_combination": "{what} must not stand together.",
    "missing_partner": "{what}.",
    "link_mismatch": "The two symbols do not belong together: the link character does not fit the first one.",
    "count_mismatch": "The number of fields differs from what the header says.",
    "bad_envelope": "The frame of the message is incomplete.",
    "missing_di": "There is no device identifier, which this kind of label must have.",
    "possible_missing_separator": "{what}: is the end of it a field of its own whose separator was lost?",
    "unverified": "The format is known from secondary sources only: compare with the printed text.",
}
LONGEST = 1024
_DIGITS = re.compile(r"[0-9]*\Z")


@dataclass(frozen=True, slots=True)
class Issue:
    """code: one of SENTENCES; message: a sentence for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Udi:
    """A scan, read as far as it can be.

    issuing_agency: GS1, HIBCC, ICCBBA, IFA, MA, AHM or None. di: device identifier as databases hold it (GTIN in 14
    digits). lot, serial: as printed. expiry, production_date: days. quantity: units or None. valid: no errors. extra:
    further fields by name. Every field that can be read is there, also when there are errors.
    """

    raw: str
    issuing_agency: str | None = None
    di: str | None = None
    lot: str | None = None
    serial: str | None = None
    expiry: date | None = None
    production_date: date | None = None
    quantity: int | None = None
    valid: bool = False
    errors: tuple[Issue, ...] = ()
    warnings: tuple[Issue, ...] = ()
    extra: dict = field(default_factory=dict)


class Draft:
    """A scan while it is being read: fields are set once, what is wrong is noted, nothing is ever raised."""

    __slots__ = ("agency", "errors", "extra", "fields", "warnings")

    def __init__(self, agency):
        self.agency = agency
        self.fields = {}
        self.extra = {}
        self.errors = []
        self.warnings = []

    def error(self, code: str, what: str = "") -> None:
        self.errors.append(Issue(code, SENTENCES[code].format(what=what)))

    def refuse(self, sentence: str) -> None:
        """Text of a known kind that is no label of a device."""
        self.errors.append(Issue("not_a_udi", sentence))

    def warn(self, code: str, what: str = "") -> None:
        self.warnings.append(Issue(code, SENTENCES[code].format(what=what)))

    def put(self, name: str, value: str | int | date | None, what: str) -> None:
        """Set a field; a second value for it has to be the same."""
        if value is None:
            return
        if self.fields.setdefault(name, value) != value:
            self.error("duplicate_conflict", what)

    def put_text(self, name: str, value: str, what: str, form: re.Pattern, longest: int, kind: type = str) -> None:
        """Set a field of this form with up to ``longest`` characters."""
        if not value:
            self.error("empty_field", what)
        elif not form.match(value):
            self.error("illegal_character", what)
        elif len(value) > longest:
            self.error("field_too_long", what)
        else:
            self.put(name, kind(value), what)

    def put_quantity(self, value: str, what: str, longest: int) -> None:
        """Set the quantity, up to ``longest`` digits."""
        self.put_text("quantity", value, what, _DIGITS, longest, int)

    def put_date(self, name: str, found: date | None, what: str) -> None:
        """Set a day; None is one that the calendar does not have."""
        if found is None:
            self.error("impossible_date", what)
        self.put(name, found, what)

    def done(self, raw: str) -> Udi:
        found = map(self.fields.get, ("di", "lot", "serial", "expiry", "production_date", "quantity"))
        return Udi(raw, self.agency, *found, not self.errors, tuple(self.errors), tuple(self.warnings), self.extra)
