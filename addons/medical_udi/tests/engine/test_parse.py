"""What labels say, by agency; examples were made for these tests with the agencies' rules."""

import json
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from odoo.addons.medical_udi.engine import check_digits, parse
from odoo.addons.medical_udi.engine.gs1_identifiers import COMPONENTS
from odoo.addons.medical_udi.engine.model import LONGEST

TODAY = date(2026, 11, 24)
GS, RS, EOT = "\x1d", "\x1e", "\x04"
GTIN = "04012345123456"
VECTORS = Path(__file__).resolve().parents[5] / "shared" / "data" / "udi_vectors.json"


def read(raw, separators=()):
    return parse(raw, TODAY, separators)


def codes(raw, separators=()):
    return [issue.code for issue in read(raw, separators).errors]


def hibc(body):
    return body + check_digits.hibc(body)


def ifa(body):
    return body + check_digits.ifa(body)


def test_the_gtin_of_these_tests_is_right():
    assert check_digits.gtin(GTIN[:-1]) == GTIN[-1]


# GS1


@pytest.mark.parametrize("prefix", ["", "]C1", "]e0", "]d2", "]Q3", "]J1", GS])
def test_element_string_of_every_symbology(prefix):
    found = read(f"{prefix}01{GTIN}1728063011260115" + f"10L-77{GS}21s/9{GS}")
    assert found.valid, found.errors
    assert (found.issuing_agency, found.di, found.lot, found.serial) == ("GS1", GTIN, "L-77", "s/9")
    assert (found.expiry, found.production_date) == (date(2028, 6, 30), date(2026, 1, 15))


def test_printed_form_with_spaces_and_brackets_inside():
    found = read(f"(01) {GTIN} (17) 280200 (10) A(05)B (21) 5")
    assert found.valid, found.errors
    assert (found.lot, found.serial, found.expiry) == ("A(05)B", "5", date(2028, 2, 29))


@pytest.mark.parametrize(
    ("yy", "year"), [("26", 2026), ("76", 2076), ("77", 1977), ("99", 1999), ("00", 2000), ("75", 2075)]
)
def test_the_century_is_the_nearest(yy, year):
    assert read(f"01{GTIN}17{yy}0131").expiry == date(year, 1, 31)


def test_quantities_and_other_dates():
    found = read(f"01{GTIN}3012{GS}7003280401{'0930'}{GS}10X")
    assert (found.quantity, found.expiry, found.extra["expiry_time"]) == (12, date(2028, 4, 1), "09:30")
    assert read(f"01{GTIN}15280401").expiry is None
    assert read(f"02{GTIN}3740{GS}10P1").extra["content_gtin"] == GTIN


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (f"01{GTIN[:-1]}0", "bad_check_digit"),
        (f"01{GTIN}17280231", "impossible_date"),
        (f"01{GTIN}17281301", "impossible_date"),
        (f"01{GTIN}172802", "truncated"),
        (f"01{GTIN}10" + "A" * 21, "field_too_long"),
        (f"01{GTIN}10A{GS}10B", "duplicate_conflict"),
        (f"01{GTIN}10", "empty_field"),
        (f"01{GTIN}10a b", "illegal_character"),
        (f"01{GTIN}10a#b", "illegal_character"),
        (f"01{GTIN}10aßb", "illegal_character"),
        (f"01{GTIN}5", "unknown_ai"),
        (f"01{GTIN}05A", "unknown_ai"),
        (f"01{GTIN}ABC", "bad_syntax"),
        (f"01{GTIN}02{GTIN}375", "illegal_combination"),
        (f"02{GTIN}", "missing_partner"),
        (f"01{GTIN}250X", "missing_partner"),
        (f"01{GTIN}70032804010930" + "10X", "missing_separator"),
        (f"01{GTIN}70032804012430", "impossible_date"),
        ("]C1", "truncated"),
        ("(01)123", "truncated"),
        ("(1A)5", "bad_syntax"),
        (f"x(01){GTIN}", "not_a_udi"),
        ("]E012345", "bad_length"),
        (f"{GS}{GS}01{GTIN}", "bad_syntax"),
        (f"01{GTIN}10A{GS}{GS}21B", "bad_syntax"),
        (f"01{GTIN}17000000", "impossible_date"),
        (f"01{GTIN}20123", "unknown_ai"),
        (f"01{GTIN}375", "illegal_combination"),
        (f"01{GTIN}10\ud800", "illegal_character"),
        (f"01{GTIN}10A\x00", "illegal_character"),
        ("(01)(10)", "empty_field"),
        (f"(01){GTIN}(17)28-06-30", "illegal_character"),
        ("", "empty"),
        ("\r\n", "empty"),
        ("hello", "not_a_udi"),
        ("5" * 2000, "oversized"),
    ],
)
def test_what_is_wrong_is_named(raw, code):
    assert code in codes(raw), codes(raw)


