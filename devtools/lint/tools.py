"""Other people's checkers: ruff and pylint-odoo."""

import subprocess

from .. import paths


def run(*arguments: str) -> str:
    """Output of a Python module of the project's environment; empty when it found nothing."""
    result = subprocess.run(
        [str(paths.venv_python()), "-m", *arguments],
        cwd=paths.ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return (result.stdout + result.stderr).strip() if result.returncode else ""


def ruff() -> str:
    found = (
        run("ruff", "check", "--no-cache", ".", "dev"),
        run("ruff", "format", "--check", "--no-cache", ".", "dev"),
    )
    return "\n".join(filter(None, found))


def pylint() -> str:
    """pylint-odoo's own checks (its messages C81, E81, R81, W81)."""
    addons = [str(paths.ADDONS / name) for name in paths.our_addons()]
    return run("pylint", "--rcfile", str(paths.ROOT / ".pylintrc"), "-j", "2", *addons) if addons else ""
