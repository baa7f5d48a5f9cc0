from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.medical_udi_table.engine import di_records
from odoo.addons.medical_udi_table.engine.di_records import (
    FDA,
    NMPA,
    OWN,
    headers,
    plain,
    read,
    recognise,
    safe,
    with_markets,
    write,
)

MARKETS = ("EUDAMED", "GUDID", "NMPA")
VALUES = {
    "issuing_agency": "GS1",
    "code": "04012345000016",
    "product": "P1",
    "packaging": "Units",
    "brand": "=HYPERLINK(1)",
    "catalog_number": "-20",
    "has_lot": True,
    "has_serial": False,
    "mri": "conditional",
    "max_reuses": 3,
    "storage_min": -20.5,
    "storage_max": 8.0,
    "nomenclature": "gmdn",
    "nomenclature_code": "0123",
    "single_use": True,
    "registration_number@GUDID": "K1",
    "registration_from@GUDID": date(2024, 5, 1),
    "registration_from@NMPA": date(2023, 2, 3),
    "registration_number@NMPA": "国械注准1",
}


@pytest.mark.parametrize("profile", [OWN, FDA, NMPA], ids=lambda profile: profile.name)
def test_what_is_written_is_read_again(profile):
    profile = with_markets(profile, MARKETS)
    names = headers(profile)
    assert recognise(names).name == profile.name
    for spreadsheet in (lambda text: text, safe):
        values, errors = read(profile, names, [spreadsheet(cell) for cell in write(profile, VALUES)])
        assert not errors
        assert values == {name: VALUES[name] for name in values}
        assert {"code", "issuing_agency", "product", "catalog_number", "has_lot", "has_serial", "mri"} <= set(values)
        assert ("registration_number@NMPA" in values) == (profile.name != "fda")


def test_a_package_of_the_nmpa_stands_beside_its_primary():
    values = {
        "code": "14012345000013",
        "contains": "04012345000016",
        "primary_code": "04012345000016",
        "contained_quantity": 10.0,
    }
    names = headers(NMPA)
    cells = write(NMPA, values)
    row = dict(zip(names, cells, strict=True))
    assert (row["zxxsdycpbs"], row["bzcpbs"], row["bznhxyjbzcpbs"], row["bznhxyjcpbssl"]) == (
        "04012345000016",
        "14012345000013",
        "04012345000016",
        "10",
    )
    found, errors = read(NMPA, names, cells)
    assert (found["code"], found["contains"], found["contained_quantity"], errors) == (
        "14012345000013",
        "04012345000016",
        10.0,
        [],
    )
    assert read(NMPA, ["cpbsbmtxmc", "zxxsdycpbs", "sfbjwycxsy"], ["MA码（IDcode）", "MA.1", "是"])[0] == {
        "issuing_agency": "MA",
        "code": "MA.1",
        "single_use": True,
    }


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (4012345000016.0, "4012345000016"),
        (4012345000016, "4012345000016"),
        (None, ""),
        (" A ", "A"),
        (True, "yes"),
        (datetime(2026, 1, 2, 3), "2026-01-02"),
        ("'=1", "=1"),
        ("'quoted'", "'quoted'"),
        (0.5, "0.5"),
    ],
)
def test_cells_as_they_were_typed(cell, text):
    assert plain(cell) == text


@given(st.text(max_size=20).map(str.strip))
def test_no_cell_is_a_formula_and_nothing_is_lost(text):
    assert not safe(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert plain(safe(text)) == text


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        ("single_use", "maybe", "write yes or no"),
        ("max_reuses", "1.5", "no whole number"),
        ("max_reuses", -1, "no whole number"),
        ("storage_min", "cold", "no number"),
        ("storage_min", "nan", "no number"),
        ("mri", "magnetic", "write one of safe"),
        ("issuing_agency", "ISO", "write one of GS1, HIBCC"),
        ("GUDID_from", "1 May", "2026-12-31"),
    ],
)
def test_what_is_wrong_in_a_cell_is_said(column, cell, sentence):
    profile = with_markets(OWN, MARKETS)
    values, errors = read(profile, ["di", column], ["X", cell])
    assert values == {"code": "X"}
    assert [name for name, _text in errors] == [column]
    assert sentence in errors[0][1]


def test_headers():
    assert recognise(["Name", "Price"]) is None
    assert recognise(["PrimaryDI", "brandName"]) is FDA
    assert recognise([" DI ", "Product"]) is OWN
    assert di_records.unknown(OWN, ["di", "colour", ""]) == ["colour"]
    assert di_records.twice(OWN, ["di", "product", "default_code"]) == ["default_code"]
    assert read(OWN, ["di", "brand"], ["X"]) == ({"code": "X"}, [])
