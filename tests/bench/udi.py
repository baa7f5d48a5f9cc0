"""The UDI parser: correctness on the shared vectors and speed, beside biip and Odoo's own nomenclature parser.

All read the same strings in the same run. The vectors are not part of the project; without them only the speed is
measured. Speed is one process on one core, over the valid GS1 element strings (all that the peers can read) and, for
ours, over all strings.
"""

import json
import subprocess

from devtools import benching, odoo, paths
from devtools.benching import Figure, stage
from devtools.term import Failure, say

VECTORS = paths.SHARED / "data" / "udi_vectors.json"
FIELDS = ("issuing_agency", "di", "lot", "serial", "expiry", "production_date", "quantity")
RIGHT_LIMIT, REFUSED_LIMIT, SPEED_LIMIT = 99.0, 98.0, 20_000


def _ours(rows) -> list[dict]:
    """Our own command line, as DESIGN.md has it."""
    result = subprocess.run(
        odoo.command("udi", "--jsonl"),
        env=odoo.process_environment(),
        capture_output=True,
        text=True,
        input="".join(json.dumps({"raw": row["raw"]}) + "\n" for row in rows),
    )
    lines = result.stdout.splitlines()
    if result.returncode or len(lines) != len(rows):
        raise Failure(f"./dev odoo udi ended with {result.returncode} and {len(lines)} lines\n{result.stderr[-2000:]}")
    return [json.loads(line) for line in lines]


def _correctness(rows) -> list[Figure]:
    answers = _ours(rows)
    valid = [(row, answer) for row, answer in zip(rows, answers, strict=True) if row["valid"]]
    invalid = [answer for row, answer in zip(rows, answers, strict=True) if not row["valid"]]
    right = [all(answer[name] == row[name] for name in FIELDS) and answer["valid"] for row, answer in valid]
    refused = [not answer["valid"] for answer in invalid]
    figures = [
        Figure(
            f"{len(valid)} valid strings read fully right",
            round(100 * sum(right) / len(right), 2),
            "%",
            RIGHT_LIMIT,
            at_least=True,
        ),
        Figure(
            f"{len(invalid)} invalid strings refused or flagged",
            round(100 * sum(refused) / len(refused), 2),
            "%",
            REFUSED_LIMIT,
            at_least=True,
        ),
    ]
    for agency in ("GS1", "HIBCC", "ICCBBA", "IFA", "MA", "AHM"):
        mine = [good for (row, _answer), good in zip(valid, right, strict=True) if row["issuing_agency"] == agency]
        figures.append(Figure(f"  {agency}: read fully right of {len(mine)}", sum(mine), "strings"))
    return figures


def measure(options: benching.Options) -> list[Figure]:
    figures = []
    rows = json.loads(VECTORS.read_text(encoding="utf-8")) if VECTORS.is_file() else []
    if rows:
        say("udi: vectors through the command line")
        figures += _correctness(rows)
    else:
        say("udi: skipped correctness, there is no udi_vectors.json in ../shared/data beside the project")
    say("udi: peers and speed")
    took = stage("udi_peers", *(["--vectors", VECTORS] if rows else []), "--scans", options.size or 20_000, peer=True)
    for peer in ("biip", "Odoo"):
        for kind, words in (
            ("right", "valid GS1 strings read fully right"),
            ("refused", "invalid GS1 strings refused"),
        ):
            if rows:
                figures.append(
                    Figure(
                        f"{words}, of {took['ours'][f'{kind}_of']}",
                        took["ours"][kind],
                        "strings",
                        took[peer][kind],
                        peer,
                        took[peer][kind],
                        at_least=True,
                    )
                )
        figures.append(
            Figure(
                "GS1 element strings on one core",
                round(took["ours"]["speed"]),
                "scans/s",
                SPEED_LIMIT,
                peer,
                round(took[peer]["speed"]),
                at_least=True,
            )
        )
    figures.append(
        Figure(
            "all kinds of strings on one core", round(took["ours"]["speed_all"]), "scans/s", SPEED_LIMIT, at_least=True
        )
    )
    return figures
