import json
import sys
import time
from pathlib import Path

from odoo.cli import Command


class Plan(Command):
    """Plan a company now: forecast, reorder rules, requests for quotation.

    Goes on with a run that was interrupted. Progress goes to standard error; the last line
    on standard output is JSON.
    """

    name = "plan"

    def run(self, args):
        options = self._parse(args)

        from odoo import SUPERUSER_ID, api
        from odoo.exceptions import UserError
        from odoo.modules.registry import Registry
        from odoo.tools import config

        config.parse_config(["--no-http", "-d", options.database], setup_logging=True)
        begin = time.monotonic()
        with Registry(options.database).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if "medical.reorder.proposal" not in env:
                sys.exit(f"Database {options.database} has no medical_planning: install it first.")
            company = env["res.company"].browse(options.company) if options.company else env.ref("base.main_company")
            if not company.exists():
                sys.exit(f"Database {options.database} has no company {options.company}.")
            env = env(context={"allowed_company_ids": company.ids, "lang": "en_US", "tracking_disable": False})
            try:
                answer = self._plan(env, company.with_env(env), options)
            except UserError as error:
                sys.exit(str(error))
        answer["seconds"] = round(time.monotonic() - begin, 1)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        return 0

    def _parse(self, args):
        add = self.parser.add_argument
        add("-d", "--database", required=True)
        add("--company", type=int, metavar="ID", help="company to plan (default: the main one)")
        add("--history", metavar="FILE", type=Path, help="import this demand history (.csv, .csv.gz) first")
        add("--as-of", metavar="DATE", help="plan with what was known at the end of this day (YYYY-MM-DD)")
        add("--scenario", choices=("base", "high", "low"), default="base")
        pilot = "switch automatic planning on for the whole company where no scope is active"
        add("--pilot", action="store_true", help=pilot)
        add("--no-orders", action="store_true", help="do not run Odoo's scheduler afterwards")
        options = self.parser.parse_args(args)
        if options.as_of:
            from datetime import date

            try:
                options.as_of = date.fromisoformat(options.as_of)
            except ValueError:
                self.parser.error(f"--as-of {options.as_of}: write a date as YYYY-MM-DD")
        if options.history and not options.history.is_file():
            self.parser.error(f"--history {options.history}: there is no such file")
        return options

    def _plan(self, env, company, options):
        if options.history:
            self._import(env, company, options)
        if options.pilot:
            self._switch_on(env, company)
        env["ir.cron"]._commit_progress()
        run = env["medical.forecast.run"]._run_now(
            company, as_of=options.as_of, scenario=options.scenario, report=self._report
        )
        run.invalidate_recordset()
        answer = {
            "database": env.cr.dbname,
            "as_of": run.as_of.isoformat(),
            "series": run.total,
            "planned": run.planned_count,
            "refused": run.refused_count,
            "proposals": len(run.proposal_ids),
            "rules_written": run.applied_count,
        }
        if not options.no_orders:
            self._tell("Odoo's scheduler makes the requests for quotation")
            env["stock.rule"].run_scheduler(company_id=company.id)
            env["ir.cron"]._commit_progress()
        lines = env["purchase.order.line"].search(
            [
                ("company_id", "=", company.id),
                ("orderpoint_id.medical_managed", "=", True),
                ("order_id.state", "in", ("draft", "sent")),
            ]
        )
        answer.update(rfqs=len(lines.order_id), rfq_lines=len(lines))
        self._summary(run, answer)
        return answer

    def _tell(self, text):
        sys.stderr.write(f"  {text}\n")
        sys.stderr.flush()

    def _import(self, env, company, options):
        import gzip

        data = options.history.read_bytes()
        try:
            text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode("utf-8-sig")
        except (OSError, EOFError, UnicodeDecodeError):
            sys.exit(f"{options.history} is not a CSV file in UTF-8 (or gzip of one).")
        imports = env["medical.demand.import"]
        if imports._is_demo_database():
            imports._fit_period(text, options.history.name, company)
        batch = imports._import_text(text, options.history.name, company, as_of=options.as_of)
        batch._work_off()
        self._tell(
            f"{batch.name}: {batch.accepted} rows imported, {batch.refused} refused, {batch.flagged} flagged, "
            f"{batch.repaired} repairs, data up to {batch.as_of}"
        )
        shown = batch.remark_ids[:20]
        for remark in shown:
            place = f"line {remark.line}: " if remark.line else ""
            self._tell(f"  {remark.kind}: {place}{remark.column or ''} {remark.value or ''} — {remark.reason}")
        if more := len(batch.remark_ids) - len(shown):
            self._tell(f"  … and {more} more, all in Inventory → Reporting → Demand Imports")

    def _switch_on(self, env, company):
        scopes = env["medical.scope"]
        feature = env.ref("medical_planning.scope_feature_planning")
        if scopes.search_count(
            [("feature_id", "=", feature.id), ("company_id", "=", company.id), ("state", "=", "active")]
        ):
            return
        scope = scopes.create(
            [{"feature_id": feature.id, "company_id": company.id, "reason": "Pilot of the command line (--pilot)"}]
        )
        scope.action_activate()
        self._tell(f"automatic planning switched on for {company.name}")

    def _report(self, run):
        self._tell(f"{run.name}: {run.progress:3.0f} % — {run.message}")

    def _summary(self, run, answer):
        self._tell(
            f"{run.name}, data up to {answer['as_of']}: {answer['planned']} of {answer['series']} series planned, "
            f"{answer['refused']} not; {answer['proposals']} proposals, {answer['rules_written']} rules written, "
            f"{run.review_count} to review; {answer['rfqs']} RFQs with {answer['rfq_lines']} lines wait for the buyer"
        )
        self._tell(f"error {run.wape:.1%}, naive {run.wape_naive:.1%}: value added {run.fva:+.1%}")
        groups = run.env["medical.forecast.series"]._read_group(
            [("run_id", "=", run.id), ("state", "in", ("blocked", "refused", "failed"))], ["reason"], ["__count"]
        )
        for reason, count in sorted(groups, key=lambda group: -group[1]):
            self._tell(f"  not planned ({count}): {reason}")
