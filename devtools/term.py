"""Talking to people (standard error) and running programs."""

import os
import subprocess
import sys
import time

START = time.monotonic()


class Failure(Exception):
    """Something the user has to know about; shown as one message, without a trace."""


def say(message: str) -> None:
    print(f"[{time.monotonic() - START:6.1f}s] {message}", file=sys.stderr, flush=True)


class Progress:
    """Percent of a long step: one changing line on a terminal, few lines in a log."""

    def __init__(self, label: str, total: int | None):
        self.label, self.total = label, total
        self.tty = sys.stderr.isatty()
        self.shown = -1

    def update(self, done: int) -> None:
        if not self.total:
            return
        percent = min(100, done * 100 // self.total)
        step = 1 if self.tty else 25
        if percent // step == self.shown // step and percent < 100 or percent == self.shown:
            return
        self.shown = percent
        if self.tty:
            end = "\n" if percent == 100 else ""
            print(f"\r  {self.label} {percent:3d} %", end=end, file=sys.stderr, flush=True)
        else:
            say(f"{self.label} {percent} %")


def run(command, *, quiet: bool = False, env: dict | None = None, **kwargs):
    """Run ``command`` to its end without standard input.

    With ``quiet`` its output is shown only when it fails. Raises Failure then.
    """
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    if quiet:
        kwargs.update(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    else:
        kwargs.setdefault("stdout", sys.stderr)
    result = subprocess.run([str(part) for part in command], env=env, text=True, errors="replace", **kwargs)
    if result.returncode:
        output = f"\n{result.stdout}" if quiet and result.stdout else ""
        raise Failure(f"{' '.join(map(str, command[:3]))} … ended with {result.returncode}{output}")
    return result


def environment(**extra: str) -> dict[str, str]:
    return {**os.environ, **extra}
