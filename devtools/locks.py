"""File locks, so that two ./dev at once wait for each other instead of colliding."""

import fcntl
from contextlib import contextmanager

from . import paths
from .term import say


@contextmanager
def exclusive(name: str):
    """Hold the lock ``name``; say so when somebody else has it."""
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    with open(paths.LOCKS / name, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"waiting for another ./dev ({name})")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
