"""Chinese: complete, and with one word for one thing. Read by polib, in the project's environment."""

import subprocess

from .. import paths


def translations() -> str:
    """Every term of the .pot in Chinese: none missing, fuzzy or with other placeholders."""
    return _ask("devtools.catalogues", "check")


def glossary() -> str:
    """Every translation uses the words of docs/glossary.csv."""
    return _ask("devtools.glossary")


def _ask(*arguments: str) -> str:
    result = subprocess.run(
        [str(paths.venv_python()), "-m", *arguments],
        cwd=paths.ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return (result.stdout + result.stderr).strip()
