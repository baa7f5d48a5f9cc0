"""AHM (Ali Health): known from secondary sources only, so every code is marked unverified."""

import re
from datetime import date

from . import dates
from .model import Draft

_IDENTIFIER = re.compile(r"MF([0-9]*)")
_LONGEST = 13
_TEXT = {"BA": "lot", "BN": "lot", "SN": "serial"}
_DATES = {"MD": "production_date", "ED": "expiry", "BD": "best_before"}
_NUMBER = re.compile(r"[0-9A-Za-z\-_./]{1,40}\Z")


def parse(text: str, today: date) -> Draft:
    """MF identifier, then BA or BN lot *, SN serial *, MD, BD, ED dates, PL level."""
    draft = Draft("AHM")
    draft.warn("unverified")
    code = _IDENTIFIER.match(text)
    if not code[1]:
        draft.error("truncated", "the device identifier")
        return draft
    if len(code[1]) > _LONGEST:
        draft.error("field_too_long", "The device identifier")
        return draft
    draft.put("di", code[0], "The device identifier")
    at, best_before = code.end(), None
    while at < len(text):
        tag = text[at : at + 2]
        at += 2
        if tag in _TEXT:
            stop = text.find("*", at)
            stop = len(text) if stop < 0 else stop
            value, at = text[at:stop], stop + 1
            if _NUMBER.match(value):
                draft.put(_TEXT[tag], value, tag)
            else:
                draft.error("illegal_character" if value else "empty_field", tag)
        elif tag in _DATES:
            found = dates.yymmdd(text[at : at + 6], today.year, zero_day=False)
            short, at = len(text) < at + 6, at + 6
            at += text[at : at + 1] == "*"
            if found is None:
                draft.error("truncated" if short else "impossible_date", tag)
            elif tag == "BD":
                best_before = found
            else:
                draft.put(_DATES[tag], found, tag)
        elif tag == "PL" and dates.digits(text[at : at + 1] or "x"):
            draft.extra["packaging_level"] = int(text[at])
            at += 1
            at += text[at : at + 1] == "*"
        else:
            draft.error("unknown_data_identifier", f"'{tag}'")
            break
    if best_before:
        draft.extra["best_before"] = best_before.isoformat()
        draft.fields.setdefault("expiry", best_before)
    return draft
