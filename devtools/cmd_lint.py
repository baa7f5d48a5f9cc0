"""./dev lint"""

from . import environment, lint
from .main import parser
from .term import say
from .testing import Outcome


def outcome() -> Outcome:
    """Each check counts as one test."""
    findings = lint.run_all()
    failed = {name: text for name, text in findings.items() if text}
    log = "\n".join(f"== {name}\n{text}" for name, text in failed.items())
    say(f"lint: {len(findings) - len(failed)} passed, {len(failed)} failed — {'FAILED' if failed else 'ok'}")
    return Outcome("lint", len(findings) - len(failed), len(failed), 0, log)


def main(arguments: list[str]) -> int:
    options = parser("lint")
    options.add_argument("--fix", action="store_true", help="first write README.rst of each addon from readme/")
    if options.parse_args(arguments).fix:
        for addon in lint.fix():
            say(f"{addon}: README.rst written")
    environment.ensure()
    result = outcome()
    if result.failed:
        print(result.log)
    return 1 if result.failed else 0
