from odoo.cli import Command


class Replay(Command):
    """Replay stocking rules on a demand table (unique_id, ds, y) without a database and without looking ahead."""

    name = "replay"
    epilog = """
    From --start on every period: our rule is made from a forecast of what was known then, four references beside it;
    orders fill up to the maximum and arrive after a random lead time, the same for all rules; demand that cannot be
    served waits. Written is one JSON line per rule: suite, fixed, textbook, oca_safety_stock, ddmrp.
    stock_at_equal_service is the mean stock after one factor on the rule's buffer has brought its service to --service,
    null where ten times the buffer is not enough. Our rule keeps the target for all products together with the least
    units of stock, no demand class much under it: see --least-service.
    Exit code 0, also when series were refused (named on standard error); 2 when the table or an option cannot be used.
    """

    def run(self, args):
        import json
        import sys

        self._options()
        options = self.parser.parse_args(args)
        try:
            lines, refused = self._replay(options)
        except (OSError, ValueError, EOFError) as error:
            sys.stderr.write(f"{self.prog}: {error}\n")
            sys.exit(2)
        for item in refused:
            sys.stderr.write(f"{item.key}: {item.reason}\n")
        for line in lines:
            sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _options(self):
        add = self.parser.add_argument
        add("--input", required=True, metavar="FILE", help="demand.csv or demand.csv.gz")
        add("--freq", required=True, help="pandas alias of a month, week or day: MS, ME, W-SUN, W-MON, D")
        add("--season", type=int, help="periods in a season (default 12 months, 52 weeks, 7 days)")
        add("--gaps", choices=("zero", "nan"), default="zero", help="what a missing inner period is")
        add("--lead-time", type=float, required=True, metavar="PERIODS", help="mean lead time")
        add("--lead-time-sd", type=float, default=0.5, metavar="PERIODS", help="its standard deviation (default 0.5)")
        add("--service", type=float, required=True, help="target between 0 and 1")
        add("--service-type", choices=("cycle", "fill"), default="cycle", help="what the target counts")
        add(
            "--least-service",
            dest="least",
            type=float,
            metavar="SHARE",
            help="our rule lets all products together reach the target, none of them below this (default: three times the "
            "shortages of the target, 0.85 for 0.95); equal to --service: every product gets the same",
        )
        add("--start", default="36", metavar="N|DATE", help="first simulated period (default 36)")
        add("--replications", type=int, default=20, help="of the lead times (default 20)")
        add("--seed", type=int, default=0, help="of the lead times (default 0)")
        add(
            "--shelf-life",
            type=float,
            default=float("inf"),
            metavar="PERIODS",
            help="from receipt (default: no expiry)",
        )
        lost = "demand that cannot be served is lost instead of waiting"
        add("--lost-sales", dest="lost", action="store_true", help=lost)
        add(
            "--stress",
            action="store_true",
            help="replay as well, without telling the rules: lead time x 2, a vendor that takes no orders for two lead "
            "times, a warehouse that lets nothing out for half of one, demand x 1.5 from the start, which the rules find "
            "out as it comes in; one more line per scenario and rule",
        )
        add("--holding", type=float, default=0.2, help="cost of keeping a unit for a year (default 0.2)")
        add("--order-cost", type=float, default=50.0, help="cost of an order (default 50)")
        add("--stockout-cost", type=float, default=5.0, help="cost of a unit not served at once (default 5)")

    def _replay(self, options):
        from dataclasses import fields

        # Odoo loads this file as odoo.cli.replay: there is no package to be relative to.
        # pylint: disable=odoo-addons-relative-import
        from odoo.addons.medical_demand.engine import table as tables
        from odoo.addons.medical_planning.engine.replay.run import Options, replay

        if options.season is not None and not 1 <= options.season <= 1000:
            raise ValueError("A season has 1 to 1,000 periods.")
        freq = tables.frequency(options.freq)
        table = tables.read_csv(options.input, freq, options.season, options.gaps)
        given = vars(options) | {"fill": options.service_type == "fill", "start": _start(options.start)}
        wanted = Options(**{field.name: given[field.name] for field in fields(Options)})
        lines, refused = replay(table, wanted)
        return lines, (*table.refused, *refused)


def _start(text):
    import numpy as np

    if text.isdigit():
        return int(text)
    try:
        return np.datetime64(text, "D")
    except ValueError as error:
        raise ValueError(f"--start is a number of periods or a date like 2024-01-31, not {text!r}.") from error
