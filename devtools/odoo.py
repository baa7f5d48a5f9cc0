"""Running Odoo: its configuration, its processes, fresh databases from templates."""

import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.request
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path

from . import environment, paths, postgres, sources
from .locks import exclusive
from .term import Failure, say

LAUNCHER = paths.ROOT / "devtools" / "launcher" / "start.py"


def configuration() -> Path:
    """Write the configuration file that every Odoo process reads through ODOO_RC."""
    options = {
        "addons_path": paths.ADDONS,
        "data_dir": paths.FILESTORE,
        "db_host": postgres.socket_dir(),
        "db_user": postgres.ROLE,
        "db_template": "template0",
        "http_interface": "127.0.0.1",
        "list_db": False,
        # An hour: long enough for a planning run or a debugger. With 0, "no limit" for a single process, the parent of
        # --workers takes every worker for one that hangs.
        "limit_time_cpu": 3600,
        "limit_time_real": 3600,
        "max_cron_threads": 0,
        "log_handler": ":WARNING",
    }
    target = paths.STATE / "odoo.conf"
    text = "[options]\n" + "".join(f"{name} = {value}\n" for name, value in options.items())
    if not target.exists() or target.read_text() != text:
        partial = target.with_suffix(f".{os.getpid()}")
        partial.write_text(text)
        partial.replace(target)
    return target


def process_environment() -> dict[str, str]:
    env = dict(os.environ)
    env.update(
        ODOO_RC=str(configuration()),
        PGHOST=str(postgres.socket_dir()),
        PGUSER=postgres.ROLE,
        PYTHONDONTWRITEBYTECODE="",
        PYTHONUNBUFFERED="1",
        MEDICAL_ROOT=str(paths.ROOT),
        HYPOTHESIS_STORAGE_DIRECTORY=str(paths.STATE / "hypothesis"),
        # The engines use one core; a second thread per library only makes them wait.
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
    )
    return env


def command(*arguments, python: Path | None = None, launcher: Path = LAUNCHER) -> list[str]:
    return [str(python or paths.venv_python()), str(launcher), *map(str, arguments)]


def quiet(*arguments, script: str = "") -> str:
    """Run Odoo to its end, ``script`` on its standard input; its output is shown only in the Failure it raises."""
    result = subprocess.run(
        command(*arguments),
        env=process_environment(),
        text=True,
        errors="replace",
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    problems = re.findall(r"^.* (?:ERROR|CRITICAL) .*$", result.stdout, re.M)
    if result.returncode or problems:
        raise Failure(f"odoo {' '.join(map(str, arguments))} failed\n{result.stdout[-8000:]}")
    return result.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(database: str, *arguments):
    """An Odoo server on ``database``, without scheduled actions; yields its port once it answers."""
    port = free_port()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command("-d", database, "--http-port", port, "--max-cron-threads", 0, *arguments),
            env=process_environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            if not _answers(process, port):
                output.seek(0)
                raise Failure(f"Odoo does not answer\n{output.read().decode(errors='replace')[-4000:]}")
            yield port
        finally:
            process.terminate()
            process.wait()


def _answers(process: subprocess.Popen, port: int, seconds: float = 120) -> bool:
    """Wait for the server's first answer; false when it ended or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=60).close()
            return True
        except OSError:
            # Not listening yet; waiting for the process notices at once when it ends.
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.2)
                return False
    return False


def source_version() -> str:
    """Changes when another Odoo is unpacked or pointed at."""
    source = environment.odoo_source.ensure()
    release = source / "odoo" / "release.py"
    return f"{source}:{release.stat().st_mtime_ns}:{release.read_text()}"


def core_addons(core: list[str]) -> list[str]:
    """All of Odoo's addons that are there once ``core`` are installed; the same for lists that come to the same."""
    return sorted(sources.everything().installed_with(core))


def _template_name(core: list[str]) -> str:
    return f"tmpl_{postgres.digest(source_version() + ','.join(core_addons(core)))}"


def template(core: list[str]) -> str:
    """Name of a database with these addons of Odoo's installed, made when absent.

    It grows from the largest template that holds a part of them, and is made anew
    only when Odoo or the list changes.
    """
    name = _template_name(core)
    with exclusive(name):
        existing = postgres.databases()
        if name in existing:
            return name
        base, present = _largest_part(core, existing)
        new = set(core_addons(core)) - set(present)
        say(f"making the template database with {', '.join(sorted(new.intersection(core) or new))}")
        building = f"building_{uuid.uuid4().hex[:8]}"
        try:
            if base:
                postgres.copy(base, building)
            quiet("-d", building, "-i", ",".join(core), "--stop-after-init", "--no-http")
            postgres.rename(building, name)
        finally:
            postgres.drop(building)
        (paths.STATE / "templates").mkdir(exist_ok=True)
        (paths.STATE / "templates" / name).write_text(",".join(core_addons(core)))
    return name


def _largest_part(core: list[str], existing: set[str]) -> tuple[str | None, list[str]]:
    """The template that holds most of what ``core`` needs and nothing else, and what it holds."""
    wanted = set(core_addons(core))
    best: tuple[str | None, list[str]] = (None, [])
    for record in (paths.STATE / "templates").glob("tmpl_*"):
        content = record.read_text().split(",")
        current = record.name == f"tmpl_{postgres.digest(source_version() + ','.join(content))}"
        if current and record.name in existing and wanted.issuperset(content) and len(content) > len(best[1]):
            best = record.name, content
    return best


@contextmanager
def fresh_database(label: str, core: list[str]):
    """A database of its own made from the template of ``core``; gone afterwards."""
    name = f"{label}_{uuid.uuid4().hex[:8]}"
    postgres.copy(template(core), name)
    try:
        yield name
    finally:
        postgres.drop(name)
