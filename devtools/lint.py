"""Checks that need no database. Each returns its findings as text, empty when clean."""

import ast
import csv
import os
import re
import subprocess
import tomllib
import xml.etree.ElementTree as ElementTree

from . import paths, readme

FREE_LICENCES = re.compile(
    r"apache|bsd|mit|mit-cmu|isc|lgpl|lesser general public|psf|python software foundation|mpl|mozilla|zope|zpl|"
    r"public domain|unlicense|hpnd|0bsd|zlib|cc0|postgresql|python license|historical permission",
    re.I,
)


def fix() -> list[str]:
    """Make anew what is made from other files; the addons whose README.rst has changed."""
    return readme.write()


def run_all() -> dict[str, str]:
    checks = [ruff, pylint, xml, manifests, readmes, access_rights, translations, licences]
    return {check.__name__: check() for check in checks}


def _tool(*arguments: str) -> str:
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
        _tool("ruff", "check", "--no-cache", ".", "dev"),
        _tool("ruff", "format", "--check", "--no-cache", ".", "dev"),
    )
    return "\n".join(filter(None, found))


def pylint() -> str:
    """pylint-odoo's own checks (its messages C81, E81, R81, W81)."""
    addons = [str(paths.ADDONS / name) for name in paths.our_addons()]
    return _tool("pylint", "--rcfile", str(paths.ROOT / ".pylintrc"), "-j", "2", *addons) if addons else ""


def xml() -> str:
    findings = []
    for file in sorted(paths.ADDONS.rglob("*.xml")):
        try:
            root = ElementTree.parse(file).getroot()
        except ElementTree.ParseError as error:
            findings.append(f"{file.relative_to(paths.ROOT)}: {error}")
            continue
        if "static" not in file.parts and root.tag != "odoo":
            findings.append(f"{file.relative_to(paths.ROOT)}: the root element is <{root.tag}>, not <odoo>")
        findings += [f"{file.relative_to(paths.ROOT)}: <tree> is <list> since Odoo 18" for _ in root.iter("tree")]
    return "\n".join(findings)


def _manifest(addon: str) -> dict:
    return ast.literal_eval((paths.ADDONS / addon / "__manifest__.py").read_text())


def manifests() -> str:
    """Licence, version, files that exist, Python libraries that pyproject.toml offers."""
    groups = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["dependency-groups"]
    offered = {re.split(r"[<>=!~\[]", entry)[0].lower() for entry in groups["addons"]}
    findings = []
    for addon in paths.our_addons():
        manifest = _manifest(addon)
        if manifest.get("license") not in ("LGPL-3", "AGPL-3"):
            findings.append(f"{addon}: licence {manifest.get('license')!r}")
        if not re.fullmatch(r"19\.0\.\d+\.\d+\.\d+", manifest.get("version", "")):
            findings.append(f"{addon}: version {manifest.get('version')!r}")
        for name in [*manifest.get("data", []), *manifest.get("demo", [])]:
            if not (paths.ADDONS / addon / name).exists():
                findings.append(f"{addon}: {name} is in the manifest but not there")
        for library in manifest.get("external_dependencies", {}).get("python", []):
            if library.lower() not in offered:
                findings.append(f"{addon}: {library} is not in the group 'addons' of pyproject.toml")
        for required in ("readme/DESCRIPTION.md", "i18n/zh_CN.po", "README.rst"):
            if not (paths.ADDONS / addon / required).exists():
                findings.append(f"{addon}: {required} is missing")
    return "\n".join(findings)


def readmes() -> str:
    """README.rst is what readme/ and the manifest say, and Odoo can show it."""
    findings = [f"{addon}: README.rst is not up to date; run ./dev lint --fix" for addon in readme.stale()]
    for addon in paths.our_addons():
        if (file := readme.target(addon)).exists():
            findings.append(_tool("docutils", "--report=warning", "--halt=warning", str(file), os.devnull))
    return "\n".join(filter(None, findings))


HEADER = ["id", "name", "model_id:id", "group_id:id", "perm_read", "perm_write", "perm_create", "perm_unlink"]


def access_rights() -> str:
    """The standard column order, and a group on every line: no right for everybody."""
    findings = []
    for file in sorted(paths.ADDONS.glob("*/security/ir.model.access.csv")):
        rows = list(csv.reader(file.read_text().splitlines()))
        if rows[0] != HEADER:
            findings.append(f"{file.relative_to(paths.ROOT)}: columns are not {','.join(HEADER)}")
        findings += [
            f"{file.relative_to(paths.ROOT)}: {row[0]} names no group" for row in rows[1:] if row and not row[3]
        ]
    return "\n".join(findings)


def translations() -> str:
    """Every term of the .pot in Chinese: none missing, fuzzy or with other placeholders."""
    result = subprocess.run(
        [str(paths.venv_python()), "-m", "devtools.catalogues", "check"],
        cwd=paths.ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    return (result.stdout + result.stderr).strip()


_LICENCE_CHECK = """
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


def licences() -> str:
    """What the addons import must be Apache, BSD, MIT, LGPL or as free."""
    groups = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["dependency-groups"]
    names = [re.split(r"[<>=!~\[]", entry)[0] for entry in groups["addons"]]
    result = subprocess.run(
        [str(paths.venv_python()), "-c", _LICENCE_CHECK, *names],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    findings = []
    for line in result.stdout.splitlines():
        name, _, text = line.partition("\t")
        if not FREE_LICENCES.search(text):
            findings.append(f"{name}: licence {text!r} is not Apache, BSD, MIT or LGPL")
    return "\n".join(findings)
