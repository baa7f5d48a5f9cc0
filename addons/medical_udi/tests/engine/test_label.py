"""Labels, drawn as PDF, rasterised and read by another library: what the printer prints is what `compose` says."""

import io
from datetime import date

import pypdfium2
import pyrxing
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from odoo.addons.medical_udi.engine import check_digits, compose, parse
from odoo.addons.medical_udi.report.udi_label import LAYOUTS, DoesNotFit, Label, modules, render

TODAY = date(2026, 11, 24)
FNC1 = 232
SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
gtins = st.integers(0, 10**13 - 1).map(lambda number: f"{number:013d}").map(lambda body: body + check_digits.gtin(body))
FULL = {"lot": "LOT(A)7", "serial": "S/N-9", "expiry": date(2028, 6, 30), "production_date": date(2026, 1, 31)}


def label(carrier, copies=1, name="L1"):
    rows = (("REF", "CS-3018"), ("LOT", "LOT(A)7"), ("SN", "S/N-9"), ("expiry", "2028-06-30"), ("made", "2026-01-31"))
    return Label(carrier, "Stent 3.0 × 18 mm 支架", rows, name, copies, ("MD", "UDI", "STERILE", "single_use"))


def pages(pdf, dpi=300):
    document = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]


def read(image, folder):
    image.save(folder / "page.png")
    return pyrxing.read_barcodes(str(folder / "page.png"))


def text_of(pdf, page=0):
    return pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_bounded()


