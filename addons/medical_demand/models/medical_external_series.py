import csv
import io
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class MedicalExternalSeries(models.Model):
    """A series from outside that may drive demand: procedures, an index, beds. It counts only where it helps."""

    _name = "medical.external.series"
    _description = "External Series"
    _inherit = ["medical.guarded.mixin", "medical.audited.mixin", "mail.thread"]
    _order = "name"
    _check_company_auto = True
    _audited_fields = ("name", "active", "category_ids")

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    source = fields.Char(help="Where the figures come from, for whoever asks.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    category_ids = fields.Many2many(
        "product.category", string="Categories", help="Products it may drive, with subcategories; empty for all."
    )
    value_ids = fields.One2many("medical.external.value", "series_id", "Values")
    value_count = fields.Integer(compute="_compute_value_count")
    pasted = fields.Text(
        "Paste Values",
        store=False,
        help="One line per value: a date and a number, with a tab, semicolon or comma between, as copied from a spreadsheet. "
        "A date that is there already gets the new value.",
    )

    @api.depends("value_ids")
    def _compute_value_count(self):
        self._medical_count("value_count", "medical.external.value", "series_id")

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create([{key: value for key, value in vals.items() if key != "pasted"} for vals in vals_list])
        for record, vals in zip(records, vals_list, strict=True):
            record._paste(vals.get("pasted"))
        return records

    def write(self, vals):
        result = super().write({key: value for key, value in vals.items() if key != "pasted"})
        for record in self:
            record._paste(vals.get("pasted"))
        return result

    def _paste(self, text):
        """Take over pasted values; nothing changes when a line cannot be read."""
        if not text or not text.strip():
            return
        found = {}
        delimiter = next((one for one in "\t;," if one in text), ",")
        for number, line in enumerate(csv.reader(io.StringIO(text.strip()), delimiter=delimiter), 1):
            if not any(cell.strip() for cell in line):
                continue
            try:
                day, value = fields.Date.to_date(line[0].strip()), float(line[1].strip().replace(" ", ""))
            except (ValueError, IndexError):
                if number == 1:
                    continue  # a heading
                raise UserError(
                    self.env._(
                        "Line %(number)d cannot be read: '%(line)s'. Each line is a date like 2026-01-31 and a number.",
                        number=number,
                        line=delimiter.join(line),
                    )
                ) from None
            found[day] = value
        known = {value.date: value for value in self.value_ids}
        new = []
        for day, value in found.items():
            if day in known:
                known[day].value = value
            else:
                new.append({"series_id": self.id, "date": day, "value": value})
        self.env["medical.external.value"].create(new)

    # What runs ask for

    @api.model
    def _for_run(self, company, starts):
        """[(series, list of its mean value in each period, None where there is none)]; ``starts`` are period starts."""
        from ..engine import calendar

        series = self.search([("company_id", "=", company.id)])
        rows = self.env["medical.external.value"]._read_group(
            [("series_id", "in", series.ids)], ["series_id", "date:day"], ["value:avg"]
        )
        sums = defaultdict(list)
        for owner, day, value in rows:
            sums[owner, calendar.period_start(fields.Date.to_date(day), company.medical_period)].append(value)
        return [
            (owner, [sum(found) / len(found) if (found := sums.get((owner, start))) else None for start in starts])
            for owner in series
        ]

    def _about(self, series):
        """Positions in ``series`` (product forecasts) that it may drive."""
        self.ensure_one()
        if not self.category_ids:
            return list(range(len(series)))
        allowed = set(self.env["product.category"].search([("id", "child_of", self.category_ids.ids)]).ids)
        return [place for place, row in enumerate(series) if row.product_id.categ_id.id in allowed]


class MedicalExternalValue(models.Model):
    _name = "medical.external.value"
    _description = "Value of an External Series"
    _order = "date desc"

    series_id = fields.Many2one("medical.external.series", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="series_id.company_id", store=True, index=True)
    date = fields.Date(required=True)
    value = fields.Float(required=True, aggregator="avg")

    _one_per_day = models.UniqueIndex("(series_id, date)", "A series has one value per day.")

    @api.constrains("value")
    def _check_finite(self):
        if any(row.value != row.value or abs(row.value) > 1e15 for row in self):
            raise ValidationError(self.env._("A value is a number."))
