from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.medical_demand.engine import history


def parse(*rows, header="product_code,warehouse_code,date,quantity", **options):
    return history.parse([header + "\n", *(row + "\n" for row in rows)], **options)


def codes(parsed):
    return [(item.line, item.column, item.code) for item in parsed.refused]


def test_columns_in_any_order():
    parsed = parse(
        "3,2024-01-01,W1,Gauze,2,A1",
        "4,2024-02-01,W1,,,A1",
        header="Quantity, date ,warehouse_code,product_name,stockout_days,product_code",
    )
    assert parsed.keys() == [("A1", "W1"), ("A1", "W1")]
    assert parsed.quantity.tolist() == [3, 4]
    assert parsed.stockout_days.tolist() == [2, 0]
    assert parsed.product_names == {"A1": "Gauze"}
    assert parsed.frequency == "month"
    assert parsed.as_of == date(2024, 2, 29)
    assert parsed.refused == parsed.repairs == ()


def test_byte_order_mark_windows_lines_semicolons_and_quotes():
    parsed = history.parse(
        ["\ufeffproduct_code;warehouse_code;date;quantity\r\n", "\r\n", '"A;1";W1;2024-01-01;"2,5"\r\n', ";;;\r\n"]
    )
    assert parsed.keys() == [("A;1", "W1")]
    assert parsed.quantity.tolist() == [2.5]
    assert parsed.line.tolist() == [3]


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("product_code,warehouse_code,date,quantity,colour", ("colour",)),
        ("product_code,date,quantity", ("warehouse_code",)),
        ("product_code,warehouse_code,date,date,quantity", ("date",)),
        ("", ()),
    ],
)
def test_a_wrong_header_is_refused_by_name(header, columns):
    with pytest.raises(history.HistoryError) as caught:
        history.parse([header])
    assert caught.value.columns == columns
    assert all(name in str(caught.value) for name in columns)


def test_every_refused_row_has_its_line_and_reason():
    parsed = parse(
        "A1,W1,2024-01-01,5,",
        "A1,W1,31/31/2024,5,",
        "A1,W1,2024-02-01,five,",
        "A1,W1,2024-02-01,nan,",
        "A1,W1,2024-02-01,inf,",
        "A1,W1,2024-02-01,-5,",
        ",W1,2024-02-01,5,",
        "A1, ,2024-02-01,5,",
        "A1,W1,2024-01-01,7,",
        "A1,W1,2024-02-01,5,40",
        "A1,W1,2024-02-01,5,-1",
        "A1,W1,2024-02-01",
        "A1,W1,2024-02-01,,",
        "A1,W1,2024-02-01,1_0,",
        "A1,W1,2024-02-01,6,29",
        header="product_code,warehouse_code,date,quantity,stockout_days",
    )
    assert codes(parsed) == [
        (3, "date", "bad_date"),
        (4, "quantity", "bad_number"),
        (5, "quantity", "bad_number"),
        (6, "quantity", "bad_number"),
        (7, "quantity", "negative"),
        (8, "product_code", "missing"),
        (9, "warehouse_code", "missing"),
        (10, "date", "duplicate"),
        (11, "stockout_days", "stockout_days"),
        (12, "stockout_days", "stockout_days"),
        (13, "", "columns"),
        (14, "quantity", "bad_number"),
        (15, "quantity", "bad_number"),
    ]
    assert all(item.reason.endswith(".") for item in parsed.refused)
    assert "line 2" in parsed.refused[7].reason
    assert parsed.quantity.tolist() == [5, 6]


def test_a_number_that_may_be_a_thousand_is_refused():
    parsed = parse("A1;W1;2024-01-01;1,000", header="product_code;warehouse_code;date;quantity")
    assert codes(parsed) == [(2, "quantity", "bad_number")]


def test_an_open_quotation_mark_names_the_lines_it_swallows():
    parsed = parse('"A1,W1,2024-01-01,5', "A1,W1,2024-02-01,5")
    assert codes(parsed) == [(2, "", "columns")]
    assert "lines 2 to 3" in parsed.refused[0].reason


def test_spellings_of_one_code_are_read_as_the_most_frequent():
    rows = ["A1,Ward 2,2024-01-01,5", "A1,Ward 2,2024-02-01,6", "a1,WARD  2,2024-03-01,7", "Ａ1 ,Ward 2,2024-04-01,8"]
    parsed = parse(*rows)
    assert set(parsed.keys()) == {("A1", "Ward 2")}
    assert {(item.rule, item.column, item.old, item.new) for item in parsed.repairs} == {
        ("label", "product_code", "a1", "A1"),
        ("label", "product_code", "Ａ1 ", "A1"),
        ("label", "warehouse_code", "WARD  2", "Ward 2"),
    }
    kept = parse(*rows, reverted={("label", "product_code", "a1")})
    assert ("a1", "Ward 2") in kept.keys()


def test_midnights_stored_in_another_time_zone_are_moved_to_their_day():
    rows = [
        f"A1,W1,2024-{month:02d}-{day:02d}T{hour}:00:00Z,5"
        for month, day, hour in ((1, 31, 23), (2, 29, 23), (3, 31, 22), (4, 30, 22))
    ]
    parsed = parse(*rows)
    assert parsed.dates.astype(str).tolist() == ["2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01"]
    assert {item.rule for item in parsed.repairs} == {"timestamp"}
    assert len(parsed.repairs) == 4
    kept = parse(*rows, reverted={("timestamp", "date", "2024-01-31T23:00:00Z")})
    assert kept.dates[0].astype(str) == "2024-01-31"


def test_real_times_of_day_move_nothing():
    parsed = parse("A1,W1,2024-01-30 23:10,5", "A1,W1,2024-02-29 08:00,5", "A1,W1,2024-03-31 14:30:10,5")
    assert parsed.dates.astype(str).tolist() == ["2024-01-30", "2024-02-29", "2024-03-31"]
    assert not parsed.repairs


@pytest.mark.parametrize(
    ("dates", "frequency", "as_of"),
    [
        (("2024-01-01", "2024-03-01"), "month", date(2024, 3, 31)),
        (("2024-01-31", "2024-02-29"), "month", date(2024, 2, 29)),
        (("2024-01-15", "2024-02-20"), "month", date(2024, 2, 29)),
        (("2024-01-01", "2024-01-08", "2024-01-15"), "week", date(2024, 1, 21)),
        (("2024/01/03", "20240110"), "week", date(2024, 1, 14)),
        (("2024-01", "2024-02"), "month", date(2024, 2, 29)),
    ],
)
def test_the_period_and_the_end_follow_from_the_dates(dates, frequency, as_of):
    parsed = parse(*(f"A1,W1,{day},5" for day in dates))
    assert (parsed.frequency, parsed.as_of) == (frequency, as_of)


def test_nothing_to_read_is_no_error():
    parsed = parse()
    assert parsed.as_of is None
    assert len(parsed.quantity) == 0


piece = st.one_of(
    st.sampled_from(
        ["A1", "a1 ", "W1", "2024-01-01", "2024-01-31T16:00:00Z", "5", "-1", "1e400", "nan", "", '"', ";", "\0"]
    ),
    st.text(max_size=6),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.lists(piece, min_size=1, max_size=6).map(",".join), max_size=12))
def test_no_content_raises(rows):
    parsed = parse(*rows)
    assert len(parsed.keys()) == len(parsed.quantity) == len(parsed.dates) == len(parsed.line)
    assert (parsed.quantity >= 0).all()
    assert all(item.reason for item in parsed.refused)
