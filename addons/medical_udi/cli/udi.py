from odoo.cli import Command


class Udi(Command):
    """Read UDI scans of GS1, HIBCC, ICCBBA, IFA, MA and AHM without a database."""

    name = "udi"
    epilog = """
    One JSON object per scan, in order: issuing_agency, di, lot, serial, expiry, production_date, quantity, valid,
    errors and warnings (code and message), extra. With --jsonl scans come as lines {"raw": …} on standard input, one line
    out per line in. Scans that begin with a hyphen follow after --. Exit code 0 whatever the scans are.
    """

    def run(self, args):
        import os
        import sys

        add = self.parser.add_argument
        add("--jsonl", action="store_true", help='read {"raw": …} lines on standard input')
        add("--separator", action="append", default=[], metavar="TEXT", help="what this scanner sends for GS, e.g. '|'")
        add("raw", nargs="*", metavar="RAW")
        options = self.parser.parse_args(args)
        try:
            # None: a process that was started with its standard input closed.
            for line in sys.stdin.buffer if options.jsonl and sys.stdin else ():
                sys.stdout.write(self._line(*self._raw(line), options.separator) + "\n")
            for raw in options.raw:
                sys.stdout.write(self._line(raw, None, options.separator) + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            # Who reads has enough, as `head` has; Python would complain once more when it closes the output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    @staticmethod
    def _raw(line):
        """(raw, None) of an input line, or (None, what is wrong with it)."""
        import json

        try:
            row = json.loads(line.decode("utf-8"))
        except (ValueError, RecursionError):
            return None, "The line is no JSON."
        if not isinstance(row, dict) or not isinstance(row.get("raw"), str):
            return None, 'The line is no object with a text "raw".'
        return row["raw"], None

    @staticmethod
    def _line(raw, broken, separators):
        import json
        from dataclasses import asdict
        from datetime import date

        # Odoo loads this file as odoo.cli.udi: there is no package to be relative to.
        # pylint: disable=odoo-addons-relative-import
        from odoo.addons.medical_udi.engine import Issue, Udi, parse

        if broken:
            udi = Udi("", errors=(Issue("bad_input", broken),))
        else:
            udi = parse(raw, date.today(), tuple(separators))
        fields = asdict(udi)
        del fields["raw"]
        return json.dumps(fields, default=date.isoformat)
