#!/usr/bin/env python3
"""Install what the addons need beside an existing Odoo, without touching a package that is already there.

Reads the group ``addons`` of pyproject.toml (beside this file or one folder up). Every installed package is
pinned to its present version, so pip either finds releases that go with it or stops. Further arguments are
pip's, for example ``--user`` or ``--break-system-packages``.
"""

import subprocess
import sys
import tempfile
import tomllib
from importlib import metadata
from pathlib import Path

from pip._vendor.packaging.version import InvalidVersion, Version


def installed():
    """Pins of the installed packages; a distribution's odd version ("1.7build1") cannot be pinned."""
    for distribution in metadata.distributions():
        name, version = distribution.metadata["Name"], distribution.version
        try:
            Version(version)
        except (InvalidVersion, TypeError):
            continue
        if name:
            yield f"{name}=={version}"


def main():
    folder = Path(__file__).resolve().parent
    project = next(path / "pyproject.toml" for path in (folder, folder.parent) if (path / "pyproject.toml").exists())
    wanted = tomllib.loads(project.read_text())["dependency-groups"]["addons"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as pins:
        pins.write("\n".join(sorted(set(installed()))))
        pins.flush()
        command = [sys.executable, "-m", "pip", "install", "--constraint", pins.name, *sys.argv[1:], *wanted]
        return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