def first_codeword(image, points):
    """First codeword of a square DataMatrix, read from the picture by the placement rule of ISO/IEC 16022 annex F."""
    left, top = points[0].x, points[0].y
    width, height = points[1].x - left, points[3].y - top
    for count in (10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40, 44, 48, 52):

        def dark(row, column, count=count):
            x, y = left + (column + 0.5) * width / count, top + (row + 0.5) * height / count
            return image.getpixel((round(x), round(y))) < 128

        if all(dark(0, at) == (at % 2 == 0) for at in range(count)) and all(dark(at, 0) for at in range(count)):
            break
    else:
        raise AssertionError("no DataMatrix there")
    region = count // (1 if count <= 26 else 2) - 2
    size = region * (1 if count <= 26 else 2)
    value = 0
    for row, column in ((2, -2), (2, -1), (3, -2), (3, -1), (3, 0), (4, -2), (4, -1), (4, 0)):
        if column < 0:
            column, row = column + size, row + 4 - (size + 4) % 8
        if row < 0:
            row, column = row + size, column + 4 - (size + 4) % 8
        value = 2 * value + dark(row + 1 + 2 * (row // region), column + 1 + 2 * (column // region))
    return value


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "facts", [FULL, {"lot": "A"}, {"lot": "L" * 20, "serial": "9" * 20, "expiry": date(2028, 6, 30)}]
)
def test_gs1_datamatrix_of_every_layout(layout, facts, tmp_path):
    carrier = compose("GS1", "04012345123456", **facts)
    pdf = render([label(carrier)], layout)
    (image,) = pages(pdf)
    (found,) = read(image, tmp_path)
    assert found.format == "DataMatrix"
    # The reader shows brackets because it saw FNC1 in first position.
    assert found.text == carrier.hri
    assert first_codeword(image, found.points) == FNC1
    again = parse(found.text, TODAY)
    assert again.valid
    assert (again.di, again.lot, again.serial, again.expiry) == (
        "04012345123456",
        facts["lot"],
        facts.get("serial"),
        facts.get("expiry"),
    )
    printed = text_of(pdf).replace("\r\n", "")
    assert all(part in printed for part in carrier.parts)
    assert "2028-06-30" in printed and "CS-3018" in printed


def test_hibc_datamatrix_has_no_fnc1(tmp_path):
    carrier = compose("HIBCC", "A123BJC5D6E71", "LOT7", "SN9", date(2028, 6, 30), date(2026, 1, 31))
    (image,) = pages(render([label(carrier)], "50x25"))
    (found,) = read(image, tmp_path)
    assert (found.format, found.text) == ("DataMatrix", carrier.element_string)
    assert first_codeword(image, found.points) != FNC1
    assert parse(found.text, TODAY).valid


@pytest.mark.parametrize(
    ("agency", "di", "shown"),
    [
        ("HIBCC", "A123BJC5D6E71", lambda carrier: carrier.element_string),
        ("GS1", "04012345123456", lambda carrier: carrier.hri),
    ],
)
def test_code_128(agency, di, shown, tmp_path):
    carrier = compose(agency, di, "LOT7", expiry=date(2028, 6, 30))
    (image,) = pages(render([label(carrier)], "100x50", "code128"), dpi=600)
    (found,) = read(image, tmp_path)
    assert found.format == "Code128"
    # The reader shows brackets where it saw FNC1 in first position: this is GS1-128.
    assert found.text == shown(carrier)


@pytest.mark.parametrize("number", range(60))
def test_hibc_check_characters_on_the_label(number, tmp_path):
    """A space, a slash or a plus as check character survives the printing."""
    carrier = compose("HIBCC", f"A999{number}1")
    image = Image.new("L", (240, 240), 255)
    for row, line in enumerate(modules(carrier, "datamatrix")):
        for column, on in enumerate(line):
            if on:
                image.paste(0, (40 + 8 * column, 40 + 8 * row, 48 + 8 * column, 48 + 8 * row))
    (found,) = read(image, tmp_path)
    assert found.text == carrier.element_string


@settings(max_examples=60, deadline=None)
@given(gtins, st.text(alphabet=SET_82, min_size=1, max_size=20), st.text(alphabet=SET_82, min_size=1, max_size=20))
def test_any_number_that_gs1_allows_is_encoded(di, lot, serial):
    import zxingcpp

    carrier = compose("GS1", di, lot, serial)
    rows = modules(carrier, "datamatrix")
    image = Image.new("L", (10 * len(rows) + 80, 10 * len(rows) + 80), 255)
    for row, line in enumerate(rows):
        for column, on in enumerate(line):
            if on:
                image.paste(0, (40 + 10 * column, 40 + 10 * row, 50 + 10 * column, 50 + 10 * row))
    found = zxingcpp.read_barcode(image)
    assert found.symbology_identifier == "]d2"
    assert found.bytes.decode() == carrier.element_string


def test_sheets_copies_and_places_that_are_used(tmp_path):
    carrier = compose("GS1", "04012345123456", **FULL)
    sheets = pages(render([label(carrier, copies=30)], "a4", skip=20), dpi=200)
    assert [len(read(sheet, tmp_path)) for sheet in sheets] == [4, 24, 2]
    # The first label stands at place 21: seventh row, third column.
    (first, *_rest) = read(sheets[0], tmp_path)
    assert first.points[0].x > 140 / 210 * sheets[0].width
    assert 6 * 37 / 297 < first.points[0].y / sheets[0].height < 7 * 37 / 297
    roll = render([label(carrier, copies=3)], "50x25")
    document = pypdfium2.PdfDocument(roll)
    assert len(document) == 3
    assert [round(side / 72 * 25.4) for side in document[0].get_size()] == [50, 25]


def test_the_same_labels_give_the_same_file():
    carrier = compose("GS1", "04012345123456", **FULL)
    assert render([label(carrier)], "50x25") == render([label(carrier)], "50x25")


def test_what_would_not_be_readable_is_refused():
    long = compose("HIBCC", "A123BJC5D6E71", "L" * 18, "S" * 18, date(2028, 6, 30), date(2026, 1, 31))
    with pytest.raises(DoesNotFit) as failure:
        render([label(long, name="LOT77")], "50x25", "code128")
    assert failure.value.label.name == "LOT77"
    assert len(render([label(long)], "50x25")) > 1000


def test_everything_stays_inside_the_label():
    """Nothing is drawn into the outer millimetre, where printers cut."""
    carrier = compose("GS1", "04012345123456", lot="W" * 20, serial="W" * 20, expiry=date(2028, 6, 30))
    for layout in ("50x25", "100x50"):
        (image,) = pages(render([label(carrier)], layout))
        inner = Image.new("L", image.size, 255)
        edge = round(1 / 25.4 * 300)
        box = (edge, edge, image.width - edge, image.height - edge)
        inner.paste(image.crop(box), box)
        assert inner.tobytes() == image.tobytes()
    buffer = io.BytesIO(render([label(carrier)], "100x50"))
    assert buffer.getvalue().startswith(b"%PDF")