def test_what_can_be_read_is_shown_beside_the_error():
    found = read(f"01{GTIN}17280231" + "10LOT")
    assert not found.valid
    assert (found.di, found.lot, found.expiry) == (GTIN, "LOT", None)
    assert "no date of the calendar" in found.errors[0].message


def test_a_lost_separator_is_asked_for_not_guessed():
    found = read(f"01{GTIN}10LOTA17280630")
    assert found.valid
    assert found.lot == "LOTA17280630"
    assert [issue.code for issue in found.warnings] == ["possible_missing_separator"]
    assert not read(f"01{GTIN}10LOTA17280631{GS}21X").warnings
    assert not read(f"01{GTIN}1728063010LOTA17280630").warnings


@pytest.mark.parametrize("shown", ["<GS>", "{GS}", "[GS]", "␝", "\\x1d"])
def test_separators_that_are_shown(shown):
    found = read(f"01{GTIN}10A{shown}21B")
    assert (found.lot, found.serial, found.valid) == ("A", "B", True)


@pytest.mark.parametrize("shown", ["|", "~", "Alt029", "#"])
def test_separators_of_a_scanner(shown):
    found = read(f"01{GTIN}10A{shown}21B", (shown,))
    assert (found.lot, found.serial, found.valid) == ("A", "B", True)
    assert not read(f"01{GTIN}10A{shown}21B").valid or read(f"01{GTIN}10A{shown}21B").lot != "A"


@pytest.mark.parametrize(
    "raw",
    ["4012345123456", "]E04012345123456", "04012345123456", "012345678905", "]E012345670".replace("]E01", "]E41")],
)
def test_gtins_alone(raw):
    found = read(raw)
    assert found.valid, found.errors
    assert len(found.di) == 14


@pytest.mark.parametrize(
    ("element", "code"),
    [
        ("7006280229", None),
        ("7006280231", "impossible_date"),
        ("7006280200", "impossible_date"),
        ("7007280101280131", None),
        ("7007280101280132", "impossible_date"),
        ("4324280101" + "9999", None),
        ("4324280101" + "2460", "impossible_date"),
        ("80082801012359", None),
        ("80082801012459", "impossible_date"),
        ("80131987654Ad4X4bL5ttr2310c2K", None),
        ("80131987654Ad4X4bL5ttr2310c2X", "bad_check_digit"),
        (f"8006{GTIN}0203", None),
        (f"8006{GTIN}0302", "illegal_combination"),
        (f"8006{GTIN}0001", "illegal_combination"),
    ],
)
def test_further_identifiers(element, code):
    """The Global Model Number is the example of the General Specifications."""
    assert codes(f"01{GTIN}{element}") == ([code] if code else [])


def test_spaces_before_a_printed_line_that_was_pasted():
    assert read(f"  (01){GTIN}(10)A").lot == "A"


def test_twelve_digits_may_be_elements():
    found = read("172806301007")
    assert (found.expiry, found.lot) == (date(2028, 6, 30), "07")


