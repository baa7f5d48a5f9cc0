"""The servers that ./dev starts: Odoo with worker processes, and a PostgreSQL that keeps its word when killed."""

import shutil
import subprocess
import urllib.request

import pytest

from devtools import odoo, paths, postgres

HOLDS = 400
KILL = f"""
import psutil, psycopg2
from devtools import postgres

def connect():
    connection = psycopg2.connect(host=str(postgres.socket_dir()), user=postgres.ROLE, dbname="postgres")
    connection.autocommit = True
    return connection

with postgres.server():
    cursor = connect().cursor()
    cursor.execute("CREATE TABLE hold (number int)")
    cursor.execute("SHOW data_directory")
    [folder] = cursor.fetchone()
    with open(folder + "/postmaster.pid") as file:
        server = psutil.Process(int(file.readline()))
    programs = [server, *server.children(recursive=True)]
    for number in range({HOLDS}):
        cursor.execute("INSERT INTO hold VALUES (%s)", [number])
    for program in programs:
        program.kill()
    psutil.wait_procs(programs)

with postgres.server():
    cursor = connect().cursor()
    cursor.execute("SELECT count(*) FROM hold")
    print(*cursor.fetchone())
"""


@pytest.fixture
def own_cluster(tmp_path):
    """Folder of a second ./dev whose PostgreSQL is its own."""
    shutil.copytree(paths.ROOT / "devtools", tmp_path / "devtools")
    state = tmp_path / ".dev"
    state.mkdir()
    (state / "venv").symlink_to(paths.VENV)
    yield tmp_path
    python(tmp_path, "from devtools import postgres; postgres.stop_for_removal()")


def python(folder, script):
    result = subprocess.run(
        [paths.venv_python(), "-c", script], cwd=folder, text=True, stdin=subprocess.DEVNULL, capture_output=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_killed_postgres_loses_nothing_acknowledged(own_cluster):
    assert python(own_cluster, KILL) == f"{HOLDS}\n"


def test_workers_answer():
    with (
        postgres.server(),
        odoo.fresh_database("workers", paths.core_dependencies(paths.our_addons())) as database,
        odoo.serving(database, "--workers", 2, "--gevent-port", odoo.free_port()) as port,
    ):
        for _visit in range(3):
            page = urllib.request.urlopen(f"http://127.0.0.1:{port}/web/login", timeout=60).read()
            assert b'name="login"' in page
