"""The company machine: random acts of two companies beside a plain model of the truth, for as long as wanted; or how many of the
listed holes CI's seed finds."""

from devtools import benching, company, suite
from devtools.benching import Figure
from devtools.term import say


def measure(options: benching.Options) -> list[Figure]:
    with suite.installed() as base, suite.with_apps(base) as database:
        return _holes(database) if options.holes else _lives(database, options)


def _lives(database: str, options: benching.Options) -> list[Figure]:
    steps = options.size or (10**9 if options.named else company.STEPS)
    say(f"company: {f'{steps} steps' if steps < 10**9 else 'until it is interrupted (Ctrl-C)'}")
    answer = company.live(database, "--steps", steps)
    return [
        Figure("steps", answer["steps"], "steps"),
        Figure("of these refused with a sentence", answer["refused"], "steps"),
        Figure("steps a second", answer["rate"], "1/s"),
        Figure("kinds of disagreement with the truth", len(answer["found"]), "kinds", 0),
    ]


def _holes(database: str) -> list[Figure]:
    figures = []
    for hole in company.holes():
        with hole.addons() as addons:
            answer = company.live(database, "--steps", company.STEPS, "--stop", "--no-shrink", addons=addons)
        found = answer["found"][0] if answer["found"] else None
        how = f"found: {found['kind']}" if found else "NOT FOUND"
        say(f"{hole.name}: {how}, {answer['steps']} steps")
        figures.append(Figure(f"{hole.what}: {how}", answer["steps"] if found else 0, "steps", 1, at_least=True))
    return figures
