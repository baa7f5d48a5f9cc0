from odoo.cli import Command


class Forecast(Command):
    """Forecast every series of a demand table (unique_id, ds, y) without a database."""

    name = "forecast"
    epilog = """
    The table is CSV, optionally gzipped. Several dates in one period are summed; a missing period between rows
    is 0, with --gaps nan it is not observed; an empty y is never observed. Each series is forecast from its own
    last row. Written are unique_id, ds, mean, q05 … q99 and model; with --lead-time also OUTPUT.ltd.csv with the
    demand summed over that many periods. The last line on standard output is JSON.
    Exit code 0, also when series were refused; 2 when the table or an option cannot be used.
    """

    def run(self, args):
        import json
        import sys

        self._options()
        options = self.parser.parse_args(args)
        try:
            summary = self._forecast(options)
        except (OSError, ValueError, EOFError) as error:
            sys.stderr.write(f"{self.prog}: {error}\n")
            sys.exit(2)
        sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")

    def _options(self):
        add = self.parser.add_argument
        add("--input", required=True, metavar="FILE", help="demand.csv or demand.csv.gz")
        add("--freq", required=True, help="pandas alias of a month, week or day: MS, ME, W-SUN, W-MON, D")
        add("--horizon", type=_positive, default=12, help="periods ahead (default 12)")
        add("--season", type=_positive, help="periods in a season (default 12 months, 52 weeks, 7 days)")
        add("--lead-time", type=_lead_time, metavar="PERIODS", help="also demand summed over that many periods")
        add("--gaps", choices=("zero", "nan"), default="zero", help="what a missing inner period is")
        add("--output", required=True, metavar="FILE", help="where to write the forecast")

    def _forecast(self, options):
        import time

        from odoo.addons.medical_demand.engine import table as tables

        # Odoo loads this file as odoo.cli.forecast: there is no package to be relative to.
        # pylint: disable=odoo-addons-relative-import
        from odoo.addons.medical_forecast.engine import forecast as engine
        from odoo.addons.medical_forecast.engine import frames

        begin = time.perf_counter()
        freq = tables.frequency(options.freq)
        table = tables.read_csv(options.input, freq, options.season, options.gaps)
        settings = engine.Settings(horizon=options.horizon)
        result = engine.forecast(table.panel, settings, cover=options.lead_time)
        frames.frame(result, table).to_csv(options.output, index=False)
        if options.lead_time is not None:
            frames.cover_frame(result).to_csv(_beside(options.output), index=False)
        models = frames.leading_model(result)
        refused = (*table.refused, *result.refused)
        return {
            "series": len(result.keys),
            "refused": [{"unique_id": item.key, "reason": item.reason} for item in refused],
            "seconds": round(time.perf_counter() - begin, 3),
            "peak_mb": _peak_mb(),
            "models": {name: int((models == name).sum()) for name in result.models if (models == name).any()},
        }


def _positive(text):
    return _number(text, int, lambda number: 1 <= number <= 1000, "a whole number from 1 to 1000")


def _lead_time(text):
    return _number(text, float, lambda number: 0 < number <= 1000, "a number of periods above 0, at most 1000")


def _number(text, kind, good, words):
    from argparse import ArgumentTypeError

    try:
        number = kind(text)
    except ValueError:
        number = None
    if number is None or not good(number):
        raise ArgumentTypeError(f"{text!r} is not {words}")
    return number


def _beside(path):
    """out.csv -> out.ltd.csv, out.csv.gz -> out.ltd.csv.gz."""
    from pathlib import Path

    output = Path(path)
    for ending in (".csv.gz", ".csv"):
        if output.name.endswith(ending):
            return output.with_name(output.name.removesuffix(ending) + ".ltd" + ending)
    return output.with_name(output.name + ".ltd.csv")


def _peak_mb():
    """Largest memory of this process so far, in MB."""
    import resource
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
