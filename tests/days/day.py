"""A day is what one person of the demo company does in the browser, station by station, in the order of the clock.

Each addon adds its stations in a file of its own, ``stations/<addon>.py``::

    from day import station

    @station("buyer", "09:00")
    def orders_what_planning_asks_for(person):
        person.app("Purchase")
        row = person.rows("P02190")
        ...

``person`` is a ``person.Person``, logged in on a screen of 1366 × 768; a station begins with choosing its app, does what
the person would do, and asserts on what is on the screen. It may look up by ``person.web`` which record it is about. An
error dialog at any step fails it. A person's stations are one test, which says at which of them it failed and leaves a
picture of the screen in ``.dev/screenshots``. Whoever needs a new person adds the user to the demo data of an addon.
"""

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Station:
    login: str
    at: str
    name: str
    visit: Callable


STATIONS: list[Station] = []


def station(login: str, at: str):
    """Declare what a person does at a time of the day (HH:MM)."""

    def declare(function):
        STATIONS.append(Station(login, at, function.__name__, function))
        return function

    return declare


def load() -> dict[str, list[Station]]:
    """Stations of each person, by the clock."""
    STATIONS.clear()
    for file in sorted((Path(__file__).parent / "stations").glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"stations_{file.stem}", file)
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    days: dict[str, list[Station]] = {}
    for each in sorted(STATIONS, key=lambda each: (each.login, each.at, each.name)):
        days.setdefault(each.login, []).append(each)
    return days
