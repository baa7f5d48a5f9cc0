"""The configured Python package index: where it is, and one wheel from it, verified.

A bare Debian has python3 without pip and venv. The installer (uv) is therefore
taken from the index as a wheel and unpacked; everything else is its work.
"""

import configparser
import hashlib
import html.parser
import json
import os
import platform
import ssl
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

from . import paths
from .locks import exclusive
from .term import Failure, Progress, say

UV_VERSION = "0.13.9"


def _pip_config() -> dict[str, str]:
    files = [
        *(Path(d) / "pip/pip.conf" for d in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")),
        Path("/etc/pip.conf"),
        Path.home() / ".pip/pip.conf",
        Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pip/pip.conf",
    ]
    if os.environ.get("PIP_CONFIG_FILE"):
        files.append(Path(os.environ["PIP_CONFIG_FILE"]))
    values: dict[str, str] = {}
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file)
        except (OSError, configparser.Error):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                values.update(parser.items(section))
    for name, value in os.environ.items():
        if name.startswith("PIP_"):
            values[name[4:].lower().replace("_", "-")] = value
    return values


def index_url() -> str:
    """The simple index that pip or uv is configured for on this machine."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name].rstrip("/")
    return _pip_config().get("index-url", "https://pypi.org/simple").rstrip("/")


def installer_environment() -> dict[str, str]:
    """What uv needs to use the same index, certificates and hosts as pip would."""
    env = {"UV_DEFAULT_INDEX": index_url(), "UV_CACHE_DIR": str(paths.CACHE / "uv")}
    config = _pip_config()
    if config.get("cert") and not os.environ.get("SSL_CERT_FILE"):
        env["SSL_CERT_FILE"] = config["cert"]
    if config.get("trusted-host"):
        env["UV_INSECURE_HOST"] = " ".join(config["trusted-host"].split())
    return env


def _context(url: str) -> ssl.SSLContext | None:
    if not url.startswith("https:"):
        return None
    config = _pip_config()
    context = ssl.create_default_context(cafile=config.get("cert"))
    if urllib.parse.urlsplit(url).hostname in config.get("trusted-host", "").split():
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _open(url: str, accept: str = "*/*"):
    parts = urllib.parse.urlsplit(url)
    headers = {"Accept": accept, "User-Agent": "medical-suite-dev"}
    if parts.username:
        import base64

        pair = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        netloc = parts.hostname + (f":{parts.port}" if parts.port else "")
        url = urllib.parse.urlunsplit(parts._replace(netloc=netloc))
    request = urllib.request.Request(url, headers=headers)
    return urllib.request.urlopen(request, timeout=120, context=_context(url))


class _Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]


def _files(project: str) -> dict[str, tuple[str, str]]:
    """File name → (address, sha256) of everything the index has for ``project``."""
    page = f"{index_url()}/{project}/"
    with _open(page, "application/vnd.pypi.simple.v1+json, text/html;q=0.5") as answer:
        body, kind = answer.read(), answer.headers.get("Content-Type", "")
    if "json" in kind:
        return {
            file["filename"]: (urllib.parse.urljoin(page, file["url"]), file["hashes"].get("sha256", ""))
            for file in json.loads(body)["files"]
        }
    parser = _Links()
    parser.feed(body.decode())
    found = {}
    for link in parser.links:
        address, _, fragment = urllib.parse.urljoin(page, link).partition("#")
        name = urllib.parse.unquote(address.rsplit("/", 1)[-1])
        found[name] = (address, fragment.removeprefix("sha256="))
    return found


def download(url: str, target: Path, sha256: str, label: str) -> Path:
    """Fetch ``url`` into ``target`` unless it is there already, and check its digest."""
    if target.exists() and hashlib.sha256(target.read_bytes()).hexdigest() == sha256:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f"{target.name}.{os.getpid()}")
    digest = hashlib.sha256()
    try:
        with _open(url) as answer, open(partial, "wb") as out:
            size = int(answer.headers.get("Content-Length") or 0)
            progress = Progress(label, size if size > 5 << 20 else None)
            while chunk := answer.read(1 << 18):
                digest.update(chunk)
                out.write(chunk)
                progress.update(out.tell())
        if digest.hexdigest() != sha256:
            raise Failure(f"{url}: the download is damaged (its SHA-256 differs); try again")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


def _wheel_tags() -> list[str]:
    machine = platform.machine()
    if platform.system() == "Darwin":
        return [f"macosx_11_0_{machine}", f"macosx_10_12_{machine}"]
    return [f"manylinux_2_17_{machine}", f"musllinux_1_1_{machine}"]


def uv() -> Path:
    """Path of the installer, fetched from the index the first time."""
    target = paths.BIN / f"uv-{UV_VERSION}"
    if target.exists():
        return target
    with exclusive("uv"):
        if target.exists():
            return target
        say(f"fetching the installer uv {UV_VERSION} from the configured package index")
        try:
            files = _files("uv")
        except OSError as error:
            raise Failure(
                f"the package index {index_url()} cannot be reached ({error}); "
                "set PIP_INDEX_URL or index-url in pip.conf"
            ) from error
        for tag in _wheel_tags():
            for name, (url, sha256) in files.items():
                if name.startswith(f"uv-{UV_VERSION}-") and tag in name and name.endswith(".whl"):
                    if not sha256:
                        raise Failure(f"{index_url()} gives no SHA-256 for {name}; use another index")
                    wheel = download(url, paths.CACHE / name, sha256, "uv")
                    return _unpack_uv(wheel, target)
        raise Failure(f"{index_url()} has no uv {UV_VERSION} for this machine ({platform.machine()})")


def _unpack_uv(wheel: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with zipfile.ZipFile(wheel) as archive:
        member = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        partial.write_bytes(archive.read(member))
    partial.chmod(0o755)
    partial.replace(target)
    return target
