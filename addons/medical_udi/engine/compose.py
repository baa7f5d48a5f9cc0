"""Label texts: the exact string to encode and the line for people, for GS1 and HIBCC; the inverse of `parse`."""

from dataclasses import dataclass
from datetime import date

from . import check_digits, dates
from .gs1 import GS
from .gs1_identifiers import SET_82
from .hibcc import _NUMBER, _PRIMARY


@dataclass(frozen=True, slots=True)
class Carrier:
    """element_string: what the symbol holds (GS1: without the leading FNC1, GS between elements); hri: the line under it;
    symbology: "gs1" (needs FNC1 in first position) or "plain"; parts: pieces of the line, which may only be broken
    between them; elements: identifier and value of each GS1 element."""

    issuing_agency: str
    element_string: str
    hri: str
    symbology: str
    parts: tuple[str, ...]
    elements: tuple[tuple[str, str], ...] = ()


def compose(
    issuing_agency: str,
    di: str,
    lot: str | None = None,
    serial: str | None = None,
    expiry: date | None = None,
    production_date: date | None = None,
    quantity: int | None = None,
) -> Carrier:
    """Carrier of a device identifier and its production data.

    Raises ValueError, with a sentence, for what cannot be printed.
    """
    if issuing_agency == "GS1":
        return _gs1(di, lot, serial, expiry, production_date, quantity)
    if issuing_agency == "HIBCC":
        return _hibcc(di, lot, serial, expiry, production_date, quantity)
    raise ValueError(f"Labels can be made for GS1 and HIBCC, not for {issuing_agency}.")


def _gs1(di, lot, serial, expiry, production_date, quantity):
    if not di or not dates.digits(di) or len(di) != 14 or check_digits.gtin(di[:-1]) != di[-1]:
        raise ValueError(f"{di!r} is no GTIN of 14 digits with its check digit.")
    _check("GS1", lot, serial, quantity, SET_82, longest=20, digits=8)
    # Fixed lengths first: no separators are needed between them.
    elements = [("01", di)]
    elements += [(ai, _yymmdd(day)) for ai, day in (("11", production_date), ("17", expiry)) if day]
    elements += [(ai, value) for ai, value in (("10", lot), ("21", serial)) if value]
    if quantity is not None:
        elements.append(("30", str(quantity)))
    text = ""
    for place, (ai, value) in enumerate(elements):
        text += ai + value
        if ai in ("10", "21", "30") and place < len(elements) - 1:
            text += GS
    parts = tuple(f"({ai}){value}" for ai, value in elements)
    return Carrier("GS1", text, "".join(parts), "gs1", parts, tuple(elements))


def _hibcc(di, lot, serial, expiry, production_date, quantity):
    found = _PRIMARY.match(di or "")
    if not found or not 1 <= len(found[2]) <= 18:
        raise ValueError(f"{di!r} is no HIBCC identifier: a letter, three characters, catalogue number and unit digit.")
    _check("HIBC", lot, serial, quantity, _NUMBER, longest=18, digits=5)
    text = f"+{di}"
    if lot or expiry:
        text += f"/$$3{_yymmdd(expiry)}{lot or ''}" if expiry else f"/$$7{lot}"
    if serial:
        text += f"/S{serial}"
    if production_date:
        text += f"/16D{production_date:%Y%m%d}"
    if quantity is not None:
        text += f"/Q{quantity}"
    check = check_digits.hibc(text)
    # The check character may be a slash: the fields are told apart before it is there.
    first, *fields = text.split("/")
    parts = [f"*{first}", *(f"/{field}" for field in fields)]
    parts[-1] += ("_" if check == " " else check) + "*"
    return Carrier("HIBCC", text + check, "".join(parts), "plain", tuple(parts))


def _check(standard, lot, serial, quantity, form, longest, digits):
    for name, value in (("lot", lot), ("serial", serial)):
        if value and (len(value) > longest or not form.match(value)):
            raise ValueError(
                f"The {name} number {value!r} has more than {longest} characters or some that {standard} does not allow."
            )
    if quantity is not None and not 0 <= quantity < 10**digits:
        raise ValueError(f"A quantity has up to {digits} digits.")


def _yymmdd(day):
    if not isinstance(day, date) or not 2000 <= day.year <= 2075:
        raise ValueError(f"{day} cannot be told from two digits of a year on a label.")
    return f"{day:%y%m%d}"
