"""Files of an addon that are no code: XML, manifest, README, access rights."""

import csv
import os
import re
import tomllib
import xml.etree.ElementTree as ElementTree

from .. import paths, readme
from . import tools


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


def manifests() -> str:
    """Version, files that exist, Python libraries that pyproject.toml offers."""
    groups = tomllib.loads((paths.ROOT / "pyproject.toml").read_text())["dependency-groups"]
    offered = {re.split(r"[<>=!~\[]", entry)[0].lower() for entry in groups["addons"]}
    findings = []
    for addon in paths.our_addons():
        manifest = paths.manifest(paths.ADDONS / addon)
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
            findings.append(tools.run("docutils", "--report=warning", "--halt=warning", str(file), os.devnull))
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
