import base64
import gzip
from contextlib import closing

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class MedicalDemandImportWizard(models.TransientModel):
    _name = "medical.demand.import.wizard"
    _description = "Import Demand History"

    file = fields.Binary(
        required=True,
        help="CSV, also gzipped, with the columns product_code, warehouse_code, date and "
        "quantity, and optionally product_name and stockout_days.",
    )
    file_name = fields.Char()
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    as_of = fields.Date("Data up to", help="Empty: the end of the last period in the file.")
    repair_labels = fields.Boolean(
        "Unify Spellings", default=True, help="Codes that differ only in case, width or blanks count as one."
    )
    repair_timestamps = fields.Boolean(
        "Correct Time Zone Shifts", default=True, help="Times that are all shifted by a time zone count for their day."
    )
    state = fields.Selection([("file", "File"), ("checked", "Checked")], default="file", readonly=True)
    summary = fields.Html(readonly=True)

    def _text(self):
        self.ensure_one()
        data = base64.b64decode(self.file)
        try:
            if data[:2] == b"\x1f\x8b":
                data = gzip.decompress(data)
            return data.decode("utf-8-sig")
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise UserError(
                self.env._("The file is not a CSV file in UTF-8 (or gzip of one): save it as 'CSV UTF-8'.")
            ) from error

    def _import(self):
        return self.env["medical.demand.import"]._import_text(
            self._text(),
            self.file_name or self.env._("demand.csv"),
            self.company_id,
            as_of=self.as_of,
            repair_labels=self.repair_labels,
            repair_timestamps=self.repair_timestamps,
        )

    def action_check(self):
        """Show what an import would do; the import itself is taken back at once."""
        with closing(self.env.cr.savepoint()):
            batch = self._import()
            batch._work_off()
            summary = self.env["ir.qweb"]._render(
                "medical_demand.demand_import_summary",
                {"batch": batch, "as_of": format_date(self.env, batch.as_of), "remarks": batch.remark_ids[:50]},
            )
        self.write({"state": "checked", "summary": summary})
        return self._medical_form(self.env._("Import Demand History"))

    def action_import(self):
        batch = self._import()
        return batch._medical_form(batch.name, target="current")
