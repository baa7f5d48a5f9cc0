"""HIBCC: primary, secondary and concatenated symbols of the Supplier Labeling Standard (ANSI/HIBC 2.6)."""

import re
from datetime import date

from . import check_digits, dates
from .model import Draft

_PRIMARY = re.compile(r"([A-Z][A-Z0-9]{3})([A-Z0-9]*)([0-9])\Z")
_NUMBER = re.compile(r"[A-Z0-9.\-]*\Z")
_LONGEST = 18
# Length of what follows a date flag.
_DATE_LENGTH = {"2": 6, "3": 6, "4": 8, "5": 5, "6": 7, "7": 0}


def parse(text: str, today: date) -> Draft:
    """A scan that begins with +, or with * where a printed line was typed."""
    draft = Draft("HIBCC")
    if text.startswith("*"):
        text = text[1:-1] if text.endswith("*") and len(text) > 2 else text[1:]
        # The printed line shows a check character that is a space as an underscore.
        text = text[:-1] + " " if text.endswith("_") else text
    if text.startswith("+/"):
        draft.refuse("This is a code of the HIBC provider standard, no device label.")
        return draft
    if text.startswith("++"):
        draft.refuse("This is a Basic UDI-DI, which is never on a label.")
        return draft
    if len(text) < 4:
        draft.error("truncated", "the symbol")
        return draft
    odd = [character for character in text if character not in check_digits.HIBC]
    if odd:
        draft.error("illegal_character", "The scan")
        text = text.upper() if all(character.upper() in check_digits.HIBC for character in odd) else text
    split = _second_symbol(text)
    if split:
        _primary_symbol(draft, text[:split])
        _secondary_symbol(draft, text[split:], today, text[split - 1])
    elif text[1] == "$" or text[1].isdigit():
        _secondary_symbol(draft, text, today, None)
    else:
        _checked(draft, text)
        first, *fields = text[1:-1].split("/")
        _primary(draft, first)
        _fields(draft, fields, today)
    return draft


def _second_symbol(text):
    """Where a second symbol begins in a string of two, or None."""
    plausible = None
    for at in range(8, len(text) - 2):
        if text[at] == "+" and (text[at + 1] == "$" or text[at + 1].isdigit()) and text[1].isalpha():
            if check_digits.hibc(text[: at - 1]) == text[at - 1]:
                return at
            if "/" not in text[: at - 1] and text[at + 1] == "$" and plausible is None:
                plausible = at
    return plausible


def _checked(draft, symbol):
    if check_digits.hibc(symbol[:-1]) != symbol[-1]:
        draft.error("bad_check_digit", "the symbol")


def _primary_symbol(draft, symbol):
    _checked(draft, symbol)
    _primary(draft, symbol[1:-1])


def _secondary_symbol(draft, symbol, today, link):
    """+ reference … link check; link: check character of the primary, None where that was not scanned."""
    _checked(draft, symbol)
    body, found = symbol[1:-2], symbol[-2]
    draft.extra["link"] = found
    if link is not None and found != link:
        draft.error("link_mismatch")
    _fields(draft, body.split("/"), today)


def _primary(draft, text):
    found = _PRIMARY.match(text)
    if not found:
        short = len(text) < 6
        draft.error("truncated" if short else "bad_syntax", "the device identifier" if short else f"'{text[:12]}'")
        return
    if not 1 <= len(found[2]) <= _LONGEST:
        draft.error("field_too_long" if found[2] else "truncated", "The catalogue number")
        return
    draft.put("di", text, "The device identifier")


def _fields(draft, fields, today):
    for place, field in enumerate(fields):
        if place == 0 and (field[:1] == "$" or dates.digits(field[:5]) and len(field) >= 5):
            _reference(draft, field, today)
        elif field[:3] in ("14D", "16D"):
            name = "expiry" if field[:3] == "14D" else "production_date"
            found = dates.yyyymmdd(field[3:])
            if found is None:
                short = dates.digits(field[3:] or "0") and len(field) < 11
                draft.error("truncated" if short else "impossible_date", f"/{field[:3]}")
            else:
                draft.put(name, found, f"/{field[:3]}")
        elif field[:1] == "S":
            draft.put_text("serial", field[1:], "/S", _NUMBER, _LONGEST)
        elif field[:1] == "Q":
            draft.put_quantity(field[1:], "/Q", 5)
        elif field[:1] == "$":
            draft.error("wrong_order", f"'{field[:6]}'")
        elif field:
            primary = _PRIMARY.match(field) and "di" not in draft.fields and len(field) > 5
            draft.error("wrong_order" if primary else "unknown_data_identifier", f"'{field[:6]}'")
        else:
            draft.error("empty_field", "A field")


def _reference(draft, field, today):
    """Date, quantity, lot or serial of the main secondary field."""
    if field.startswith("$$"):
        name, rest = ("serial", field[3:]) if field[2:3] == "+" else ("lot", field[2:])
        if rest[:1] in ("8", "9") and rest:
            length = 2 if rest[0] == "8" else 5
            amount, rest = rest[1 : 1 + length], rest[1 + length :]
            if name == "serial":
                draft.error("illegal_combination", "A quantity and a serial number")
            elif len(amount) < length or not dates.digits(amount):
                draft.error("truncated" if len(amount) < length else "illegal_character", "the quantity")
                return
            else:
                draft.put("quantity", int(amount), "The quantity")
            if not rest:
                return
        rest = _date(draft, rest, today)
        if rest is None:
            return
        required = False
    elif field.startswith("$"):
        name, rest = ("serial", field[2:]) if field[1:2] == "+" else ("lot", field[1:])
        required = True
    else:
        draft.put_date("expiry", dates.yyjjj(field[:5], today.year), "The expiry date")
        name, rest, required = "lot", field[5:], False
    if rest or required:
        draft.put_text(name, rest, f"The {name} number", _NUMBER, _LONGEST)


def _date(draft, text, today):
    """Set the expiry that `text` begins with; what follows it, or None when that cannot be told."""
    flag = text[:1]
    if flag in ("0", "1") and flag:
        value, rest = text[:4], text[4:]
        found, hour = dates.mmyy(value, today.year), ""
        length = 4
    elif flag in _DATE_LENGTH and flag:
        length = _DATE_LENGTH[flag]
        value, rest = text[1 : 1 + length], text[1 + length :]
        if flag == "7":
            return rest
        hour = value[-2:] if flag in "46" else ""
        plain = value[:-2] if hour else value
        if flag == "2":
            plain = plain[4:] + plain[:4]
        found = dates.yyjjj(plain, today.year) if flag in "56" else dates.yymmdd(plain, today.year, zero_day=False)
    else:
        draft.error("bad_syntax" if text else "truncated", f"'{text[:6]}'" if text else "the date")
        return None
    if len(value) < length:
        draft.error("truncated", "the expiry date")
        return None
    if found is None or hour and (not dates.digits(hour) or hour > "23"):
        draft.error("impossible_date", "The expiry date")
        return rest
    draft.put("expiry", found, "The expiry date")
    if hour:
        draft.extra["expiry_time"] = f"{hour}:00"
    return rest
