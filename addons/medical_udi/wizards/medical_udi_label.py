import base64
import math

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

_MOST = 10_000


class MedicalUdiLabel(models.TransientModel):
    """UDI labels of lots: what to print, in which size, and the PDF that came of it."""

    _name = "medical.udi.label"
    _description = "Print UDI Labels"
    _inherit = ["medical.window.mixin"]

    layout = fields.Selection(
        [
            ("50x25", "50 × 25 mm, one per page"),
            ("100x50", "100 × 50 mm, one per page"),
            ("a4", "A4 sheet, 24 of 70 × 37 mm"),
        ],
        default="50x25",
        required=True,
    )
    symbology = fields.Selection(
        [("datamatrix", "DataMatrix"), ("code128", "Code 128")],
        default="datamatrix",
        required=True,
        help="GS1 codes become GS1 DataMatrix or GS1-128, with FNC1 in first position.",
    )
    level = fields.Selection(
        [("device", "Each device"), ("package", "Each package")],
        default="device",
        required=True,
        help="Each package: labels of the packaging level that was scanned, else of the smallest package.",
    )
    skip = fields.Integer("Used Places", help="Places of the first sheet that have no label any more.")
    line_ids = fields.One2many("medical.udi.label.line", "wizard_id", "Labels")
    total = fields.Integer("Number of Labels", compute="_compute_total")
    file = fields.Binary("Labels as PDF", readonly=True, attachment=False)
    filename = fields.Char(default="udi-labels.pdf", readonly=True)

    @api.depends("line_ids.copies")
    def _compute_total(self):
        for wizard in self:
            wizard.total = sum(wizard.line_ids.mapped("copies"))

    @api.onchange("level")
    def _onchange_level(self):
        self.line_ids._compute_di_id()

    @api.model
    def _open(self, rows):
        """The window to print labels of ``rows``: dicts ``lot_id``, ``quantity`` (units to be labelled, 0 for one label)
        and, where a packaging level was scanned, ``scanned_di_id``. Transfers, lots and production orders call it."""
        wizard = self.create(
            {
                "level": "package" if any(row.get("scanned_di_id") for row in rows) else "device",
                "line_ids": [Command.create(row) for row in rows],
            }
        )
        return wizard._window()

    def _window(self):
        return self._medical_form(self.env._("Print UDI Labels"))

    def action_print(self):
        from ..report.udi_label import LAYOUTS, DoesNotFit, render

        self.ensure_one()
        lines = self.line_ids.filtered("copies")
        self._check_lines(lines)
        places = LAYOUTS[self.layout].columns * LAYOUTS[self.layout].rows
        if not 0 <= self.skip < places and self.layout == "a4":
            raise UserError(self.env._("A sheet has %(places)s places: skip fewer than that.", places=places))
        try:
            pdf = render(lines._labels(), self.layout, self.symbology, self.skip if self.layout == "a4" else 0)
        except DoesNotFit as failure:
            raise UserError(
                self.env._(
                    "The label of %(lot)s cannot be printed readably in this size: choose a larger one, or DataMatrix.",
                    lot=failure.label.name,
                )
            ) from failure
        self.file = base64.b64encode(pdf)
        lines._log_printed()
        return self._window()

    def action_change(self):
        """Back to what is to be printed."""
        self.ensure_one()
        self.file = False
        return self._window()

    def _check_lines(self, lines):
        if not lines:
            raise UserError(self.env._("There is no label to print: enter the number of copies."))
        if self.total > _MOST:
            raise UserError(
                self.env._("%(total)s labels are too many at once: print up to %(most)s.", total=self.total, most=_MOST)
            )
        problems = [problem for line in lines if (problem := line._problem())]
        if problems:
            shown = problems[:20]
            if len(problems) > len(shown):
                shown.append(self.env._("… and %(count)s more.", count=len(problems) - len(shown)))
            raise UserError("\n".join(shown))


