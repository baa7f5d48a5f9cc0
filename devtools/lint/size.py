"""How large each addon is, and how much of it hangs together in one knot."""

from ..sources import Addon, Index, models_asked_for
from ..term import say

LINES, KNOT = 8000, 6


def findings(index: Index) -> list[str]:
    """Prints both figures of every addon; a finding is what exceeds its limit."""
    found = []
    for addon in index.ours:
        python, javascript = (sum(_lines(addon, suffix)) for suffix in ("py", "js"))
        knot = largest_knot(addon)
        say(f"  {addon.name}: {python} lines of Python, {javascript} of JavaScript; largest knot {len(knot) or 'none'}")
        if python > LINES:
            found.append(f"{addon.name}: {python} lines of Python without tests; at most {LINES}")
        if len(knot) > KNOT:
            found.append(
                f"{addon.name}: {len(knot)} files ask each other for models, at most {KNOT}: {', '.join(knot)}"
            )
    return found


def _lines(addon: Addon, suffix: str) -> list[int]:
    return [len(file.read_text().splitlines()) for file in addon.files(suffix)]


def largest_knot(addon: Addon) -> list[str]:
    """Files of which each reaches each other by asking for a model; fewer than two are no knot."""
    home = {found.model: found.file for found in addon.classes if found.defines}
    asks = {
        file: {home[model] for _node, model in models_asked_for(tree) if model in home} - {file}
        for file, tree in addon.trees.items()
    }
    knots = [knot for knot in _strongly_connected(asks) if len(knot) > 1]
    return sorted(str(file.relative_to(addon.folder)) for file in max(knots, key=len, default=()))


def _strongly_connected(graph: dict) -> list[set]:
    """Kosaraju: the order of finishing forwards, then the trees of the reversed graph in reverse."""
    order, seen = [], set()

    def walk(node, edges, out):
        stack = [(node, iter(edges[node]))]
        seen.add(node)
        while stack:
            node, rest = stack[-1]
            following = next((other for other in rest if other not in seen), None)
            if following is None:
                stack.pop()
                out.append(node)
            else:
                seen.add(following)
                stack.append((following, iter(edges[following])))

    for node in graph:
        if node not in seen:
            walk(node, graph, order)
    backwards = {node: [other for other in graph if node in graph[other]] for node in graph}
    seen.clear()
    knots = []
    for node in reversed(order):
        if node not in seen:
            knot: list = []
            walk(node, backwards, knot)
            knots.append(set(knot))
    return knots
