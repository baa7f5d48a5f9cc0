"""Run the company machine on a database with every app: so many steps from a seed, or until something is found.

The database is left as it was: all happens in one transaction that is rolled back. The last line is JSON.
"""

import argparse
import json
import logging
import re
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import freezegun.api
from acts import ACTS, Drawn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from life import Disagreement, Life, Step
from world import Clock, World, opened

STEPS_OF_A_LIFE = 120
# To make what leads to a finding shorter.
_TRIES = 100
_LOTS = re.compile(r"\bL\d+[a-z]?\b")


def _now() -> float:
    """Seconds of the real clock: Python's own stands still between the acts."""
    return freezegun.api.real_perf_counter()


def a_life(chance, acts) -> list[Step]:
    """Acts as often as they weigh, with numbers to choose by; all from the random numbers that hypothesis hands out."""
    names, weights = [*acts], [one.weight for one in acts.values()]
    return [
        Step(name, Drawn(*(chance.randrange(840) for _number in range(6)), chance.randint(1, 6)), number)
        for number, name in enumerate(chance.choices(names, weights, k=STEPS_OF_A_LIFE), 1)
    ]


class Machine:
    """Lives from the same first day; keeps what was found, shrunk to the steps that it takes."""

    def __init__(self, world, clock, *, wanted: int, stop: bool, shrink: bool, known: str):
        self.world, self.clock, self.wanted, self.stop, self.shrinking = world, clock, wanted, stop, shrink
        self.kinds = tuple(filter(None, known.split(",")))
        self.counts: Counter[str] = Counter()
        self.acts = {name: Counter() for name in ACTS}
        self.found: dict[str, dict] = {}
        self.begun = _now()
        self.shrunk = 0.0
        world.cr.execute("SAVEPOINT first_day")

    @property
    def taken(self) -> int:
        return self.counts["done"] + self.counts["refused"]

    @property
    def over(self) -> bool:
        return self.taken >= self.wanted or bool(self.stop and self.found)

    def again(self):
        registry = self.world.env.registry
        self.world.forget()
        self.world.cr.execute("ROLLBACK TO SAVEPOINT first_day")
        registry.reset_changes()
        return Life(self.world, self.clock)

    def live(self, todo: list[Step], count: bool = True):
        """(what was found or None, the life, steps that were taken)."""
        life, taken = self.again(), []
        try:
            for step in todo:
                taken.append(step)
                how = life.take(step)
                taken.pop()
                if how != "nothing":
                    taken.append(replace(step, chosen=tuple(life.chosen)))
                if count and how != "nothing" and self.taken % 100 == 99:
                    tell(f"{self.taken + 1} steps in {_now() - self.begun:.0f} s")
                if count:
                    self.counts[how] += 1
                    self.acts[step.act][how] += 1
                    if self.over:
                        break
            life.end()
        except Disagreement as problem:
            if taken and taken[-1] is life.step:
                taken[-1] = replace(life.step, chosen=tuple(life.chosen))
            if count:
                self.counts["done"] += 1
            return problem.finding, life, taken
        return None, life, taken

    def run(self, todo: list[Step]):
        finding, life, taken = self.live(todo)
        if not finding or finding.kind.startswith(self.kinds):
            return
        known = self.found.get(finding.kind)
        if known:
            known["times"] += 1
            return
        begun = _now()
        told = life.told
        if self.shrinking:
            told = self._shrink(finding, taken, told)
        self.shrunk += _now() - begun
        self.found[finding.kind] = {
            "kind": finding.kind,
            "times": 1,
            "told": told,
            "text": finding.text,
            "at": self.taken,
        }
        tell(
            f"after {self.taken} steps: {finding.kind}\n"
            + "\n".join(f"    {number}. {line}" for number, line in enumerate(told, 1))
        )
        tell(f"    {finding.text}")

    def _shrink(self, finding, taken, told):
        """The fewest steps found that lead to the same: those that name the same lots, without halves, quarters … of them."""
        tries = 0

        def same(candidate):
            nonlocal taken, told, tries
            tries += 1
            again, life, really = self.live(candidate, count=False) if candidate else (None, None, None)
            if not again or again.kind != finding.kind:
                return False
            taken, told = really, life.told
            return True

        lots = set(_LOTS.findall(finding.text))
        by_lots = [step for step, text in zip(taken, told, strict=False) if lots & set(_LOTS.findall(text))]
        others = [step for step, text in zip(taken, told, strict=False) if not _LOTS.search(text)]
        together = sorted([*by_lots, *others], key=lambda step: step.number)
        if len(by_lots) < len(taken) and not same(by_lots):
            same(together)
        size = max(1, len(taken) // 2)
        while tries < _TRIES:
            start, shorter = 0, False
            while start < len(taken) and tries < _TRIES:
                if same(taken[:start] + taken[start + size :]):
                    shorter = True
                else:
                    start += size
            if size == 1 and not shorter:
                break
            size = max(1, size // 2)
        return told


def tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("database")
    options.add_argument("--steps", type=int, default=2000)
    options.add_argument("--seed", type=int, default=13)
    options.add_argument("--stop", action="store_true", help="at the first finding")
    options.add_argument("--no-shrink", dest="shrink", action="store_false")
    options.add_argument("--without", default="", metavar="ACT,…", help="acts that nobody does")
    options.add_argument("--known", default="", metavar="KIND,…", help="kinds, or how they begin, that are not told")
    options.add_argument("--addons-path", help="of another state of the suite than the one in use")
    known = options.parse_args()
    with opened(known.database, known.addons_path) as env, Clock(env.cr) as clock:
        logging.getLogger("odoo").setLevel(logging.CRITICAL)
        begun = _now()
        machine = Machine(
            World(env), clock, wanted=known.steps, stop=known.stop, shrink=known.shrink, known=known.known
        )
        tell(f"the world was made in {_now() - begun:.1f} s")
        machine.begun = _now()
        acts = {name: one for name, one in ACTS.items() if name not in known.without.split(",")}

        @seed(known.seed)
        @settings(
            max_examples=10**9,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.randoms(use_true_random=True))
        def lives(chance):
            if machine.over:
                raise KeyboardInterrupt
            machine.run(a_life(chance, acts))

        # Hypothesis ends so, and so does who is at the terminal.
        with suppress(KeyboardInterrupt):
            lives()
        seconds = _now() - machine.begun - machine.shrunk
        answer = {
            "steps": machine.taken,
            "done": machine.counts["done"],
            "refused": machine.counts["refused"],
            "seconds": round(seconds, 1),
            "rate": round(machine.taken / seconds, 1),
            "found": list(machine.found.values()),
            "acts": machine.acts,
        }
        env.cr.rollback()
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 1 if answer["found"] else 0


if __name__ == "__main__":
    sys.exit(main())
