"""Odoo 19.0 Community: the user's own source tree, or Debian's package unpacked.

Debian's suite sid carries Odoo as a plain archive of Python and web files. It is
downloaded by an apt configuration of our own and unpacked, never installed.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import paths
from .locks import exclusive
from .term import Failure, run, say

PACKAGES = [
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-ocr-b",
]
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Debian leaves out one file that the asset bundles name (camera background blur);
# an empty one keeps every page free of errors.
MISSING = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def ensure() -> Path:
    """Folder that holds the Python package ``odoo`` (to be put on sys.path)."""
    own = os.environ.get("ODOO_SRC")
    if own:
        return _own_source(Path(own).expanduser().resolve())
    packages = paths.ODOO / "usr/lib/python3/dist-packages"
    done = paths.ODOO / ".complete"
    if not done.exists():
        with exclusive("odoo"):
            if not done.exists():
                _unpack()
                done.touch()
    return packages


def _own_source(source: Path) -> Path:
    release = source / "odoo" / "release.py"
    if not release.exists():
        raise Failure(f"ODOO_SRC={source}: no odoo/release.py there; give the root of an Odoo 19.0 source tree")
    version = re.search(r"version_info = \((\d+), (\d+)", release.read_text())
    if not version or version.groups() != ("19", "0"):
        raise Failure(f"ODOO_SRC={source} is not Odoo 19.0")
    return source


def _unpack() -> None:
    missing = [tool for tool in ("apt-get", "dpkg-deb") if not shutil.which(tool)]
    if missing:
        raise Failure(
            f"{' and '.join(missing)} not found: this is not a Debian-like machine. "
            "Set ODOO_SRC to an Odoo 19.0 source tree (a git checkout of branch 19.0)."
        )
    if not KEYRING.exists():
        raise Failure(f"{KEYRING} is missing: install the package debian-archive-keyring, or set ODOO_SRC.")
    debs = paths.CACHE / "debs"
    debs.mkdir(parents=True, exist_ok=True)
    archives = _download(debs)
    partial = paths.ODOO.with_name("odoo.partial")
    shutil.rmtree(partial, ignore_errors=True)
    say("unpacking Odoo 19 (1.2 GB)")
    for archive in archives:
        run(["dpkg-deb", "-x", archive, partial], quiet=True)
    selfie = partial / "usr/lib/python3/dist-packages/odoo" / MISSING
    selfie.parent.mkdir(parents=True, exist_ok=True)
    if not selfie.exists():
        selfie.write_text("")
    _relink(partial)
    shutil.rmtree(paths.ODOO, ignore_errors=True)
    partial.rename(paths.ODOO)


def _relink(root: Path) -> None:
    """Absolute links into other packages point to where those were unpacked."""
    base = root / "usr/lib/python3/dist-packages/odoo"
    for folder, folders, files in os.walk(base):
        for name in [*folders, *files]:
            link = Path(folder, name)
            if not link.is_symlink():
                continue
            target = os.readlink(link)
            inside = root / target.lstrip("/")
            if target.startswith("/") and inside.exists():
                link.unlink()
                link.symlink_to(os.path.relpath(inside, folder))


def _apt_options(state: Path) -> list[str]:
    for folder in ("lists/partial", "cache/archives/partial", "parts"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_mirror()} sid main\n")
    # Paths with spaces cannot be given to apt safely, so it works in its own folder.
    options = {
        "Dir::State::Lists": "lists",
        "Dir::State::Status": "/dev/null",
        "Dir::Cache": "cache",
        "Dir::Etc::SourceList": "sources.list",
        "Dir::Etc::SourceParts": "parts",
        "Dir::Etc::PreferencesParts": "parts",
        "Debug::NoLocking": "1",
        "APT::Architectures": "amd64",
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Update::Post-Invoke-Success": "",
    }
    relative = {
        "Dir::State::Lists",
        "Dir::Cache",
        "Dir::Etc::SourceList",
        "Dir::Etc::SourceParts",
        "Dir::Etc::PreferencesParts",
    }
    result = []
    for name, value in options.items():
        result += ["-o", f"{name}={'./' + value if name in relative else value}"]
    return result


def _mirror() -> str:
    """Address of the Debian mirror this machine is configured for."""
    candidates = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for file in candidates:
        try:
            text = file.read_text()
        except (OSError, UnicodeDecodeError):
            continue
        for line in text.splitlines():
            match = re.match(r"\s*(?:deb\s+(?:\[[^]]*\]\s+)?|URIs:\s*)(\S+)", line)
            if match and re.search(r"/debian/?$", match[1]):
                return match[1]
    return "http://deb.debian.org/debian"


def _download(debs: Path) -> list[Path]:
    """The packages' files, each checked by apt against the signed index."""
    state = paths.STATE / "apt"
    options = _apt_options(state)
    say("reading Debian's package lists (sid)")
    run(["apt-get", *options, "update"], quiet=True, cwd=state)
    uris = subprocess.run(
        ["apt-get", *options, "--print-uris", "download", *PACKAGES],
        cwd=state,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if uris.returncode:
        raise Failure(f"apt does not find Odoo in sid:\n{uris.stderr}")
    entries = re.findall(r"^'([^']+)' (\S+) (\d+) SHA256:(\w+)$", uris.stdout, re.M)
    if len(entries) != len(PACKAGES):
        raise Failure(f"apt's answer is not understood:\n{uris.stdout}")
    from .index import download

    say(f"downloading Odoo 19 and its fonts ({sum(int(e[2]) for e in entries) >> 20} MB)")
    return [download(url, debs / name, sha256, name.split("_")[0]) for url, name, _size, sha256 in entries]
