"""Any scan → Udi: finds the agency by the first characters and hands over."""

import re
from collections.abc import Iterable
from datetime import date

from . import ahm, gs1, hibcc, iccbba, ifa, ma
from .model import LONGEST, SENTENCES, Draft, Issue, Udi

_SYMBOLOGY = re.compile(r"\][A-Za-z][0-9A-Za-z]")
# Symbology identifiers after which GS1 elements follow; they are case sensitive.
_ELEMENTS = ("]C1", "]e0", "]d2", "]Q3", "]J1")
_GTIN = ("]E0", "]E1", "]E2", "]E3", "]E4", "]I1")
# What some scanners and people write for GS; none of it can be data of a GS1 field, but for the first, which is not
# known to occur in one.
_SHOWN_GS = ("<GS>", "{GS}", "[GS]", "<FNC1>", "{FNC1}", "[FNC1]", "␝", "\\x1d", "\\u001d", "^]")
_MAY_SHOW_GS = re.compile(r"[<{\[␝\\^]")
_IFA_PRINTED = re.compile(r"\((?:9N|1T|16D|27Q|33L|8P|S|D|Q)\)")
# The frame of a message as some scanners show it.
_IFA_SHOWN = {"<RS>": "\x1e", "{RS}": "\x1e", "␞": "\x1e", "<EOT>": "\x04", "{EOT}": "\x04", "␄": "\x04"}
_IFA_DOTS = (".9N", ".1T", ".S", ".D")


def parse(raw: str | None, today: date, separators: Iterable[str] = ()) -> Udi:
    """Udi of a scanned, typed or pasted text; never raises.

    today: date that decides the century of two digits. separators: further texts that this scanner sends for GS,
    for example "|" or "~".
    """
    if not isinstance(raw, str):
        raw = "" if raw is None else str(raw)
    if not raw or not raw.strip("\r\n\t"):
        return _refused(raw, "empty")
    if len(raw) > LONGEST:
        return _refused(raw, "oversized")
    # A carriage return is the scanner's Enter; a space may be a check character.
    text = raw.strip("\r\n\t")
    prefix = _SYMBOLOGY.match(text)
    symbology = prefix[0] if prefix else ""
    text = text[len(symbology) :]
    draft = _dispatch(symbology, text, separators, today)
    return draft.done(raw)


def _dispatch(symbology, text, separators, today):
    if symbology in _ELEMENTS:
        return gs1.element_string(_with_separators(text, separators), today)
    if symbology in _GTIN:
        return gs1.single(text, today)
    if text.startswith(("+", "*+")):
        return hibcc.parse(text, today)
    if text.startswith("[)>"):
        text = _with_separators(text, separators)
        for shown, meant in _IFA_SHOWN.items():
            text = text.replace(shown, meant)
        return ifa.message(text, today)
    if text.startswith(_IFA_DOTS):
        return ifa.dots(text, today)
    # Printed lines are often pasted with a space before them.
    if text[:1] == " " and text.lstrip(" ")[:1] == "(":
        text = text.lstrip(" ")
    if _IFA_PRINTED.match(text):
        return ifa.printed(text, today)
    if text.startswith(("=", "&")):
        return iccbba.parse(text, today)
    lower = text[:8].lower()
    if lower.startswith(("http://", "https://")):
        return ma.address(text, today) if ma.holds(text) else gs1.digital_link(text, today)
    if text.startswith("MA."):
        return ma.dotted(text, today)
    if text[:4].upper() == "<UDI" or text.startswith("<?xml"):
        return ma.xml(text, today)
    if text.startswith("MF"):
        return ahm.parse(text, today)
    if text.startswith("("):
        return gs1.printed(_with_separators(text, separators), today)
    plain = _with_separators(text, separators)
    if plain[:1] == gs1.GS or plain[:1].isdigit():
        return gs1.element_string(plain, today)
    draft = Draft(None)
    draft.error("not_a_udi" if text else "truncated", "the symbol")
    return draft


def _with_separators(text, separators):
    for shown in separators:
        if shown:
            text = text.replace(shown, gs1.GS)
    if _MAY_SHOW_GS.search(text):
        for shown in _SHOWN_GS:
            text = text.replace(shown, gs1.GS)
    return text


def _refused(raw, code):
    return Udi(raw, errors=(Issue(code, SENTENCES[code]),))