@pytest.mark.parametrize(
    ("path", "lot", "serial"),
    [
        ("", None, None),
        ("/10/A%2FB", "A/B", None),
        ("/10/A/21/B", "A", "B"),
        ("/22/V1/10/A/21/B", "A", "B"),
        ("/21/B?17=280630&11=260101&foo=1", None, "B"),
    ],
)
def test_digital_links(path, lot, serial):
    found = read(f"https://example.com/products/01/{GTIN}{path}")
    assert found.valid, found.errors
    assert (found.di, found.lot, found.serial) == (GTIN, lot, serial)
    assert not path.startswith("/21/B?") or found.expiry == date(2028, 6, 30)


@pytest.mark.parametrize(
    ("link", "code"),
    [
        (f"https://a.b/01/{GTIN}/21/S/10/L", "wrong_order"),
        (f"https://a.b/01/{GTIN[1:]}", "bad_length"),
        (f"https://a.b/01/{GTIN}?77=1", "unknown_ai"),
        (f"https://a.b/01/{GTIN}/10", "truncated"),
        (f"https://a.b/01/{GTIN}/10/A%ZZ", "bad_syntax"),
        (f"https://a.b/01/{GTIN}/17/280630", "unknown_ai"),
        (f"https://a.b/01/{GTIN}?10=A", "wrong_order"),
        (f"https://a.b/01/{GTIN}?17=280631", "impossible_date"),
        (f"https://a.b/01/{GTIN}?17=280630&17=280601", "duplicate_conflict"),
        (f"https://a.b/01/{GTIN}/21/%00", "illegal_character"),
        ("https://a.b/01/abc", "illegal_character"),
        ("https://example.com/", "not_a_udi"),
        (f"https:///01/{GTIN}", "not_a_udi"),
        ("http://[", "bad_syntax"),
    ],
)
def test_links_that_are_none(link, code):
    assert code in codes(link), codes(link)


def test_the_table_of_identifiers():
    assert len(COMPONENTS) > 480
    assert COMPONENTS["8006"] == (("N", 14, 14), ("N", 2, 2), ("N", 2, 2))
    assert COMPONENTS["253"] == (("N", 13, 13), ("X", 0, 17))
    assert COMPONENTS["3103"] == (("N", 6, 6),)
    assert "18" not in COMPONENTS and "3146" not in COMPONENTS


# HIBCC


@pytest.mark.parametrize(
    ("reference", "lot", "serial", "expiry", "quantity"),
    [
        ("$LOT7", "LOT7", None, None, None),
        ("$+SER7", None, "SER7", None, None),
        ("$$0628L", "L", None, date(2028, 6, 30), None),
        ("$$2063028L", "L", None, date(2028, 6, 30), None),
        ("$$3280630L", "L", None, date(2028, 6, 30), None),
        ("$$428063014L", "L", None, date(2028, 6, 30), None),
        ("$$528182L", "L", None, date(2028, 6, 30), None),
        ("$$62818214L", "L", None, date(2028, 6, 30), None),
        ("$$7L", "L", None, None, None),
        ("$$7", None, None, None, None),
        ("28182L", "L", None, date(2028, 6, 30), None),
        ("28182", None, None, date(2028, 6, 30), None),
        ("$$+3280630S", None, "S", date(2028, 6, 30), None),
        ("$$+7S-1", None, "S-1", None, None),
        ("$$8123280630L", "L", None, date(2028, 6, 30), 12),
        ("$$9000120628L", "L", None, date(2028, 6, 30), 12),
        ("$$9000127L", "L", None, None, 12),
        ("$$812", None, None, None, 12),
        ("$$8122063028L", "L", None, date(2028, 6, 30), 12),
        ("$$812428063014L", "L", None, date(2028, 6, 30), 12),
        ("$$812528182L", "L", None, date(2028, 6, 30), 12),
        ("$$81262818214L", "L", None, date(2028, 6, 30), 12),
        ("$$8120628L", "L", None, date(2028, 6, 30), 12),
        ("$$8127L", "L", None, None, 12),
        ("$$9000122063028L", "L", None, date(2028, 6, 30), 12),
        ("$$9000123280630L", "L", None, date(2028, 6, 30), 12),
        ("$$900012428063014L", "L", None, date(2028, 6, 30), 12),
        ("$$900012528182L", "L", None, date(2028, 6, 30), 12),
        ("$$90001262818214L", "L", None, date(2028, 6, 30), 12),
        ("$$900012", None, None, None, 12),
        ("$$+0628S", None, "S", date(2028, 6, 30), None),
        ("$$+2063028S", None, "S", date(2028, 6, 30), None),
        ("$$+428063014S", None, "S", date(2028, 6, 30), None),
        ("$$+528182S", None, "S", date(2028, 6, 30), None),
        ("$$+62818214S", None, "S", date(2028, 6, 30), None),
        ("$$+7", None, None, None, None),
        ("$$3280630", None, None, date(2028, 6, 30), None),
    ],
)
def test_every_form_of_reference(reference, lot, serial, expiry, quantity):
    for raw, di in ((hibc(f"+A99912345/{reference}"), "A99912345"), (hibc(f"+{reference}G"), None)):
        found = read(raw)
        assert found.valid, (raw, found.errors)
        assert (found.di, found.lot, found.serial, found.expiry, found.quantity) == (di, lot, serial, expiry, quantity)


