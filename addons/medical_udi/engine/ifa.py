"""IFA: PPN, Health Product Code and Master UDI-DI in ISO 15434 messages, the dot form and print."""

import re
from datetime import date

from . import check_digits, dates
from .model import Draft

RS, GS, EOT = "\x1e", "\x1d", "\x04"
_HEADER = f"[)>{RS}06{GS}"
_FIELD = re.compile(r"(9N|1T|16D|27Q|33L|8P|S|D|Q)(.*)\Z", re.DOTALL)
_PRINTED = re.compile(r"\((9N|1T|16D|27Q|33L|8P|S|D|Q)\)")
_NUMBER = re.compile(r"[!-\[\]_-~]{1,}\Z")
_HPC = re.compile(r"13([0-9A-Z]{5})([0-9A-Z.\-]{1,18})([0-9])([0-9]{2})\Z")
_MASTER = re.compile(r"MA([0-9A-Z]{5})([0-9A-Z.\-]{1,19})([0-9]{2})\Z")


def message(text: str, today: date) -> Draft:
    """[)> RS 06 GS field GS field RS EOT."""
    draft = Draft("IFA")
    if not text.startswith(_HEADER):
        draft.error("bad_envelope")
        body = re.sub(r"^\[\)>\x1e?(?:06)?\x1d?", "", text)
    else:
        body = text[len(_HEADER) :]
    if body.endswith(RS + EOT):
        body = body[:-2]
    else:
        draft.error("bad_envelope")
        body = body.rstrip(RS + EOT)
    _read(draft, body.split(GS), today)
    return draft


def dots(text: str, today: date) -> Draft:
    """.9N…^1T…^D…: for keyboards, Health Product Codes only."""
    draft = Draft("IFA")
    _read(draft, text[1:].split("^"), today)
    return draft


def printed(text: str, today: date) -> Draft:
    """(9N)…(1T)…"""
    draft = Draft("IFA")
    first, *parts = _PRINTED.split(text)
    if first.strip():
        draft.error("bad_syntax", f"'{first[:12]}'")
    fields = [name + value.strip(" \r\n\t") for name, value in zip(parts[::2], parts[1::2], strict=True)]
    _read(draft, fields, today)
    return draft


def _read(draft, fields, today):
    for field in fields:
        found = _FIELD.match(field)
        if not found:
            draft.error("unknown_data_identifier" if field else "empty_field", f"'{field[:6]}'" if field else "A field")
            continue
        _take(draft, found[1], found[2], today)
    if "di" not in draft.fields and not any(
        issue.code in ("bad_check_digit", "truncated", "bad_length") for issue in draft.errors
    ):
        draft.error("missing_di")


def _take(draft, name, value, today):
    what = f"({name})"
    if not value:
        draft.error("empty_field", what)
    elif name == "9N":
        _product(draft, value)
    elif name in ("1T", "S"):
        draft.put_text("lot" if name == "1T" else "serial", value, what, _NUMBER, 20)
    elif name == "D":
        draft.put_date("expiry", dates.yymmdd(value, today.year), what)
    elif name == "16D":
        draft.put_date("production_date", dates.yyyymmdd(value), what)
    elif name == "Q":
        draft.put_quantity(value, what, 8)
    else:
        draft.extra[name] = value


def _product(draft, value):
    if value.startswith("PP"):
        draft.refuse("This is a Basic UDI-DI, which is never on a label.")
    elif value.startswith("MA"):
        if not _MASTER.match(value):
            draft.error("bad_length" if value.isalnum() else "illegal_character", "The Master UDI-DI")
        elif check_digits.ifa(value[:-2]) != value[-2:]:
            draft.error("bad_check_digit", "the Master UDI-DI")
        if draft.extra.setdefault("master_udi_di", value) != value:
            draft.error("duplicate_conflict", "The Master UDI-DI")
    elif value.startswith("11"):
        _ppn(draft, value)
    elif value.startswith("13"):
        _hpc(draft, value)
    else:
        draft.error("bad_syntax", f"(9N){value[:4]}")


def _ppn(draft, value):
    if not dates.digits(value):
        draft.error("illegal_character", "The PPN")
        return
    if len(value) != 12:
        draft.error("truncated" if len(value) < 12 else "field_too_long", "the PPN" if len(value) < 12 else "The PPN")
        return
    if check_digits.ifa(value[:-2]) != value[-2:]:
        draft.error("bad_check_digit", "the PPN")
    elif check_digits.pzn(value[2:9]) != int(value[9]):
        draft.error("bad_check_digit", "the PZN in the PPN")
    draft.put("di", value, "(9N)")


def _hpc(draft, value):
    found = _HPC.match(value)
    if not found:
        short = len(value) < 11
        long = len(value) > 28
        code = "truncated" if short else "field_too_long" if long else "illegal_character"
        draft.error(code, "the Health Product Code" if short else "The Health Product Code")
        return
    if check_digits.ifa(value[:-2]) != value[-2:]:
        draft.error("bad_check_digit", "the Health Product Code")
    if found[3] == "9":
        draft.error("illegal_character", "The packaging level of the Health Product Code")
    draft.put("di", value, "(9N)")
