"""Licences: of the Python libraries that the addons import, of our addons and of Odoo's that they need."""

import re
import subprocess
import tomllib

from .. import paths
from ..sources import Index

FREE = re.compile(
    r"apache|bsd|mit|mit-cmu|isc|lgpl|lesser general public|psf|python software foundation|mpl|mozilla|zope|zpl|"
    r"public domain|unlicense|hpnd|0bsd|zlib|cc0|postgresql|python license|historical permission",
    re.I,
)
# Of addons: what an LGPL-3 addon may depend on, and what ours may be.
FREE_ADDONS = {"LGPL-3"}
_CHECK = """
import sys
from importlib import metadata
for name in sys.argv[1:]:
    try:
        info = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        continue
    classifiers = [c for c in info.get_all("Classifier", []) if c.startswith("License ::")]
    text = info.get("License-Expression") or "; ".join(classifiers) or (info.get("License") or "").split("\\n")[0]
    print(name, text, sep="\\t")
"""


def of_libraries() -> list[str]:
    """What the addons import must be Apache, BSD, MIT, LGPL or as free."""
    groups = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["dependency-groups"]
    names = [re.split(r"[<>=!~\[]", entry)[0] for entry in groups["addons"]]
    result = subprocess.run(
        [str(paths.venv_python()), "-c", _CHECK, *names], capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    pairs = [line.split("\t") for line in result.stdout.splitlines()]
    return [
        f"{name}: licence {text!r} is not Apache, BSD, MIT or LGPL" for name, text in pairs if not FREE.search(text)
    ]


def of_addons(index: Index) -> list[str]:
    """Our addons and every addon of Odoo's that they need, directly or through others."""
    found = []
    for addon in index.ours:
        for name in sorted(index.closure(addon) & index.addons.keys()):
            licence = index.addons[name].manifest.get("license")
            if licence not in FREE_ADDONS and (name == addon.name or not index.addons[name].ours):
                needed = "" if name == addon.name else f"needs {name}, whose "
                found.append(f"{addon.name}: {needed}licence {licence!r} is not in {', '.join(sorted(FREE_ADDONS))}")
    return found