def test_supplemental_fields():
    found = read(hibc("+A99912345/$$7L/SX1/16D20260131/14D20310228/Q12"))
    assert found.valid, found.errors
    assert (found.lot, found.serial, found.production_date) == ("L", "X1", date(2026, 1, 31))
    assert (found.expiry, found.quantity) == (date(2031, 2, 28), 12)


def test_check_characters_that_are_space_slash_or_plus():
    for number in range(2000):
        raw = hibc(f"+A999{number}1")
        found = read(raw)
        assert found.valid, (raw, found.errors)
        assert found.di == f"A999{number}1"


def test_two_symbols_in_one_string():
    first = hibc("+A123BJC5D6E71")
    found = read(first + hibc(f"+$$52001510X3{first[-1]}"))
    assert found.valid, found.errors
    assert (found.di, found.lot) == ("A123BJC5D6E71", "10X3")
    assert "link_mismatch" in codes(first + hibc("+$$52001510X3" + ("A" if first[-1] != "A" else "B")))


def test_the_printed_line():
    raw = next(hibc(f"+A999{number}1") for number in range(2000) if hibc(f"+A999{number}1").endswith(" "))
    assert read(f"*{raw[:-1]}_*").valid
    assert "bad_check_digit" in codes(raw.rstrip())


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("+A99912345Z", "bad_check_digit"),
        ("+/A123", "not_a_udi"),
        ("++A999MODEL1S8", "not_a_udi"),
        ("+A1", "truncated"),
        (hibc("+A999" + "B" * 19 + "1"), "field_too_long"),
        (hibc("+A99912345/$$7" + "L" * 19), "field_too_long"),
        (hibc("+A99912345/$$1328L"), "impossible_date"),
        (hibc("+A99912345/$$42806302 L"), "impossible_date"),
        (hibc("+A99912345/$$528367L"), "impossible_date"),
        (hibc("+A99912345/Z1"), "unknown_data_identifier"),
        (hibc("+A99912345/14D2028063"), "truncated"),
        (hibc("+A99912345/Q123456"), "field_too_long"),
        (hibc("+A99912345/$$3280630L/14D20280629"), "duplicate_conflict"),
        (hibc("+A99912345/$$+812S"), "illegal_combination"),
        (hibc("+A99912345/$$3280"), "truncated"),
        (hibc("+A99912345/$$XL"), "bad_syntax"),
        ("+a99912345g", "illegal_character"),
        (hibc("+A99912345/$$"), "truncated"),
        (hibc("+A99912345/$"), "empty_field"),
        (hibc("+A99912345/$+"), "empty_field"),
        (hibc("+A99912345/$$95"), "truncated"),
        (hibc("+A99912345/$$3280600L"), "impossible_date"),
        (hibc("+A99912345/$$0028L"), "impossible_date"),
        (hibc("+A99912345/26366L"), "impossible_date"),
        (hibc("+A99912345/16D20260230"), "impossible_date"),
        (hibc("+A99912345/S" + "A" * 19), "field_too_long"),
        (hibc("+A9991234A"), "bad_syntax"),
        (hibc("+A99912345//"), "empty_field"),
        (hibc("+A99912345/QX"), "illegal_character"),
        (hibc("+A99912345/S"), "empty_field"),
        (hibc("+A99912345/$$7L/$$7M"), "wrong_order"),
    ],
)
def test_hibc_errors(raw, code):
    assert code in codes(raw), codes(raw)


