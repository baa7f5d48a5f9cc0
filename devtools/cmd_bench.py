"""./dev bench [name…] [--json]"""

import sys

from . import benching, environment, postgres
from .main import parser
from .term import say


def main(arguments: list[str]) -> int:
    options = parser("bench")
    options.add_argument("name", nargs="*", help=f"of {', '.join(benching.names())}; without any: all")
    options.add_argument("--json", action="store_true", help="one JSON object per figure on standard output")
    options.add_argument(
        "--size",
        type=int,
        metavar="N",
        help="a smaller size for a quick try (plan: product-warehouses, usually 10000; forecast: series of each set; company: steps)",
    )
    options.add_argument(
        "--holes", action="store_true", help="company only: whether its fixed seed finds checks that were taken out"
    )
    known = options.parse_args(arguments)
    there = benching.names()
    unknown = [name for name in known.name if name not in there]
    if unknown:
        say(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(there)}")
        return 2
    if known.size is not None and known.size < 40:
        options.error("--size: 40 is the least")
    if known.holes and known.name != ["company"]:
        options.error("--holes goes with company alone")
    environment.ensure()
    environment.ensure_bench()
    for name in known.name or there:
        before = benching.machine()
        with postgres.server():
            figures = benching.load(name).measure(
                benching.Options(known.size, named=bool(known.name), holes=known.holes)
            )
        machine = f"{before} to {benching.machine().rpartition(' ')[2]}"
        if known.json:
            for figure in figures:
                print(figure.as_line(name, machine), flush=True)
        else:
            _table(name, machine, figures)
    return 0


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _table(name: str, machine: str, figures: list[benching.Figure]) -> None:
    head = ("", "value", "unit", "limit", "peer", "", "holds")
    rows = [
        (
            figure.what,
            _number(figure.value),
            figure.unit,
            "" if figure.limit is None else f"{'≥' if figure.at_least else '≤'} {_number(figure.limit)}",
            _number(figure.peer_value),
            figure.peer or "",
            {True: "yes", False: "NO", None: ""}[figure.holds],
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    right = {1, 3, 4}
    out = sys.stdout
    out.write(f"\n{name}: {machine}\n")
    for row in [head, *rows]:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        out.write("  ".join(cells).rstrip() + "\n")
    out.flush()
