import base64
import csv
import io

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..models.medical_udi_di_import import REGISTRATION


class MedicalUdiDiExport(models.TransientModel):
    """Device identifiers as a table that can be imported again, or that an authority's form asks for."""

    _name = "medical.udi.di.export"
    _description = "Export Device Identifiers"
    _inherit = ["medical.window.mixin"]

    profile = fields.Selection(
        [("own", "Our own"), ("fda", "FDA GUDID"), ("nmpa", "NMPA UDI database")],
        "Columns",
        default="own",
        required=True,
    )
    kind = fields.Selection([("xlsx", "XLSX"), ("csv", "CSV")], "File Type", default="xlsx", required=True)
    di_ids = fields.Many2many("medical.udi.di", string="Selected DIs")
    di_count = fields.Integer(
        "Records", compute="_compute_di_count", help="The selected ones; all where none is selected."
    )
    file = fields.Binary(readonly=True, attachment=False)
    filename = fields.Char(readonly=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "medical.udi.di" and "di_ids" in fields_list:
            values["di_ids"] = [Command.set(self.env.context.get("active_ids") or [])]
        return values

    @api.depends("di_ids")
    def _compute_di_count(self):
        for wizard in self:
            wizard.di_count = len(wizard.di_ids) or self.env["medical.udi.di"].search_count([])

    def action_export(self):
        from ..engine import di_records

        self.ensure_one()
        dis = self.di_ids or self.env["medical.udi.di"].search(Domain.TRUE)
        dis.check_access("read")
        if not dis:
            raise UserError(self.env._("There is no device identifier to export."))
        markets = self.env["medical.udi.market"]._by_code()
        profile = di_records.with_markets(di_records.PROFILES[self.profile], markets)
        table = [di_records.headers(profile)]
        # Contents before packages, so that the file can be imported from top to bottom.
        for di in dis.sorted(lambda di: (di.primary_di_id.code or "", di.unit_quantity, di.code)):
            table.append(di_records.write(profile, self._values(di)))
        data = workbook(table) if self.kind == "xlsx" else text(table)
        self.write({"file": base64.b64encode(data), "filename": f"device-identifiers-{self.profile}.{self.kind}"})
        return self._medical_form(self.env._("Export Device Identifiers"))

    @api.model
    def _values(self, di):
        """What a row says of the DI, by the names of ``engine.di_records``."""
        from ..engine import di_records

        inner = di.contained_di_id
        values = {column.field: di[column.field] for column in di_records.OWN.columns if column.field in di._fields}
        known_storage = di.storage_min or di.storage_max
        values.update(
            product=di.product_id.default_code or di.product_id.barcode,
            product_name=di.product_id.name,
            packaging=di.uom_id.name,
            contains=inner.code,
            contained_quantity=di.contained_quantity if inner else None,
            replaces=di.replaced_di_id.code,
            manufacturer=di.manufacturer_id.name,
            storage_min=di.storage_min if known_storage else None,
            storage_max=di.storage_max if known_storage else None,
            primary_code=di.primary_di_id.code,
            status=di.state,
            deviceIdType="Package" if inner else "Primary",
            pkgStatus=("In Commercial Distribution" if di.state == "active" else "Not in Commercial Distribution")
            if inner
            else None,
            deviceRecordStatus={"draft": "Draft", "active": "Published", "discontinued": "Deactivated"}[di.state],
            cpmctymc=di.product_id.name,
        )
        for row in di.registration_ids.sorted(lambda row: row.state != "withdrawn"):
            for part, name in REGISTRATION.items():
                values[f"registration_{part}@{row.market_id.code}"] = row[name]
        return values


def workbook(table):
    """XLSX of a table of texts. Every cell is a text with the mark that a typed apostrophe leaves: never a formula."""
    import xlsxwriter

    from ..engine.di_records import safe

    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    plain = book.add_format({"quote_prefix": True, "num_format": "@"})
    bold = book.add_format({"bold": True})
    for number, row in enumerate(table):
        for column, cell in enumerate(row):
            if cell:
                # An apostrophe of the text's own is doubled, because reading takes one off.
                content = safe(cell) if cell.startswith("'") else cell
                sheet.write_string(number, column, content[:32_000], plain if number else bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(table[0]) - 1, 0), 18)
    book.close()
    return target.getvalue()


def text(table):
    """CSV that spreadsheets open rightly: with a byte order mark, and no cell that they take for a formula."""
    from ..engine.di_records import safe

    target = io.StringIO(newline="")
    csv.writer(target).writerows([safe(cell) for cell in row] for row in table)
    return target.getvalue().encode("utf-8-sig")