# ICCBBA

DONATION = "A99992612345600"


def test_isbt_structures():
    found = read(f"=/A9999XYZ100T0944=,000025={DONATION}=>028182=}}026031&,1000000000000XYZ123")
    assert found.valid, found.errors
    assert (found.issuing_agency, found.di, found.serial) == ("ICCBBA", "A9999XYZ100T0944", "000025")
    assert (found.expiry, found.production_date) == (date(2028, 6, 30), date(2026, 1, 31))
    assert (found.lot, found.extra["donation"]) == ("000000000000XYZ123", DONATION[:13])


def test_isbt_messages():
    good = f"=+04035=/A9999XYZ100T0944=,000025={DONATION}=>028182"
    assert read(good).valid, read(good).errors
    assert "count_mismatch" in codes(good.replace("=+04", "=+05"))
    assert "wrong_order" in codes(f"=+03000=,000025=/A9999XYZ100T0944={DONATION}")
    assert "missing_partner" in codes("=+02000=/A9999XYZ100T0944=,000025")
    assert "bad_syntax" in codes(good.replace("035", "099"))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("=", "unknown_data_identifier"),
        ("&)A", "truncated"),
        ("=+0a034=/", "illegal_character"),
        ("=>028367", "impossible_date"),
        ("=/A9999XYZ100T0944=/A9999XYZ100T0945", "duplicate_conflict"),
        ("=)", "truncated"),
        ("=/A9999XYZ", "truncated"),
        ("=,000000", "illegal_character"),
        ("=>027366", "impossible_date"),
        ("=>027000", "impossible_date"),
        ("=zX", "unknown_data_identifier"),
        ("=/a9999XYZ100T0944", "illegal_character"),
        ("&>0281822460", "impossible_date"),
        (f"={DONATION[:13]}71", "bad_check_digit"),
    ],
)
def test_isbt_errors(raw, code):
    assert code in codes(raw), codes(raw)


def test_blood_bags_keep_their_case():
    found = read("=)1te123456A&)rZ12345678")
    assert (found.di, found.lot, found.valid) == ("1te123456A", "rZ12345678", True)


# IFA

PPN = ifa("11" + "1234567" + str(check_digits.pzn("1234567")))
HPC = ifa("1312345MED770")


@pytest.mark.parametrize(
    "raw",
    [
        f"[)>{RS}06{GS}9N{PPN}{GS}1TL1{GS}SS1{GS}D280600{GS}16D20260131{GS}Q7{RS}{EOT}",
        f"(9N){PPN}(1T)L1(S)S1(D)280600(16D)20260131(Q)7",
        f"(1T)L1(S)S1(D)280600(16D)20260131(Q)7(9N){PPN}",
        f"(16D)20260131(9N){PPN}(1T)L1(S)S1(D)280600(Q)7",
        f"[)><RS>06<GS>9N{PPN}<GS>1TL1<GS>SS1<GS>D280600<GS>16D20260131<GS>Q7<RS><EOT>",
    ],
)
def test_ifa_messages(raw):
    found = read(raw)
    assert found.valid, found.errors
    assert (found.issuing_agency, found.di, found.lot, found.serial) == ("IFA", PPN, "L1", "S1")
    assert (found.expiry, found.production_date, found.quantity) == (date(2028, 6, 30), date(2026, 1, 31), 7)


