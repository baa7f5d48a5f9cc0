"""UDI labels as PDF: vectors only, so that they are sharp on any printer; no browser engine needed."""

import io
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby

MM = 72 / 25.4
# Narrowest module of a symbol that scanners read from a label (GS1 General Specifications, healthcare; HIBC).
_LEAST_MODULE = {"datamatrix": 0.25 * MM, "code128": 0.17 * MM}
_MOST_MODULE = {"datamatrix": 0.8 * MM, "code128": 0.5 * MM}
_LEAST_TEXT = 3.6
_SYMBOL_FONT = "Helvetica-Bold"


@dataclass(frozen=True, slots=True)
class Layout:
    """Millimetres; columns × rows labels on a page, the first ``top`` below its upper edge."""

    width: float
    height: float
    padding: float
    text: float
    columns: int = 1
    rows: int = 1
    page: tuple[float, float] | None = None
    left: float = 0.0
    top: float = 0.0


LAYOUTS = {
    "50x25": Layout(50, 25, 1.5, 6.0),
    "100x50": Layout(100, 50, 3.0, 10.0),
    "a4": Layout(70, 37, 4.0, 7.0, columns=3, rows=8, page=(210, 297), top=0.5),
}


@dataclass(frozen=True, slots=True)
class Label:
    """carrier: what to encode; title: the device; rows: (symbol, text) in the order to print; name: for errors."""

    carrier: object
    title: str
    rows: tuple[tuple[str, str], ...]
    name: str
    copies: int = 1
    marks: tuple[str, ...] = field(default=())


class DoesNotFit(ValueError):
    """A label that cannot be printed readably in this size; .label is the label."""

    def __init__(self, label):
        super().__init__(label.name)
        self.label = label


def modules(carrier, symbology):
    """Rows of booleans, True is dark, without quiet zone; GS1 carriers get FNC1 in first position."""
    import zxingcpp

    kind = {"datamatrix": zxingcpp.BarcodeFormat.DataMatrix, "code128": zxingcpp.BarcodeFormat.Code128}[symbology]
    options = {"force_square": True} if symbology == "datamatrix" else {}
    if carrier.symbology == "gs1":
        # Square brackets, which no GS1 value can hold, tell the encoder where elements begin.
        text = "".join(f"[{identifier}]{value}" for identifier, value in carrier.elements)
        barcode = zxingcpp.create_barcode(text, kind, gs1=True, **options)
    else:
        barcode = zxingcpp.create_barcode(carrier.element_string, kind, **options)
    rows = memoryview(barcode.to_image(scale=1, add_quiet_zones=False)).tolist()
    # A linear symbol is the same in every row.
    return [[value == 0 for value in row] for row in (rows[:1] if symbology == "code128" else rows)]


def render(labels, layout, symbology="datamatrix", skip=0):
    """PDF of the labels; ``skip`` places at the beginning of the first sheet are used up. DoesNotFit names a label."""
    from reportlab.pdfgen.canvas import Canvas

    layout = LAYOUTS[layout]
    page = tuple(side * MM for side in layout.page or (layout.width, layout.height))
    target = io.BytesIO()
    # The same labels give the same file.
    canvas = Canvas(target, pagesize=page, invariant=1)
    canvas.setTitle("UDI labels")
    _fonts()
    per_page = layout.columns * layout.rows
    place = skip
    for label in labels:
        dark = modules(label.carrier, symbology)
        for _copy in range(label.copies):
            if place and place % per_page == 0:
                canvas.showPage()
            row, column = divmod(place % per_page, layout.columns)
            canvas.saveState()
            canvas.translate(
                (layout.left + column * layout.width) * MM, page[1] - (layout.top + (row + 1) * layout.height) * MM
            )
            _draw(canvas, label, layout, symbology, dark)
            canvas.restoreState()
            place += 1
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _draw(canvas, label, layout, symbology, dark):
    left = bottom = layout.padding * MM
    width, height = (layout.width - 2 * layout.padding) * MM, (layout.height - 2 * layout.padding) * MM
    size, lines = _human_readable(label, layout, width)
    below = len(lines) * size * 1.15
    for number, line in enumerate(lines):
        _text(canvas, left, bottom + below - (number + 0.85) * size * 1.15, line, size)
    area = height - below - 0.8 * MM
    if symbology == "datamatrix":
        # One module of quiet zone on every side.
        count = len(dark) + 2
        module = min(area / count, 0.42 * width / count, _MOST_MODULE[symbology])
        side = module * count
        _modules(canvas, dark, left + module, bottom + height - side + module, module, module)
        room = left + side + 1.2 * MM, bottom + below + 0.8 * MM, width - side - 1.2 * MM, area
    else:
        # Ten modules of quiet zone to the left and right.
        module = min(width / (len(dark[0]) + 20), _MOST_MODULE[symbology])
        bars = min(0.32 * height, 13 * MM)
        _modules(canvas, dark, left + 10 * module, bottom + below + 0.6 * MM, module, bars)
        room = left, bottom + below + bars + 1.4 * MM, width, area - bars - 0.6 * MM
    if module < _LEAST_MODULE[symbology]:
        raise DoesNotFit(label)
    _rows(canvas, label, layout, *room)