class MedicalUdiLabelLine(models.TransientModel):
    """The labels of one lot at one packaging level."""

    _name = "medical.udi.label.line"
    _description = "UDI Label"
    _inherit = ["medical.window.mixin"]

    wizard_id = fields.Many2one("medical.udi.label", required=True, index=True, ondelete="cascade")
    lot_id = fields.Many2one("stock.lot", required=True, ondelete="cascade")
    product_id = fields.Many2one(related="lot_id.product_id")
    scanned_di_id = fields.Many2one("medical.udi.di")
    di_id = fields.Many2one(
        "medical.udi.di",
        "DI",
        compute="_compute_di_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('product_id', '=', product_id), ('state', '!=', 'draft')]",
    )
    quantity = fields.Float("Units", digits="Product Unit", readonly=True)
    copies = fields.Integer(compute="_compute_copies", store=True, readonly=False, precompute=True)
    label_text = fields.Char("Text on the Label", compute="_compute_label_text")

    @api.depends("lot_id", "scanned_di_id")
    def _compute_di_id(self):
        """Not again when the level is written: that would undo what was typed on the lines meanwhile."""
        packages = self._smallest_packages()
        for line in self:
            device = line.lot_id.udi_di_id or line.scanned_di_id.primary_di_id
            if line.wizard_id.level == "package":
                scanned = line.scanned_di_id if line.scanned_di_id.contained_di_id else None
                line.di_id = scanned or packages.get(device) or device
            else:
                line.di_id = device

    def _smallest_packages(self):
        found = {}
        devices = (self.lot_id.udi_di_id | self.scanned_di_id.primary_di_id).ids
        for di in self.env["medical.udi.di"].search(
            [("primary_di_id", "in", devices), ("contained_di_id", "!=", False), ("state", "!=", "draft")],
            order="unit_quantity, id",
        ):
            found.setdefault(di.primary_di_id, di)
        return found

    @api.depends("di_id", "quantity")
    def _compute_copies(self):
        for line in self:
            units = line.di_id.unit_quantity or 1.0
            # Rounded first: 30 units of 0.1 are 3 packages of 1.
            line.copies = max(1, math.ceil(round(line.quantity / units, 6)))

    @api.depends("di_id", "lot_id")
    def _compute_label_text(self):
        for line in self:
            carrier, problem = line._carrier()
            line.label_text = carrier.hri if carrier else problem or False

    def _facts(self):
        """What the label of this level says beside the DI: arguments of ``engine.compose``."""
        self.ensure_one()
        di, known = self.di_id, self.lot_id._udi_data()
        flags = {
            "lot": di.has_lot,
            "serial": di.has_serial,
            "expiry": di.has_expiry,
            "production_date": di.has_production_date,
        }
        if di.unit_quantity > 1:
            # A package holds several serial numbers.
            flags["serial"] = False
        return {name: known[name] for name, shown in flags.items() if shown}

    def _carrier(self):
        """(carrier, None), or (None, why there is none); (None, None) without a DI."""
        from ..engine import compose

        if not self.di_id:
            return None, None
        try:
            return compose(self.di_id.issuing_agency, self.di_id.code, **self._facts()), None
        except ValueError as failure:
            return None, str(failure)

    def _problem(self):
        """A sentence on what this label lacks; None where it can be printed."""
        self.ensure_one()
        lot = self.lot_id
        name = {"product": lot.product_id.display_name, "lot": lot.name}
        if not self.di_id:
            return self.env._("%(product)s, %(lot)s: the lot has no DI; scan the box, or set it on the lot.", **name)
        if self.copies < 0:
            return self.env._("%(product)s, %(lot)s: a number of copies is not negative.", **name)
        if self.di_id.product_id != lot.product_id:
            return self.env._("%(product)s, %(lot)s: %(di)s is the DI of another product.", di=self.di_id.code, **name)
        if self.di_id.state == "draft":
            return self.env._(
                "%(product)s, %(lot)s: the DI %(di)s is a draft; activate it first.", di=self.di_id.code, **name
            )
        if lot.udi_di_id and self.di_id.primary_di_id != lot.udi_di_id:
            return self.env._(
                "%(product)s, %(lot)s: the lot belongs to %(own)s, and %(di)s is no package of it.",
                own=lot.udi_di_id.code,
                di=self.di_id.code,
                **name,
            )
        wanted = {
            "lot": self.env._("a lot number"),
            "serial": self.env._("a serial number"),
            "expiry": self.env._("an expiry date"),
            "production_date": self.env._("a production date"),
        }
        lacking = [wanted[fact] for fact, value in self._facts().items() if not value]
        if lacking:
            return self.env._(
                "%(product)s, %(lot)s: the label of %(di)s shows %(lacking)s, which the lot does not have. Enter it on the "
                "lot, or correct what the DI says is on the label.",
                di=self.di_id.code,
                lacking=", ".join(lacking),
                **name,
            )
        _carrier, problem = self._carrier()
        return self.env._("%(product)s, %(lot)s: %(problem)s", problem=problem, **name) if problem else None

    def _labels(self):
        from ..report.udi_label import Label

        labels = []
        for line in self:
            carrier, _problem = line._carrier()
            labels.append(
                Label(carrier, line._title(), tuple(line._rows()), line.lot_id.name, line.copies, tuple(line._marks()))
            )
        return labels

    def _title(self):
        di = self.di_id
        title = di.brand or self.product_id.name
        return f"{title} ({di.uom_id.name})" if di.contained_di_id else title

    def _rows(self):
        """Symbols of ISO 15223-1 with their texts; dates as 21 CFR 801.18 asks for."""
        facts = {"reference": self.di_id.catalog_number or self.product_id.default_code, **self._facts()}
        symbols = {"reference": "REF", "lot": "LOT", "serial": "SN", "expiry": "expiry", "production_date": "made"}
        for name, symbol in symbols.items():
            if fact := facts.get(name):
                yield symbol, fact if isinstance(fact, str) else fact.isoformat()

    def _marks(self):
        yield "MD"
        yield "UDI"
        if self.di_id.sterile:
            yield "STERILE"
        if self.di_id.single_use:
            yield "single_use"

    def _log_printed(self):
        """The printing is part of the history of each lot."""
        bodies = {}
        for line in self:
            text = self.env._("%(count)s UDI labels printed: %(text)s", count=line.copies, text=line.label_text)
            bodies[line.lot_id.id] = f"{bodies[line.lot_id.id]}\n{text}" if line.lot_id.id in bodies else text
        self.lot_id._message_log_batch(bodies=bodies)
