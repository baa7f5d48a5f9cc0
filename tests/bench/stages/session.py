"""What every stage shares: one Odoo process on one database, measured from its start.

A stage is a script of its own, run with the Python of Odoo or of the peers, so that its
memory is that of a whole process. Its last line on standard output is JSON.
"""

import argparse
import json
import resource
import sys
import time
from contextlib import contextmanager
from pathlib import Path

TICKS_PER_SECOND = 100


def parser(description: str) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=description)
    options.add_argument("database")
    options.add_argument("--addons-path", help="folder of addons beside Odoo's own")
    return options


@contextmanager
def environment(known):
    """The superuser's environment on ``known.database``."""
    from odoo import SUPERUSER_ID, api
    from odoo.modules.registry import Registry
    from odoo.tools import config

    arguments = ["--no-http", "-d", known.database]
    if known.addons_path:
        arguments += ["--addons-path", known.addons_path]
    config.parse_config(arguments, setup_logging=True)
    with Registry(known.database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        company = env.ref("base.main_company")
        yield env(context={"allowed_company_ids": company.ids, "lang": "en_US"})


def peak_mb() -> float:
    """Largest resident memory of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _server_seconds(env) -> float:
    """Processor time of the session's server process; parallel helpers are not in it."""
    env.cr.execute("SELECT pg_backend_pid()")
    [process] = env.cr.fetchone()
    try:
        values = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(values[11]) + int(values[12])) / TICKS_PER_SECOND


@contextmanager
def measured(env, answer: dict, name: str):
    """Put wall and processor seconds of the block, database included, into ``answer``."""
    wall, own, server = time.perf_counter(), time.process_time(), _server_seconds(env)
    yield
    env.flush_all()
    answer[f"{name}_seconds"] = round(time.perf_counter() - wall, 3)
    answer[f"{name}_cpu"] = round(time.process_time() - own + _server_seconds(env) - server, 3)
    answer[f"{name}_peak_mb"] = round(peak_mb(), 1)
    tell(
        f"{name}: {answer[f'{name}_seconds']:.1f} s, processor {answer[f'{name}_cpu']:.1f} s, "
        f"peak {answer[f'{name}_peak_mb']:.0f} MB"
    )


def tell(text: str) -> None:
    sys.stderr.write(f"    {text}\n")
    sys.stderr.flush()


def finish(answer: dict) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()
