from odoo.cli import Command


class MedicalDemo(Command):
    """Write the history of the demo company into a database that has its master data.

    Runs once per database; a second run changes nothing and says so. The last line on
    standard output is JSON.
    """

    name = "medical_demo"

    def run(self, args):
        import json
        import sys

        options = self._options(args)
        try:
            result = self._generate(options)
            answer = self._answer(options, result)
        except (OSError, ValueError) as error:
            sys.exit(f"{self.prog}: {error}")
        told = (
            f"wrote {len(result.story.ledger.moves)} moves"
            if result.written
            else "it has its history already, nothing written"
        )
        sys.stderr.write(f"Demo company in {options.database}: {told}\n")
        sys.stdout.write(f"{json.dumps(answer)}\n")

    def _options(self, args):
        add = self.parser.add_argument
        add("-c", "--config", help="configuration file (default: ODOO_RC)")
        add("-d", "--database", required=True, help="database with the demo company")
        add("--months", type=int, default=30, help="months of history, 3 to 120 (default 30)")
        add("--seed", type=int, default=7, help="seed of the random numbers (default 7)")
        add("--history-file", metavar="PATH", help="also write the demand as CSV, gzipped if it ends in .gz")
        add("--history-period", choices=("month", "week"), default="month", help="period of its rows (default month)")
        options = self.parser.parse_args(args)
        if not 3 <= options.months <= 120:
            self.parser.error("--months must lie between 3 and 120")
        if options.seed < 0:
            self.parser.error("--seed must not be negative")
        return options

    def _generate(self, options):
        from datetime import date

        import psycopg2

        from odoo import SUPERUSER_ID, api
        from odoo.exceptions import UserError
        from odoo.modules.registry import Registry
        from odoo.tools import config

        arguments = ["--no-http", "-d", options.database]
        config.parse_config([*arguments, "-c", options.config] if options.config else arguments, setup_logging=True)
        try:
            registry = Registry(options.database)
        except psycopg2.OperationalError as error:
            raise ValueError(f"database {options.database} cannot be opened: {error}") from error
        if "medical.reorder.proposal" not in registry:
            raise ValueError(f"database {options.database} has no medical_demo; install it with --with-demo first")
        from odoo.addons.medical_demo.demo_generator import generate

        with registry.cursor() as cr:
            try:
                return generate(api.Environment(cr, SUPERUSER_ID, {}), date.today(), options.months, options.seed)
            except UserError as error:
                raise ValueError(str(error)) from error

    def _answer(self, options, result):
        from odoo.addons.medical_demo.demo_generator import history

        answer = {
            "database": options.database,
            "written": result.written,
            "today": result.story.horizon.today.isoformat(),
            "pairs": len(result.story.pairs),
            "served": round(result.story.served, 4),
            "rows": result.rows,
            "seconds": round(result.seconds, 1),
        }
        if options.history_file:
            answer["history_rows"] = history.write(options.history_file, result.story, options.history_period)
        return answer
