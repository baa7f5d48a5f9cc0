"""Programs that only the machine's package manager can give: the browser and PDFs."""

import os
import shutil
import subprocess

from .locks import exclusive
from .term import say

PROGRAMS = {"chromium": "browser tests", "wkhtmltopdf": "PDF reports"}


def ensure_test_programs() -> list[str]:
    """Install what the tests need when running as root; else say how.

    Returns what is still missing: tests that need it are skipped and counted so.
    """
    missing = [name for name in PROGRAMS if not _found(name)]
    if not missing:
        return []
    if os.geteuid() or not shutil.which("apt-get"):
        for name in missing:
            say(f"{name} is missing: {PROGRAMS[name]} are skipped (on Debian: apt-get install {name})")
        return missing
    with exclusive("apt"):
        missing = [name for name in missing if not _found(name)]
        if missing:
            say(f"installing {' and '.join(missing)} (running as root)")
            env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            for arguments in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
                subprocess.run(
                    ["apt-get", "-q", *arguments],
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    check=False,
                )
    missing = [name for name in missing if not _found(name)]
    for name in missing:
        say(f"{name} could not be installed: {PROGRAMS[name]} are skipped")
    return missing


def browser() -> str | None:
    """Path of a Chromium, or None."""
    names = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
    return next(filter(None, map(shutil.which, names)), None)


def _found(name: str) -> bool:
    return bool(browser() if name == "chromium" else shutil.which(name))
