"""Whether a text is a device identifier of an agency, as databases hold it."""

from datetime import date

from . import check_digits, dates
from .parse import parse

_ANY_DAY = date(2026, 1, 1)


def normal(agency: str, code: str) -> str:
    """The identifier as databases hold it: GTINs with 14 digits, whatever length they are printed in."""
    return code.zfill(14) if agency == "GS1" and dates.digits(code) else code


def problem(agency: str, code: str) -> str | None:
    """What is wrong with the identifier, as a sentence; None when nothing is."""
    if not code:
        return "It is empty."
    if agency == "GS1" and len(code) != 14:
        return "A GTIN is kept with 14 digits."
    raw = {
        "GS1": code,
        "HIBCC": f"+{code}{check_digits.hibc(f'+{code}') or ''}",
        "ICCBBA": f"=/{code}" if len(code) == 16 else f"=){code}",
        "IFA": f"(9N){code}",
        "MA": code,
        "AHM": code,
    }[agency]
    found = parse(f"]E0{raw}" if agency == "GS1" else raw, _ANY_DAY)
    if found.errors:
        return found.errors[0].message
    if found.issuing_agency != agency or found.di != code or found.lot or found.serial:
        return "It has another form."
    return None
