import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.medical_udi.engine import check_digits, compose, parse

TODAY = date(2026, 11, 24)
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
days = st.none() | st.dates(date(2000, 1, 1), date(2075, 12, 31))
gtins = st.integers(0, 10**13 - 1).map(lambda number: f"{number:013d}").map(lambda body: body + check_digits.gtin(body))
texts = st.none() | st.text(alphabet=SET_82, min_size=1, max_size=20)
codes = st.none() | st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-.", min_size=1, max_size=18)


def same(found, di, lot, serial, expiry, production_date, quantity):
    assert found.valid, (found.raw, found.errors)
    assert (found.di, found.lot, found.serial) == (di, lot, serial)
    assert (found.expiry, found.production_date, found.quantity) == (expiry, production_date, quantity)


# "<GS>" and what else stands for a separator is never in a number that is printed here.
@given(gtins, texts, texts, days, days, st.none() | st.integers(0, 10**8 - 1))
def test_gs1_is_the_inverse_of_parse(di, lot, serial, expiry, made, quantity):
    if any(text and "<GS>" in text for text in (lot, serial)):
        return
    carrier = compose("GS1", di, lot, serial, expiry, made, quantity)
    same(parse("]d2" + carrier.element_string, TODAY), di, lot, serial, expiry, made, quantity)
    assert carrier.symbology == "gs1"
    assert "\x1d" not in carrier.hri


@given(
    st.from_regex(r"[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9]", fullmatch=True),
    codes,
    codes,
    days,
    days,
    st.none() | st.integers(0, 99999),
)
def test_hibc_is_the_inverse_of_parse(di, lot, serial, expiry, made, quantity):
    carrier = compose("HIBCC", di, lot, serial, expiry, made, quantity)
    same(parse(carrier.element_string, TODAY), di, lot, serial, expiry, made, quantity)
    same(parse(carrier.hri, TODAY), di, lot, serial, expiry, made, quantity)
    assert carrier.symbology == "plain"


def test_by_hand():
    carrier = compose("GS1", "04012345123456", "L1", "S1", date(2028, 6, 30), date(2026, 1, 31), 5)
    assert carrier.element_string == "0104012345123456112601311728063010L1\x1d21S1\x1d305"
    assert carrier.hri == "(01)04012345123456(11)260131(17)280630(10)L1(21)S1(30)5"
    assert re.fullmatch(
        r"\*\+A123BJC5D6E71/\$\$3280630L1.\*", compose("HIBCC", "A123BJC5D6E71", "L1", None, date(2028, 6, 30)).hri
    )


@pytest.mark.parametrize(
    ("agency", "di", "more"),
    [
        ("GS1", "04012345123457", {}),
        ("GS1", "123", {}),
        ("GS1", "04012345123456", {"lot": "a b"}),
        ("GS1", "04012345123456", {"lot": "A" * 21}),
        ("GS1", "04012345123456", {"expiry": date(1999, 1, 1)}),
        ("GS1", "04012345123456", {"quantity": -1}),
        ("HIBCC", "1234", {}),
        ("HIBCC", "A123BJC5D6E71", {"lot": "low"}),
        ("HIBCC", "A123BJC5D6E71", {"quantity": 100000}),
        ("MA", "MA.1", {}),
    ],
)
def test_what_cannot_be_printed_is_refused(agency, di, more):
    with pytest.raises(ValueError, match=r"\w{3,}.*\."):
        compose(agency, di, **more)
