"""GS1: element strings of every symbology, the printed form, single GTINs and Digital Links."""

import re
from datetime import date
from urllib.parse import unquote, urlsplit

from . import check_digits, dates
from .gs1_identifiers import CHARACTERS, CHECKED, COMPONENTS, DATES, EXCLUDED, FIXED, FORMS, MOMENTS, NEEDED, find
from .model import Draft

GS = "\x1d"
_PRINTED = re.compile(r"\(([0-9]{2,4})\)")
_ANY_BRACKET = re.compile(r"\(([^()]{1,4})\)")
_BARE = re.compile(r"[0-9]{12,14}\Z")
_LOST = re.compile(r".(1[1357])([0-9]{6})\Z")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# Keys of a Digital Link that stand in the path after the GTIN, in this order.
_QUALIFIERS = ("22", "10", "21")
_NAMES = {
    "00": "sscc",
    "02": "content_gtin",
    "12": "due_date",
    "13": "packaging_date",
    "15": "best_before",
    "16": "sell_by",
}


def element_string(text: str, today: date) -> Draft:
    """A scan without symbology prefix: elements one after the other, GS between them."""
    draft = Draft("GS1")
    if _BARE.match(text) and _single(draft, text, strict=False):
        return draft
    elements = []
    at, end = (1 if text.startswith(GS) else 0), len(text)
    if at == end:
        draft.error("truncated", "the symbol")
    while at < end:
        identifier = find(text, at)
        if identifier is None:
            _no_identifier(draft, text, at)
            break
        at += len(identifier)
        if identifier in FIXED:
            stop = at + FIXED[identifier]
            inner = text.find(GS, at, min(stop, end))
            if inner >= 0:
                stop = inner
        else:
            stop = text.find(GS, at)
            stop = end if stop < 0 else stop
        elements.append((identifier, text[at:stop]))
        # One separator is tolerated after any element.
        at = stop + 1 if text[stop : stop + 1] == GS else stop
    _read(draft, elements, today)
    return draft


def printed(text: str, today: date) -> Draft:
    """(01)… (17)… (10)…: what people read and type."""
    draft = Draft("GS1")
    parts = _PRINTED.split(text)
    if parts[0].strip():
        draft.error("bad_syntax", _shown(parts[0]))
    elements = []
    for identifier, value in zip(parts[1::2], parts[2::2], strict=True):
        value = value.strip(" \t\r\n" + GS)
        if identifier in COMPONENTS:
            elements.append((identifier, value))
        elif elements and COMPONENTS[elements[-1][0]][-1][0] == "X":
            # A bracket inside a lot or serial number.
            elements[-1] = (elements[-1][0], f"{elements[-1][1]}({identifier}){value}")
        else:
            draft.error("unknown_ai", f"({identifier})")
    if not elements and not draft.errors:
        found = _ANY_BRACKET.search(text)
        draft.error("unknown_ai", f"({found[1]})" if found else _shown(text))
    _read(draft, elements, today, printed=True)
    return draft


def single(text: str, _today: date) -> Draft:
    """A GTIN alone, from an EAN or UPC symbol."""
    draft = Draft("GS1")
    if not text:
        draft.error("truncated", "the symbol")
    else:
        _single(draft, text, strict=True)
    return draft


def digital_link(text: str, today: date) -> Draft:
    """https://any.host/stem/01/{GTIN}/10/{lot}/21/{serial}?17={YYMMDD}."""
    draft = Draft("GS1")
    try:
        link = urlsplit(text)
    except ValueError:
        draft.error("bad_syntax", "the address")
        return draft
    segments = link.path.split("/")
    if segments and segments[-1] == "":
        segments.pop()
    at = _primary(segments)
    if not link.netloc or at is None:
        draft.error("not_a_udi")
        return draft
    if _PERCENT.search(text):
        draft.error("bad_syntax", "a percent sign")
    elements = []
    keys, values = segments[at::2], segments[at + 1 :: 2]
    if len(keys) > len(values):
        draft.error("truncated", f"({keys[-1]})")
    place = -1
    for key, value in zip(keys, values, strict=False):
        if key not in ("01", "235", *_QUALIFIERS):
            draft.error("unknown_ai", f"({key})")
            continue
        order = _QUALIFIERS.index(key) if key in _QUALIFIERS else -1
        if key == "235" and len(keys) > 2 or key in _QUALIFIERS and order <= place:
            draft.error("wrong_order", f"({key})")
        place = max(place, order)
        elements.append((key, unquote(value, errors="replace")))
    if elements and elements[0][0] == "01" and len(elements[0][1]) != 14:
        draft.error("bad_length", "The GTIN of a Digital Link")
    for part in re.split("[&;]", link.query) if link.query else ():
        key, equals, value = part.partition("=")
        if not dates.digits(key or "x"):
            continue
        if key not in COMPONENTS:
            draft.error("unknown_ai", f"({key})")
        elif key in ("01", *_QUALIFIERS):
            draft.error("wrong_order", f"({key})")
        else:
            elements.append((key, unquote(value, errors="replace") if equals else ""))
    _read(draft, elements, today, printed=True)
    return draft


def _primary(segments):
    """Place of the segment 01 that begins the keys: the last one that only keys and values follow."""
    places = [at for at, segment in enumerate(segments) if segment == "01" and at + 1 < len(segments)]
    for at in reversed(places):
        if dates.digits(segments[at + 1] or "x"):
            return at
    return places[-1] if places else None