def test_ifa_dot_form_and_master():
    found = read(f".9N{HPC}^1TL1^D280630")
    assert (found.di, found.lot, found.expiry, found.valid) == (HPC, "L1", date(2028, 6, 30), True)
    master = ifa("MA12345MAX1")
    found = read(f"(9N){HPC}(9N){master}(1T)A")
    assert (found.di, found.extra["master_udi_di"], found.valid) == (HPC, master, True)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (f"(9N){PPN[:-2]}99", "bad_check_digit"),
        ("(9N)" + ifa("1112345670"), "bad_check_digit"),
        (f"[)>{RS}06{GS}9N{PPN}", "bad_envelope"),
        (f"[)>{RS}06{GS}1TL{RS}{EOT}", "missing_di"),
        (f"(9N){HPC}(1T)" + "A" * 21, "field_too_long"),
        (f"(9N){PPN}(9N){HPC}", "duplicate_conflict"),
        ("(9N)PP123", "not_a_udi"),
        ("(9N)" + ifa("1312345MED779"), "illegal_character"),
        (f"(9N){PPN}(D)280231", "impossible_date"),
        (f"(9N){PPN}(1T)", "empty_field"),
    ],
)
def test_ifa_errors(raw, code):
    assert code in codes(raw), codes(raw)


# MA and AHM

MA = "MA.156.M0.100472.1110331"
MA += check_digits.ma(MA)


def test_ma_forms():
    body = ".SA1.LB2.M20260131.E280630.D88.Y7"
    found = read(f"{MA}{body}.C{check_digits.ma(body)}")
    assert found.valid, found.errors
    assert (found.di, found.serial, found.lot, found.expiry) == (MA, "A1", "B2", date(2028, 6, 30))
    assert found.extra == {"sterilization_lot": "88", "insurance_code": "7"}
    assert read(f"https://code.example.cn/q?c={MA}.LB2&x=1").lot == "B2"
    found = read(f'<UDI IAC="MA"><DI>{MA}</DI><LOT>K9</LOT><EXP>20280630</EXP></UDI>')
    assert (found.di, found.lot, found.expiry, found.valid) == (MA, "K9", date(2028, 6, 30), True)
    assert read(f"{MA}.V280630").expiry == date(2028, 6, 30)
    assert read(f"https://code.example.cn/{MA}.LB3").lot == read(f"]Q1https://code.example.cn/#{MA}.LB3").lot == "B3"
    found = read(f"<?xml version=\"1.0\"?><UDI IAC='MA'><DI>{MA}</DI><PI>{body}.C{check_digits.ma(body)}</PI></UDI>")
    assert (found.di, found.lot, found.serial, found.expiry, found.valid) == (MA, "B2", "A1", date(2028, 6, 30), True)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (MA[:-1] + str((int(MA[-1]) + 1) % 10), "bad_check_digit"),
        ("MA.156", "truncated"),
        (f"{MA}.X1", "unknown_data_identifier"),
        (f"{MA}.", "unknown_data_identifier"),
        (f"{MA}.M2801", "impossible_date"),
        ("MA.", "truncated"),
        (f'<UDI IAC="MA"><DI>{MA}</DI>', "bad_envelope"),
        ('<UDI IAC="MA"></UDI>', "missing_di"),
        ('<UDI IAC="GS1"><DI>1</DI></UDI>', "not_a_udi"),
        ("<?xml version='1.0'?><a/>", "not_a_udi"),
        (f"{MA}.L", "empty_field"),
        (f"{MA}.E280231", "impossible_date"),
        (f"{MA}.LA.C" + str((int(check_digits.ma(".LA")) + 1) % 10), "bad_check_digit"),
    ],
)
def test_ma_errors(raw, code):
    assert code in codes(raw), codes(raw)


