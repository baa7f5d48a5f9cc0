"""Rows of device identifiers in tables: our own columns, those of FDA GUDID and those of the NMPA database.

A profile says which column holds which field and how its values are written. `read` turns a row of cells into
values, with what is wrong per column; `write` is its inverse.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

YES = frozenset({"1", "yes", "y", "true", "x", "是", "有"})
NO = frozenset({"0", "no", "n", "false", "否", "无"})
# What a spreadsheet would take for a formula, and the same made safe.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_WHOLE = re.compile(r"-?[0-9]+(\.0+)?\Z")


@dataclass(frozen=True, slots=True)
class Column:
    """kind: text, yes (yes or no), whole, number, date, choice. choices: how a value is written → value; the first way to
    write a value is used when writing. aliases: further headers. Without a field the column is for people only."""

    header: str
    field: str | None
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """yes, no: how the two are written. market: whose registration the columns "registration…" are of."""

    name: str
    columns: tuple[Column, ...]
    yes: str
    no: str
    market: str | None = None


def _columns(kind: str = "text", **fields: str | None) -> tuple[Column, ...]:
    """Columns of one kind: header = field."""
    return tuple(Column(header, field, kind) for header, field in fields.items())


def _same(*values: str) -> tuple[tuple[str, str], ...]:
    """Choices that are written as they are."""
    return tuple((value, value) for value in values)


_AGENCIES = (
    *_same("GS1", "HIBCC", "ICCBBA", "IFA", "MA", "AHM"),
    *(("MA码（IDcode）", "MA"), ("MA码(IDcode)", "MA"), ("IDcode", "MA"), ("IFA GmbH", "IFA"), ("阿里健康", "AHM")),
)
_MRI = _same("safe", "conditional", "unsafe", "unknown")
_FDA_MRI = (
    ("MR Safe", "safe"),
    ("MR Conditional", "conditional"),
    ("MR Unsafe", "unsafe"),
    ("Labeling does not contain MRI Safety Information", "unknown"),
)
_NMPA_MRI = (
    ("安全", "safe"),
    ("条件安全", "conditional"),
    ("不安全", "unsafe"),
    ("说明书或标签上面不包括MR安全信息", "unknown"),
    ("不包括", "unknown"),
)
_NOMENCLATURE = _same("gmdn", "emdn", "fda", "nmpa")

OWN = Profile(
    "own",
    (
        Column("issuing_agency", "issuing_agency", "choice", _AGENCIES),
        *_columns(di="code"),
        Column("product_code", "product", aliases=("product", "default_code")),
        *_columns(product_name=None, packaging="packaging", contains_di="contains"),
        *_columns("number", contained_quantity="contained_quantity"),
        *_columns(replaces_di="replaces", status=None, brand="brand", version_model="version_model"),
        *_columns(catalog_number="catalog_number", description="description", manufacturer="manufacturer"),
        Column("nomenclature", "nomenclature", "choice", _NOMENCLATURE),
        *_columns(nomenclature_code="nomenclature_code", basic_udi_di="basic_udi_di"),
        *_columns(direct_mark_di="direct_mark_code", unit_of_use_di="unit_of_use_code"),
        *_columns("whole", unit_of_use_count="unit_of_use_count"),
        *_columns("yes", lot_on_label="has_lot", serial_on_label="has_serial"),
        *_columns("yes", production_date_on_label="has_production_date", expiry_on_label="has_expiry"),
        *_columns("yes", donation_number_on_label="has_donation", single_use="single_use"),
        *_columns("whole", max_reuses="max_reuses"),
        *_columns("yes", sterile="sterile", sterilize_before_use="sterilize_before_use"),
        *_columns(sterilization_method="sterilization_method"),
        *_columns("yes", latex="latex"),
        Column("mri", "mri", "choice", _MRI),
        *_columns("yes", implantable="implantable"),
        *_columns(size="size_text"),
        *_columns("number", storage_min="storage_min", storage_max="storage_max"),
    ),
    "yes",
    "no",
)
# AccessGUDID: device, identifiers, gmdnTerms, deviceSizes and storage flattened to one row per identifier.
FDA = Profile(
    "fda",
    (
        Column("deviceIdIssuingAgency", "issuing_agency", "choice", _AGENCIES),
        Column("deviceId", "code", aliases=("PrimaryDI",)),
        *_columns(deviceIdType=None, containsDINumber="contains"),
        *_columns("number", pkgQuantity="contained_quantity"),
        *_columns(pkgType="packaging", pkgStatus=None, productReference="product", previousDI="replaces"),
        *_columns(deviceRecordStatus=None),
        *_columns("date", devicePublishDate="registration_from"),
        *_columns(publicVersionNumber="registration_version"),
        *_columns("date", deviceCommDistributionEndDate="registration_to"),
        *_columns(brandName="brand", versionModelNumber="version_model", catalogNumber="catalog_number"),
        *_columns(companyName="manufacturer", deviceDescription="description", DirectMarkingDI="direct_mark_code"),
        *_columns(UnitOfUseDI="unit_of_use_code"),
        *_columns("whole", deviceCount="unit_of_use_count"),
        *_columns("yes", singleUse="single_use", lotBatch="has_lot", serialNumber="has_serial"),
        *_columns("yes", manufacturingDate="has_production_date", expirationDate="has_expiry"),
        *_columns("yes", donationIdNumber="has_donation", labeledContainsNRL="latex"),
        Column("MRISafetyStatus", "mri", "choice", _FDA_MRI),
        *_columns("yes", deviceSterile="sterile", sterilizationPriorToUse="sterilize_before_use"),
        *_columns(methodTypes="sterilization_method", gmdnCode="gmdn", productCode="fda_code", sizeText="size_text"),
        *_columns("number", storageLow="storage_min", storageHigh="storage_max"),
    ),
    "true",
    "false",
    market="GUDID",
)
# Field names of the NMPA UDI database (YY/T 1752); a row with bzcpbs is a package of the primary DI zxxsdycpbs.
NMPA = Profile(
    "nmpa",
    (
        Column("cpbsbmtxmc", "issuing_agency", "choice", _AGENCIES),
        *_columns(zxxsdycpbs="primary", bzcpbs="package", cpbzjb="packaging", bznhxyjbzcpbs="contains"),
        *_columns("number", bznhxyjcpbssl="contained_quantity"),
        *_columns(productReference="product", cpmctymc=None, spmc="brand", ggxh="version_model"),
        *_columns(cphhhbh="catalog_number", cpms="description", ylqxzcrbarmc="manufacturer"),
        *_columns(zczbhhzbapzbh="registration_number", versionNumber="registration_version"),
        *_columns("date", cpbsfbrq="registration_from", tsrq="registration_to"),
        *_columns(flbm="nmpa_code", btcpbs="direct_mark_code", sydycpbs="unit_of_use_code"),
        *_columns("whole", zxxsdyzsydydsl="unit_of_use_count"),
        *_columns("yes", scbssfbhph="has_lot", scbssfbhxlh="has_serial", scbssfbhscrq="has_production_date"),
        *_columns("yes", scbssfbhsxrq="has_expiry", sfbjwycxsy="single_use"),
        *_columns("whole", zdcfsycs="max_reuses"),
        *_columns("yes", sfwwjbz="sterile", syqsfxyjxmj="sterilize_before_use"),
        *_columns(mjfs="sterilization_method"),
        Column("cgzmraqxgxx", "mri", "choice", _NMPA_MRI),
    ),
    "是",
    "否",
    market="NMPA",
)
PROFILES = {profile.name: profile for profile in (OWN, FDA, NMPA)}
_ALL = tuple(PROFILES.values())
# Columns for the nomenclature code of one system.
_SYSTEMS = {"gmdn": "gmdn", "fda_code": "fda", "nmpa_code": "nmpa"}
# What is known of a registration: part of the column's name → kind.
REGISTRATION = {"number": "text", "version": "text", "from": "date", "to": "date"}


def with_markets(profile: Profile, markets: Iterable[str]) -> Profile:
    """The profile with the registrations in these markets: our own has columns for each, the others those of theirs."""
    if profile.market:
        columns = [
            replace(column, field=f"{column.field}@{profile.market}")
            if (column.field or "").startswith("registration_")
            else column
            for column in profile.columns
        ]
    else:
        columns = [
            *profile.columns,
            *(
                Column(f"{market}_{part}", f"registration_{part}@{market}", kind)
                for market in markets
                for part, kind in REGISTRATION.items()
            ),
        ]
    return replace(profile, columns=tuple(columns))


def recognise(headers: Sequence[str], profiles: Iterable[Profile] = _ALL) -> Profile | None:
    """The profile with most of the headers, or None: a table without a column for the DI is none of ours."""
    best, most = None, 0
    for profile in profiles:
        known = _places(profile, headers)
        fields = {column.field for column in known.values()}
        if fields & {"code", "primary"} and len(known) > most:
            best, most = profile, len(known)
    return best


def unknown(profile: Profile, headers: Sequence[str]) -> list[str]:
    """Headers that the profile does not know."""
    places = _places(profile, headers)
    return [header for at, header in enumerate(headers) if header and at not in places]


def twice(profile: Profile, headers: Sequence[str]) -> list[str]:
    """Headers that stand for the same field."""
    seen, found = {}, []
    for at, column in _places(profile, headers).items():
        if column.field and seen.setdefault(column.field, at) != at:
            found.append(headers[at])
    return found


def columns(profile: Profile, headers: Sequence[str]) -> dict[str, str]:
    """Field → how the file calls it."""
    found = {}
    for at, column in _places(profile, headers).items():
        if column.field:
            found.setdefault("code" if column.field == "primary" else column.field, headers[at])
    return found


def read(profile: Profile, headers: Sequence[str], cells: Sequence) -> tuple[dict, list[tuple[str, str]]]:
    """(values, errors) of a row: field → value for each cell with something in it; (column header, sentence)."""
    values, errors = {}, []
    for at, column in _places(profile, headers).items():
        text = plain(cells[at]) if at < len(cells) else ""
        if not column.field or text == "":
            continue
        value, wrong = _value(column, text, cells[at])
        if wrong:
            errors.append((headers[at], wrong))
        else:
            values[column.field] = value
    for name, system in _SYSTEMS.items():
        if name in values and "nomenclature_code" not in values:
            values["nomenclature"], values["nomenclature_code"] = system, values[name]
        values.pop(name, None)
    if profile.name == NMPA.name:
        primary, package = values.pop("primary", None), values.pop("package", None)
        values["code"] = package or primary
        if package and primary:
            values.setdefault("contains", primary)
        if not values["code"]:
            del values["code"]
    return values, errors


def write(profile: Profile, values: Mapping) -> list:
    """Cells of a row; values: field → value, None or False for nothing."""
    values = dict(values)
    for name, system in _SYSTEMS.items():
        if values.get("nomenclature") == system:
            values[name] = values.get("nomenclature_code")
    if profile.name == NMPA.name:
        contains = values.get("contains")
        values["package"] = values.get("code") if contains else None
        # The database names the smallest sales unit on each row, whatever the package holds.
        values["primary"] = values.get("primary_code") if contains else values.get("code")
    return [_text(profile, column, values.get(column.field or column.header)) for column in profile.columns]


def headers(profile: Profile) -> list[str]:
    return [column.header for column in profile.columns]


def plain(cell: object) -> str:
    """A cell as text, as it was typed: a long number that a spreadsheet keeps as one is written out."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    text = str(cell).strip()
    return text[1:] if text[:1] == "'" and _FORMULA.match(text) else text


