"""The life of a document as a picture: its states from top to bottom, its steps as arrows."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH, _HEIGHT, _GAP, _LANE, _LEFT = 150, 30, 44, 26, 8
_LETTER = 6.2  # mean width of a letter at 12 px


@dataclass(frozen=True)
class Arrow:
    """One step: what it is called, the states that it starts from and where it leads."""

    label: str
    sources: tuple[str, ...]
    target: str


def svg(states: dict[str, str], arrows: list[Arrow], current: str | None = None) -> str:
    """An SVG picture, ``current`` marked; steps to the next state go straight down, the others around.

    :param states: key → label, in the order of life
    """
    place = {key: at for at, key in enumerate(states)}
    parts, names, lanes = [], [], 0
    straight: dict[tuple[str, str], list[str]] = {}
    for arrow in arrows:
        for source in arrow.sources:
            if place[arrow.target] == place[source] + 1:
                straight.setdefault((source, arrow.target), []).append(arrow.label)
    beside = max((_length(", ".join(labels)) for labels in straight.values()), default=0)
    lane = _LEFT + max(_WIDTH, _WIDTH / 2 + beside) + _LANE
    for (source, target), labels in straight.items():
        x, top, bottom = _LEFT + _WIDTH / 2, _y(place[source]) + _HEIGHT, _y(place[target])
        parts.append(f'<path d="M{x:g} {top} V{bottom - 6}" marker-end="url(#medical_life_arrow)"/>')
        parts.append(_text(x + 8, (top + bottom) / 2 + 4, ", ".join(labels)))
    for arrow in arrows:
        around = [source for source in arrow.sources if place[arrow.target] != place[source] + 1]
        for source in around:
            begin, end, edge = _y(place[source]) + 20, _y(place[arrow.target]) + 10, _LEFT + _WIDTH
            parts.append(
                f'<path d="M{edge} {begin} H{lane:g} V{end} H{edge + 6}" marker-end="url(#medical_life_arrow)"/>'
            )
        if around:
            height = (_y(place[around[0]]) + _y(place[arrow.target])) / 2 + 19 + 12 * (lanes % 2)
            names.append(_text(lane + 6, height, arrow.label))
            lanes += 1
            # The next one runs beside the name of this one, not through it.
            lane += max(_LANE, 14 + _length(arrow.label))
    for key, label in states.items():
        mark = ' class="now"' if key == current else ""
        parts.append(f'<rect x="{_LEFT}" y="{_y(place[key])}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"{mark}/>')
        parts.append(_text(_LEFT + _WIDTH / 2, _y(place[key]) + 20, label, "middle"))
    width, height = round(lane + 12), _y(len(states)) - _GAP + _HEIGHT - 14
    # Inside a page these rules would hold for every picture of it, so they name this one.
    style = "".join(
        f".medical_life {rule}"
        for rule in (
            "rect{fill:#f8f9fa;stroke:#adb5bd}",
            "rect.now{fill:#d1e7dd;stroke:#198754;stroke-width:2}",
            "path{fill:none;stroke:#6c757d}",
            "text{font:12px sans-serif;fill:#212529}",
            ".step{paint-order:stroke;stroke:#fff;stroke-width:4px}",  # what crosses a name stays behind it
        )
    )
    marker = (
        '<marker id="medical_life_arrow" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="8" markerHeight="8" '
        'orient="auto"><path d="M0 0 L8 4 L0 8 z" style="fill:#6c757d"/></marker>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="medical_life" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">'
        f"<style>{style}</style><defs>{marker}</defs>{''.join(parts)}"
        f'<g class="step">{"".join(names)}</g></svg>'
    )


def _length(text: str) -> float:
    """About how long a text is at 12 px; a Chinese character is a square."""
    return sum(12 if letter > "\u2e7f" else _LETTER for letter in text)


def _y(position: int) -> int:
    return 8 + position * (_HEIGHT + _GAP)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
