"""ICCBBA: ISBT 128 data structures for devices with human tissue, and for blood bags."""

import re
from datetime import date

from . import check_digits, dates
from .model import Draft

_UPPER = re.compile(r"[0-9A-Z]*\Z")
_ANY = re.compile(r"[0-9A-Za-z]*\Z")
_DIGITS = re.compile(r"[0-9]*\Z")
_FACILITY = re.compile(r"[A-NP-Z1-9][0-9A-NP-Z][0-9]{3}")
_DONATION = re.compile(r"[A-NP-Z1-9][0-9A-NP-Z][0-9]{3}[0-9]{2}[0-9]{6}[0-9A-Z]{2}\Z")
# identifier: name, length of the content, characters.
_STRUCTURES = {
    "=/": ("di", 16, _UPPER),
    "=)": ("di", 10, _ANY),
    "=,": ("divisions", 6, _UPPER),
    "=>": ("expiry", 6, _DIGITS),
    "=}": ("production", 6, _DIGITS),
    "&>": ("expiry_time", 10, _DIGITS),
    "&,1": ("lot", 18, _UPPER),
    "&)": ("lot", 10, _ANY),
    "=+": ("header", 5, _DIGITS),
}
_WORDS = {
    "di": "the product code",
    "divisions": "the product divisions",
    "expiry": "the expiry date",
    "production": "the production date",
    "expiry_time": "the expiry date and time",
    "lot": "the lot number",
    "header": "the message header",
    "donation": "the donation number",
}
# What a compound message of a reserved sequence holds, in this order.
_SEQUENCES = {
    "034": ("di", "divisions", "donation"),
    "035": ("di", "divisions", "donation", "expiry"),
    "036": ("di", "divisions", "donation", "production"),
    "037": ("di", "divisions", "donation", "expiry", "production"),
}


def parse(text: str, _today: date) -> Draft:
    """A scan that begins with = or &."""
    draft = Draft("ICCBBA")
    found, at = [], 0
    while at < len(text):
        identifier, name, length, characters = _structure(text, at)
        if identifier is None:
            draft.error("unknown_data_identifier", f"'{text[at : at + 2]}'")
            break
        begin = at + len(identifier)
        content = text[begin : begin + length]
        at = begin + length
        if not characters.match(content):
            draft.error("illegal_character", _WORDS[name].capitalize())
        elif len(content) < length:
            draft.error("truncated", _WORDS[name])
        else:
            _take(draft, name, content)
        found.append((name, content))
    _message(draft, found)
    return draft


def _structure(text, at):
    for length in (3, 2):
        identifier = text[at : at + length]
        if identifier in _STRUCTURES:
            return identifier, *_STRUCTURES[identifier]
    # The second character of a donation number's identifier is the first of its content.
    if text[at : at + 1] == "=" and re.match("[A-NP-Z1-9]", text[at + 1 : at + 2] or "-"):
        return "=", "donation", 15, _UPPER
    return None, None, 0, None


def _take(draft, name, content):
    what = _WORDS[name].capitalize()
    if name == "di":
        if len(content) == 16 and not _FACILITY.match(content):
            draft.error("illegal_character", what)
        draft.put("di", content, what)
    elif name == "divisions":
        if content == "000000":
            draft.error("illegal_character", "The product divisions (000000 is not given out)")
        else:
            draft.put("serial", content, what)
    elif name == "lot":
        draft.put("lot", content, what)
    elif name == "donation":
        _donation(draft, content, what)
    elif name == "expiry_time":
        day, hour, minute = dates.cyyjjj(content[:6]), content[6:8], content[8:]
        if day is None or hour > "23" or minute > "59":
            draft.error("impossible_date", what)
        else:
            draft.put("expiry", day, what)
            draft.extra["expiry_time"] = f"{hour}:{minute}"
    elif name in ("expiry", "production"):
        draft.put_date("expiry" if name == "expiry" else "production_date", dates.cyyjjj(content), what)


def _donation(draft, content, what):
    if not _DONATION.match(content):
        draft.error("illegal_character", what)
        return
    number, flags = content[:13], content[13:]
    if dates.digits(flags) and 60 <= int(flags) <= 96 and check_digits.isbt_flag(number) != flags:
        draft.error("bad_check_digit", "the donation number")
    if draft.extra.setdefault("donation", number) != number:
        draft.error("duplicate_conflict", what)


def _message(draft, found):
    """What a compound message promises in its header."""
    names = [name for name, _content in found]
    if "header" not in names:
        return
    if names[0] != "header" or names.count("header") > 1:
        draft.error("wrong_order", "The message header")
        return
    header, inside = found[0][1], names[1:]
    if len(header) < 5 or not dates.digits(header):
        return
    if int(header[:2]) != len(inside):
        draft.error("count_mismatch")
    sequence = _SEQUENCES.get(header[2:])
    if sequence is None and header[2:] != "000":
        draft.error("bad_syntax", f"the message header '{header}'")
    if inside and inside[0] != "di" and "di" in inside or sequence and tuple(inside) != sequence:
        draft.error("wrong_order", "The message")
    for name in ("di", "donation", "divisions"):
        if name not in inside:
            code = "missing_di" if name == "di" else "missing_partner"
            draft.error(code, f"A compound message needs {_WORDS[name]}")