def safe(text: str) -> str:
    """A cell of a CSV file that no spreadsheet takes for a formula; `plain` reads it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def _places(profile, headers):
    """Position → column of the headers that the profile knows."""
    known = {}
    for column in profile.columns:
        for name in (column.header, *column.aliases):
            known[name.casefold()] = column
    found = {}
    for at, header in enumerate(headers):
        column = known.get(str(header).strip().casefold())
        if column:
            found[at] = column
    return found


def _value(column, text, cell):
    if column.kind == "yes":
        lower = text.casefold()
        if lower in YES or lower in NO:
            return lower in YES, None
        return None, f"'{text[:30]}' is neither yes nor no: write yes or no."
    if column.kind == "whole":
        if _WHOLE.match(text) and 0 <= int(text.partition(".")[0]) < 2**31:
            return int(text.partition(".")[0]), None
        return None, f"'{text[:30]}' is no whole number from 0 up."
    if column.kind == "number":
        return _number(text)
    if column.kind == "date":
        return _date(text, cell)
    if column.kind == "choice":
        lower = text.casefold()
        for shown, value in column.choices:
            if shown.casefold() == lower:
                return value, None
        first = {}
        for shown, value in column.choices:
            first.setdefault(value, shown)
        return None, f"'{text[:30]}' is not known here: write one of {', '.join(first.values())}."
    return text, None


def _number(text):
    try:
        value = float(text.replace(",", ".", 1) if "." not in text else text)
    except ValueError:
        value = None
    if value is None or abs(value) >= 1e12 or value != value:
        return None, f"'{text[:30]}' is no number."
    return value, None


def _date(text, cell):
    if isinstance(cell, datetime):
        return cell.date(), None
    if isinstance(cell, date):
        return cell, None
    try:
        return date.fromisoformat(text.replace("/", "-")), None
    except ValueError:
        return None, f"'{text[:30]}' is no date: write it as 2026-12-31."


def _text(profile, column, value):
    if column.kind == "yes":
        return "" if value is None else profile.yes if value else profile.no
    if value is None or value is False or value == "":
        return ""
    if column.kind == "choice":
        return next((shown for shown, known in column.choices if known == value), str(value))
    if column.kind == "number":
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return value.isoformat() if isinstance(value, date) else str(value)
