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


def mermaid(states: dict[str, str], arrows: list[Arrow]) -> str:
    """A Mermaid ``stateDiagram-v2``.

    :param states: key → label, in the order of life; the first one is where documents begin
    """
    lines = ["stateDiagram-v2", *(f"    {key} : {label}" for key, label in states.items())]
    lines.append(f"    [*] --> {next(iter(states))}")
    lines += [f"    {source} --> {arrow.target} : {arrow.label}" for arrow in arrows for source in arrow.sources]
    left = {source for arrow in arrows for source in arrow.sources}
    lines += [f"    {key} --> [*]" for key in states if key not in left]
    return "\n".join(lines)


def svg(states: dict[str, str], arrows: list[Arrow], current: str | None = None) -> str:
    """An SVG picture, ``current`` marked; steps to the next state go straight down, the others around.

    :param states: key → label, in the order of life
    """
    place = {key: at for at, key in enumerate(states)}
    parts, lanes, right = [], 0, _WIDTH
    straight: dict[tuple[str, str], list[str]] = {}
    for arrow in arrows:
        for source in arrow.sources:
            if place[arrow.target] == place[source] + 1:
                straight.setdefault((source, arrow.target), []).append(arrow.label)
    beside = max((len(", ".join(labels)) for labels in straight.values()), default=0) * _LETTER
    first_lane = _LEFT + max(_WIDTH, _WIDTH / 2 + beside) + _LANE
    for (source, target), labels in straight.items():
        x, top, bottom = _LEFT + _WIDTH / 2, _y(place[source]) + _HEIGHT, _y(place[target])
        parts.append(f'<path d="M{x:g} {top} V{bottom - 6}" marker-end="url(#m)"/>')
        parts.append(_text(x + 8, (top + bottom) / 2 + 4, ", ".join(labels)))
    for arrow in arrows:
        around = [source for source in arrow.sources if place[arrow.target] != place[source] + 1]
        for source in around:
            x, begin, end = first_lane + lanes * _LANE, _y(place[source]) + 20, _y(place[arrow.target]) + 10
            edge = _LEFT + _WIDTH
            parts.append(f'<path d="M{edge} {begin} H{x:g} V{end} H{edge + 6}" marker-end="url(#m)"/>')
        if around:
            x = first_lane + lanes * _LANE
            parts.append(
                _text(x + 6, (_y(place[around[0]]) + _y(place[arrow.target])) / 2 + 19 + 12 * (lanes % 2), arrow.label)
            )
            right = max(right, x + 6 + len(arrow.label) * _LETTER)
            lanes += 1
    right = max(right, first_lane)
    for key, label in states.items():
        mark = ' class="now"' if key == current else ""
        parts.append(f'<rect x="{_LEFT}" y="{_y(place[key])}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"{mark}/>')
        parts.append(_text(_LEFT + _WIDTH / 2, _y(place[key]) + 20, label, "middle"))
    width, height = round(right + 12), _y(len(states)) - _GAP + _HEIGHT - 14
    style = (
        "rect{fill:#f8f9fa;stroke:#adb5bd}rect.now{fill:#d1e7dd;stroke:#198754;stroke-width:2}"
        "path{fill:none;stroke:#6c757d}text{font:12px sans-serif;fill:#212529}"
    )
    marker = (
        '<marker id="m" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" style="fill:#6c757d"/></marker>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f"<style>{style}</style><defs>{marker}</defs>{''.join(parts)}</svg>"
    )


def _y(position: int) -> int:
    return 8 + position * (_HEIGHT + _GAP)


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'