def test_ahm_is_marked_unverified():
    found = read("MF1234567890123BAL1*SN7*MD260131ED280630PL2")
    assert (found.di, found.lot, found.serial, found.expiry) == ("MF1234567890123", "L1", "7", date(2028, 6, 30))
    assert found.valid and [issue.code for issue in found.warnings] == ["unverified"]
    assert "field_too_long" in codes("MF12345678901234")
    for raw, code in (
        ("MF", "truncated"),
        ("MF1BA", "empty_field"),
        ("MF1ED28", "truncated"),
        ("MF1XX1", "unknown_data_identifier"),
        ("MF1BAA*BNB*", "duplicate_conflict"),
        ("MF1SN*", "empty_field"),
    ):
        assert code in codes(raw)
    assert "impossible_date" in codes("MF123ED281301")


# Anything


@settings(max_examples=1500, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="0123456789()+$/=&.MAFDS[]<>^_* \x1d\x1e\x04", max_size=60),
        st.binary(max_size=40).map(lambda blob: blob.decode("latin-1")),
        st.text(alphabet=st.characters(), max_size=30),
        # Pieces of real labels in any order.
        st.lists(
            st.sampled_from(
                [
                    "01",
                    GTIN,
                    "17280630",
                    "10LOT",
                    GS,
                    "]d2",
                    "(01)",
                    "(10)",
                    "+A99912345",
                    "/$$3",
                    "280630",
                    "/S1",
                    "=/",
                    "=,000025",
                    "=+04035",
                    "A9999XYZ100T0944",
                    "=>028182",
                    "&,1",
                    "[)>",
                    RS,
                    "06",
                    EOT,
                    "9N",
                    "(9N)",
                    "1T",
                    "MA.156.M0.100472.",
                    "11103316",
                    ".L1",
                    ".E",
                    "MF1",
                    "BA1*",
                    "https://a.b/",
                    "/01/",
                    "?17=",
                    '<UDI IAC="MA">',
                    "<DI>",
                    "</DI>",
                    "</UDI>",
                    "%",
                    "8013",
                    "8006",
                    "7007",
                    "4324",
                    "\ud800",
                ]
            ),
            max_size=12,
        ).map("".join),
    )
)
@example("+$")
@example("(")
@example("[)>")
@example("http://")
@example("=+")
@example("MA.")
def test_nothing_raises_or_lies(raw):
    found = read(raw)
    assert found.raw == raw
    assert found.valid == (not found.errors)
    assert all(issue.message for issue in (*found.errors, *found.warnings))
    if found.valid:
        assert found.issuing_agency
        assert (
            found.di
            or found.lot
            or found.serial
            or found.expiry
            or found.production_date
            or found.quantity is not None
            or found.extra
        )


@pytest.mark.parametrize(
    "raw", ["(" * 10_000, "01" * 5_000, "+A" + "/S" * 5_000, "=,".ljust(10_000, "="), "[)>" * 3_000]
)
def test_ten_kilobytes_are_refused_at_once(raw):
    assert codes(raw) == ["oversized"]


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(["(01)", "+A1/$$", "=,", "01", "MA.1.", "(9N)", "http://a/01/", "%2", "<UDI><A>"]),
    st.integers(1, 250),
)
def test_time_does_not_explode(piece, times):
    begin = time.process_time()
    read((piece * times)[:LONGEST])
    # A thousandfold of what it takes: only a wrong algorithm is that slow.
    assert time.process_time() - begin < 1.0


@pytest.mark.skipif(not VECTORS.is_file(), reason="the shared vectors are not beside the project")
def test_shared_vectors():
    rows = json.loads(VECTORS.read_text(encoding="utf-8"))
    wrong = []
    for row in rows:
        found = read(row["raw"])
        got = {
            "issuing_agency": found.issuing_agency,
            "di": found.di,
            "lot": found.lot,
            "serial": found.serial,
            "expiry": found.expiry and found.expiry.isoformat(),
            "production_date": found.production_date and found.production_date.isoformat(),
            "quantity": found.quantity,
        }
        if found.valid != row["valid"] or row["valid"] and any(got[key] != row[key] for key in got):
            wrong.append(row["id"])
    assert not wrong