def _modules(canvas, dark, left, bottom, width, height):
    """Runs of dark modules as rectangles, in one path, so that no printer leaves hairlines between them."""
    path = canvas.beginPath()
    for number, row in enumerate(dark):
        below = bottom + (len(dark) - 1 - number) * height
        start = None
        for at, on in enumerate([*row, False]):
            if on and start is None:
                start = at
            elif not on and start is not None:
                path.rect(left + start * width, below, (at - start) * width, height)
                start = None
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _human_readable(label, layout, width):
    """(size, lines) of the text under the symbol; elements are kept whole."""
    size = layout.text
    while True:
        lines = [""]
        for part in label.carrier.parts:
            if lines[-1] and _width(lines[-1] + part, size) > width:
                lines.append("")
            lines[-1] += part
        wide = max(_width(line, size) for line in lines) > width
        if not wide and (len(lines) <= 3 or size <= 0.7 * layout.text):
            return size, lines
        size -= 0.2
        if size < _LEAST_TEXT:
            raise DoesNotFit(label)


def _rows(canvas, label, layout, left, bottom, width, height):
    """The device, then a symbol of ISO 15223-1 and a text per row."""
    count = 1 + len(label.rows) + bool(label.marks)
    size = min(height / count / 1.3, layout.text)
    if size < _LEAST_TEXT:
        raise DoesNotFit(label)
    step = min(height / count, 1.7 * size)
    base = bottom + height - step + 0.3 * (step - size) + 0.2 * size
    _text(canvas, left, base, _cut(label.title, size, width), size)
    signs = max((_sign_width(symbol, size) for symbol, _text in label.rows), default=0)
    for symbol, text in label.rows:
        base -= step
        _sign(canvas, symbol, left, base, size)
        room = width - signs - 0.4 * size
        fitting = size
        while _width(text, fitting) > room:
            # A number that is cut off would be another number.
            fitting -= 0.2
            if fitting < _LEAST_TEXT:
                raise DoesNotFit(label)
        _text(canvas, left + signs + 0.4 * size, base, text, fitting)
    at = left
    base -= step
    for mark in label.marks:
        _sign(canvas, mark, at, base, size)
        at += _sign_width(mark, size) + 0.5 * size


def _sign_width(symbol, size):
    if symbol in _DRAWN:
        return 1.1 * size
    return _width(symbol, 0.75 * size, _SYMBOL_FONT) + 0.5 * size


def _sign(canvas, symbol, left, base, size):
    """A symbol of ISO 15223-1: drawn, or its letters in a frame."""
    canvas.setLineWidth(0.07 * size)
    low, high = base - 0.15 * size, base + 0.85 * size
    if symbol in _DRAWN:
        _DRAWN[symbol](canvas, left, low, size)
        return
    canvas.rect(left, low, _sign_width(symbol, size), high - low, stroke=1, fill=0)
    canvas.setFont(_SYMBOL_FONT, 0.75 * size)
    canvas.drawString(left + 0.25 * size, base + 0.07 * size, symbol)


def _hourglass(canvas, left, low, size):
    """Use-by date (5.1.4)."""
    _polygon(canvas, left, low, size, [(0.15, 0), (0.85, 0), (0.15, 1), (0.85, 1)])
    _polygon(canvas, left, low, size, [(0.15, 0), (0.85, 0), (0.5, 0.4)], fill=1)


def _factory(canvas, left, low, size):
    """Date of manufacture (5.1.3): the outline of a factory."""
    points = [(0, 0), (0, 1), (0.2, 1), (0.2, 0.45), (0.55, 0.7), (0.55, 0.45), (1, 0.7), (1, 0)]
    _polygon(canvas, left, low, size, points)


def _single_use(canvas, left, low, size):
    """Do not re-use (5.4.2): a 2 struck out."""
    canvas.circle(left + 0.5 * size, low + 0.5 * size, 0.47 * size, stroke=1, fill=0)
    canvas.line(left + 0.17 * size, low + 0.83 * size, left + 0.83 * size, low + 0.17 * size)
    canvas.setFont(_SYMBOL_FONT, 0.75 * size)
    canvas.drawCentredString(left + 0.5 * size, low + 0.23 * size, "2")


def _polygon(canvas, left, low, size, points, fill=0):
    path = canvas.beginPath()
    path.moveTo(left + points[0][0] * size, low + points[0][1] * size)
    for x, y in points[1:]:
        path.lineTo(left + x * size, low + y * size)
    path.close()
    canvas.drawPath(path, stroke=1 - fill, fill=fill)


_DRAWN = {"expiry": _hourglass, "made": _factory, "single_use": _single_use}


def _text(canvas, left, base, text, size):
    for run in _runs(text):
        canvas.setFont(_font(run[0]), size)
        canvas.drawString(left, base, run)
        left += _width(run, size, _font(run[0]))


def _cut(text, size, width):
    """The title may be shortened: the identifier says which device it is."""
    if _width(text, size) <= width:
        return text
    while text and _width(text + "…", size) > width:
        text = text[:-1]
    return text.rstrip() + "…"


def _width(text, size, font=None):
    from reportlab.pdfbase.pdfmetrics import stringWidth

    if font:
        return stringWidth(text, font, size)
    return sum(stringWidth(run, _font(run[0]), size) for run in _runs(text))


def _runs(text):
    """Pieces of the text in one font each."""
    # Odoo's own groupby puts pieces together that stand apart.
    return ["".join(run) for _name, run in groupby(text, _font)]  # pylint: disable=bad-builtin-groupby


def _font(character):
    """Odoo's Noto Sans where it has the character, else the font that PDF viewers have for Chinese."""
    return "medical-noto" if ord(character) in _fonts() else "STSong-Light"


@cache
def _fonts():
    """Registers the fonts; the characters of the first one."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    from odoo.tools import file_path

    font = TTFont("medical-noto", file_path("web/static/fonts/sign/NotoSans-Reg.ttf"))
    pdfmetrics.registerFont(font)
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    return frozenset(font.face.charToGlyph)
