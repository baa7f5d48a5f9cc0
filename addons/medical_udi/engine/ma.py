"""MA (IDcode of ZIIOT, ISO/IEC 15459 agency code MA; China)."""

import re
from datetime import date
from urllib.parse import unquote

from . import check_digits, dates
from .model import Draft

_DI = re.compile(r"MA\.[0-9]{3}\.[0-9A-Z]{2}\.[0-9A-Za-z]{6}\.[0-9A-Za-z\-]{8,20}\Z")
_PART = re.compile(r"[0-9A-Za-z\-_/+]{1,40}\Z")
_IN_ADDRESS = re.compile(r"(?:^|[=/?&#])(MA\.[^&#\s]*)")
_AGENCY = re.compile(r"<UDI\b[^>]*\bIAC\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
_XML = re.compile(r"<([A-Za-z_]+)(?:\s[^>]*)?>([^<]*)</\1>")
_XML_TAGS = {
    **dict.fromkeys(("LOT", "BATCH"), "L"),
    **dict.fromkeys(("SN", "SERIAL"), "S"),
    **dict.fromkeys(("EXP", "EXPIRY", "EXPDATE"), "E"),
    **dict.fromkeys(("VALID", "VAL"), "V"),
    **dict.fromkeys(("MFG", "MFD", "MFGDATE", "MAN", "PROD", "PD"), "M"),
    **{"DI": "DI", "PI": "PI", "STERILE": "D", "INSURANCE": "Y", "CHECK": "C"},
}
_TAGS = {"S": "serial", "L": "lot", "M": "production_date", "P": "production_date", "E": "expiry", "V": "valid_until"}
_EXTRA = {"D": "sterilization_lot", "Y": "insurance_code"}
_PARTS = 5


def dotted(text: str, _today: date) -> Draft:
    """MA.country.industry.registrant.item.Sserial.Llot.Mmade.Eexpired…"""
    draft = Draft("MA")
    parts = text.split(".")
    code, fields = ".".join(parts[:_PARTS]), parts[_PARTS:]
    if len(parts) < _PARTS:
        draft.error("truncated", "the device identifier")
        return draft
    _identifier(draft, code)
    _fields(draft, _production_data(draft, fields))
    return draft


def _production_data(draft, fields):
    """(tag, value) of the fields after the identifier; the check digit over them is tested."""
    read = []
    for place, part in enumerate(fields):
        if part[:1] == "C" and place == len(fields) - 1:
            body = "".join(f".{field}" for field in fields[:-1])
            if not dates.digits(part[1:] or "x") or len(part) != 2:
                draft.error("bad_syntax", f".{part[:12]}")
            elif check_digits.ma(body) != part[1:]:
                draft.error("bad_check_digit", "the production data")
        else:
            read.append((part[:1], part[1:]))
    return read


def address(text: str, today: date) -> Draft:
    """A resolver's address that holds the code."""
    found = _IN_ADDRESS.search(unquote(text))
    return dotted(found[1], today)


def holds(text: str) -> bool:
    return bool(_IN_ADDRESS.search(unquote(text)))


def xml(text: str, _today: date) -> Draft:
    """<UDI IAC="MA"><DI>…</DI><LOT>…</LOT><EXP>…</EXP></UDI>"""
    draft = Draft("MA")
    agency = _AGENCY.search(text)
    if agency and agency[1].upper() != "MA" or "<UDI" not in text.upper():
        draft.refuse("This is no UDI of the agency MA.")
        return draft
    if not text.rstrip().upper().endswith("</UDI>"):
        draft.error("bad_envelope")
    read = []
    for name, value in _XML.findall(text):
        value = value.strip()
        tag = _XML_TAGS.get(name.upper())
        if name.upper() == "UDI":
            continue
        if tag is None:
            draft.error("unknown_data_identifier", f"<{name}>")
        elif tag == "DI":
            _identifier(draft, value)
        elif tag == "PI":
            read += _production_data(draft, value.strip(".").split("."))
        elif tag != "C":
            read.append((tag, value))
    if "di" not in draft.fields and not draft.errors:
        draft.error("missing_di")
    _fields(draft, read)
    return draft


def _identifier(draft, code):
    if not _DI.match(code):
        last = code.rpartition(".")[2]
        if not code.isascii():
            draft.error("illegal_character", "The device identifier")
        elif len(last) < 8:
            draft.error("truncated", "the device identifier")
        else:
            draft.error("bad_syntax", f"'{code[:16]}'")
        return
    if check_digits.ma(code[:-1]) != code[-1]:
        draft.error("bad_check_digit", "the device identifier")
    draft.put("di", code, "The device identifier")


def _fields(draft, fields):
    for tag, value in fields:
        what = f".{tag}"
        if tag not in _TAGS and tag not in _EXTRA:
            draft.error("unknown_data_identifier", f".{tag}{value[:8]}")
        elif not value:
            draft.error("empty_field", what)
        elif tag in "SLDY":
            if not _PART.match(value):
                draft.error("illegal_character", what)
            elif tag in _EXTRA:
                draft.extra[_EXTRA[tag]] = value
            else:
                draft.put(_TAGS[tag], value, what)
        else:
            day = dates.yyyymmdd(f"20{value}" if len(value) == 6 else value)
            draft.put_date(_TAGS[tag], day, what)
    # The last good day counts as expiry where the first bad one is not given.
    if "expiry" not in draft.fields and "valid_until" in draft.fields:
        draft.fields["expiry"] = draft.fields["valid_until"]
    if "valid_until" in draft.fields:
        draft.extra["valid_until"] = draft.fields["valid_until"].isoformat()