def _single(draft, text, strict):
    """Set the GTIN of a bare number; not strict: only when it is one."""
    if not dates.digits(text) or len(text) not in (8, 12, 13, 14):
        if strict:
            draft.error("bad_length" if dates.digits(text) else "illegal_character", "The GTIN")
        return False
    good = check_digits.gtin(text[:-1]) == text[-1]
    if not good and not strict and find(text, 0) is not None:
        return False
    draft.put("di", text.zfill(14), "The GTIN")
    if not good:
        draft.error("bad_check_digit", "the GTIN")
    return True


def _no_identifier(draft, text, at):
    rest = text[at : at + 4]
    if rest and not rest.isascii():
        draft.error("illegal_character", "The scan")
    elif not dates.digits(rest[:2] or "x"):
        draft.error("bad_syntax", _shown(rest))
    else:
        draft.error("unknown_ai", f"({rest[:2]}…)")


def _read(draft, elements, today, printed=False):
    """Set the fields of (identifier, value) pairs and note what is wrong with them."""
    seen = {}
    for identifier, value in elements:
        if not _fits(draft, identifier, value, printed):
            continue
        if seen.setdefault(identifier, value) != value:
            draft.error("duplicate_conflict", f"({identifier})")
            continue
        _take(draft, identifier, value, today)
    for one, other in EXCLUDED:
        if one in seen and other in seen:
            draft.error("illegal_combination", f"({one}) and ({other})")
    for one, others in NEEDED:
        if one in seen and not any(other in seen for other in others):
            draft.error("missing_partner", f"({one}) needs ({others[0]}) beside it")
    for identifier in ("10", "21"):
        lost = _LOST.match(seen.get(identifier, "")[-9:]) if len(seen.get(identifier, "")) > 8 else None
        if lost and lost[1] not in seen and dates.yymmdd(lost[2], today.year):
            draft.warn("possible_missing_separator", f"({identifier}) ends like ({lost[1]}){lost[2]}")


def _fits(draft, identifier, value, printed):
    """Whether the value has the form of the identifier; otherwise the reason is noted."""
    if FORMS[identifier].match(value):
        return True
    name = f"({identifier})"
    components = COMPONENTS[identifier]
    least, most = sum(part[1] for part in components), sum(part[2] for part in components)
    if not value:
        draft.error("empty_field", name)
        return False
    if not value.isascii() or any(character < "!" or character > "~" for character in value):
        draft.error("illegal_character", name)
        return False
    at = 0
    for kind, _shortest, longest in components:
        part = value[at : at + longest]
        if not CHARACTERS[kind].match(part):
            draft.error("illegal_character", name)
            return False
        at += longest
    if len(value) < least:
        draft.error("truncated", name)
        return False
    if len(value) > most:
        lost = least == most and not printed
        draft.error("missing_separator" if lost else "field_too_long", f"the element after {name}" if lost else name)
        return False
    return True


def _take(draft, identifier, value, today):
    name = f"({identifier})"
    length = CHECKED.get(identifier)
    if length and check_digits.gtin(value[: length - 1]) != value[length - 1]:
        draft.error("bad_check_digit", name)
    if identifier == "01":
        draft.put("di", value, name)
    elif identifier == "10":
        draft.put("lot", value, name)
    elif identifier == "21":
        draft.put("serial", value, name)
    elif identifier in ("30", "37"):
        draft.put("quantity", int(value), name)
    elif identifier in DATES:
        found = dates.yymmdd(value, today.year)
        if identifier in ("11", "17") or found is None:
            draft.put_date("expiry" if identifier == "17" else "production_date", found, name)
        else:
            draft.extra[_NAMES[identifier]] = found.isoformat()
    elif identifier == "7003":
        found = dates.yymmdd(value[:6], today.year, zero_day=False)
        hour, minute = value[6:8], value[8:]
        if found is None or hour > "23" or minute > "59":
            draft.error("impossible_date", name)
        else:
            draft.put("expiry", found, name)
            draft.extra["expiry_time"] = f"{hour}:{minute}"
    else:
        _more(draft, identifier, value, name, today)
        draft.extra[_NAMES.get(identifier, identifier)] = value


def _more(draft, identifier, value, name, today):
    """Rules of further identifiers: dates of the calendar, check characters, one piece of so many."""
    if identifier in MOMENTS:
        for part in (value[at : at + 6] for at in range(0, len(value) if identifier == "7007" else 6, 6)):
            if dates.yymmdd(part, today.year, zero_day=False) is None:
                draft.error("impossible_date", name)
        clock = value[6:] if identifier != "7007" else ""
        # No time given: 9999 in delivery dates.
        if clock and not (identifier in ("4324", "4325") and clock == "9999"):
            if clock[:2] > "23" or any(clock[at : at + 2] > "59" for at in range(2, len(clock), 2)) or len(clock) % 2:
                draft.error("impossible_date", name)
    elif identifier in ("8013", "8014"):
        if len(value) < 3 or check_digits.gmn(value[:-2]) != value[-2:]:
            draft.error("bad_check_digit", name)
    elif identifier in ("8006", "8026"):
        piece, total = value[14:16], value[16:18]
        if piece == "00" or piece > total:
            draft.error("illegal_combination", f"Piece {piece} and a total of {total} in {name}")


def _shown(text):
    return f"'{text[:12]}'" if text else "the end"
