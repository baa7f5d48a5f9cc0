import io

from odoo import api, fields, models

# Rows of one worksheet, and of one step in writing them.
SHEET_ROWS = 1_000_000
STEP = 20_000


class MedicalTraceWorkbook(models.AbstractModel):
    _name = "medical.trace.workbook"
    _description = "Lot Trace Workbook"
    _inherit = "medical.trace.screen"

    def _workbook(self, model, ids, direction):
        """(file name, content, movements) of the whole trace: movements, consignees or suppliers, places."""
        import xlsxwriter

        trace = self._run(self._source_lots(model, ids), direction)
        total, shown = self._counts(trace)
        output = io.BytesIO()
        # What came from a scanner or a partner must stay text: no formulas, no links.
        plain = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        book = xlsxwriter.Workbook(output, {"constant_memory": True, **plain})
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "date": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
        }
        self._write_summary(book, formats, trace, shown, total)
        self._write_sheet(
            book,
            formats,
            self.env._("Consignees") if direction == "forward" else self.env._("Suppliers"),
            self._partner_columns(direction),
            self._totals_by_partner(trace),
        )
        self._write_sheet(
            book, formats, self.env._("Our Places"), self._place_columns(), self._totals_by_place(trace.reached)
        )
        self._write_movements(book, formats, trace.query, shown)
        book.close()
        self._log(trace, "export", total)
        name = "".join(char if char.isalnum() or char in "-_." else "_" for char in trace.lots[:1].name or "trace")
        return f"trace_{name}_{direction}.xlsx", output.getvalue(), shown

    @api.model
    def export_later(self, model, ids, direction):
        """Have the workbook of a large trace written in the background; answers the action that shows it."""
        lots = self._source_lots(model, ids)
        self._check_direction(direction)
        # sudo: exports are made here only, of what may be traced; nobody edits them.
        export = (
            self.env["medical.trace.export"]
            .sudo()
            .create(
                {
                    "company_id": self.env.company.id,
                    "company_ids": self.env.companies.ids,
                    "subject": self._subject(lots),
                    "lot_ids": lots.ids,
                    "direction": direction,
                }
            )
            .with_env(self.env)
        )
        export.action_start()
        return export._medical_form(export.name, target="current")

    def _moment(self, text):
        """A stored moment as the reader's clock shows it."""
        if not text:
            return None
        return fields.Datetime.context_timestamp(self, fields.Datetime.to_datetime(text)).replace(tzinfo=None)

    def _write_summary(self, book, formats, trace, shown, total):
        sheet = book.add_worksheet(self.env._("Trace"))
        sheet.set_column(0, 0, 30)
        sheet.set_column(1, 1, 60)
        title = self.env._("Where it went") if trace.direction == "forward" else self.env._("Where it came from")
        sheet.write_string(0, 0, title, formats["title"])
        facts = [
            (self.env._("Traced"), self._subject(trace.lots)),
            (self.env._("Lots reached"), len(trace.reached)),
            (self.env._("Movements"), shown),
            (self.env._("Movements of other companies, not shown"), total - shown),
            (self.env._("Company"), self.env.company.name),
            (self.env._("Asked by"), self.env.user.name),
        ]
        for number, (label, value) in enumerate(facts, 2):
            sheet.write(number, 0, label)
            sheet.write(number, 1, value)
        sheet.write(2 + len(facts), 0, self.env._("Asked at"))
        sheet.write_datetime(2 + len(facts), 1, self._moment(fields.Datetime.now()), formats["date"])

    def _partner_columns(self, direction):
        forward = direction == "forward"
        return [
            (self.env._("Consignee") if forward else self.env._("Supplier"), "partner", 34),
            (self.env._("Company"), "commercial_partner", 30),
            (self.env._("Address"), "address", 50),
            (self.env._("Country"), "country", 8),
            (self.env._("Email"), "email", 28),
            (self.env._("Phone"), "phone", 18),
            (self.env._("Code"), "product_code", 14),
            (self.env._("Product"), "product", 34),
            (self.env._("Delivered") if forward else self.env._("Received"), "moved", 11),
            (self.env._("Returned"), "returned", 11),
            (self.env._("Net"), "quantity", 11),
            (self.env._("Unit"), "unit", 9),
            (self.env._("Lots"), "lots", 8),
            (self.env._("First"), "first_date", 17),
            (self.env._("Last"), "last_date", 17),
        ]

    def _place_columns(self):
        return [
            (self.env._("Location"), "location", 40),
            (self.env._("Code"), "product_code", 14),
            (self.env._("Product"), "product", 34),
            (self.env._("Quantity"), "quantity", 11),
            (self.env._("Reserved"), "reserved", 11),
            (self.env._("Unit"), "unit", 9),
            (self.env._("Lots"), "lots", 8),
        ]

    def _movement_columns(self):
        return [
            (self.env._("Date"), "date", 17),
            (self.env._("Movement"), "kind_name", 16),
            (self.env._("Document"), "reference", 20),
            (self.env._("Source Document"), "origin", 16),
            (self.env._("Code"), "product_code", 14),
            (self.env._("Product"), "product", 34),
            (self.env._("Lot/Serial Number"), "lot", 20),
            (self.env._("Manufacturer's Lot"), "udi_lot", 16),
            (self.env._("Expiry"), "expiration_date", 17),
            (self.env._("Quantity"), "quantity", 11),
            (self.env._("Unit"), "unit", 9),
            (self.env._("From"), "source", 28),
            (self.env._("To"), "target", 28),
            (self.env._("Partner"), "partner", 34),
            (self.env._("Address"), "address", 50),
            (self.env._("Carrier"), "carrier", 18),
            (self.env._("Tracking Reference"), "tracking_reference", 20),
            (self.env._("Package"), "package", 16),
            (self.env._("Company"), "company", 24),
        ]

    def _new_sheet(self, book, formats, name, columns):
        sheet = book.add_worksheet(name[:31])
        for number, (label, _column, width) in enumerate(columns):
            sheet.set_column(number, number, width)
            sheet.write_string(0, number, label, formats["head"])
        sheet.freeze_panes(1, 0)
        return sheet

    def _write_row(self, sheet, formats, number, columns, row):
        for position, (_label, column, _width) in enumerate(columns):
            value = row[column]
            if value is None or value is False:
                continue
            if column.endswith("date"):
                sheet.write_datetime(number, position, self._moment(value), formats["date"])
            elif isinstance(value, str):
                sheet.write_string(number, position, value)
            else:
                sheet.write_number(number, position, value)

    def _write_sheet(self, book, formats, name, columns, rows):
        sheet = self._new_sheet(book, formats, name, columns)
        for number, row in enumerate(rows, 1):
            self._write_row(sheet, formats, number, columns, row)

    def _write_movements(self, book, formats, query, count):
        columns = self._movement_columns()
        sheet, used = None, SHEET_ROWS
        part = 0
        for offset in range(0, max(count, 1), STEP):
            if used >= SHEET_ROWS:
                part += 1
                name = self.env._("Movements")
                sheet = self._new_sheet(book, formats, name if part == 1 else f"{name} {part}", columns)
                used = 0
            for row in self._with_kind_names(self._page(query, STEP, offset)):
                used += 1
                self._write_row(sheet, formats, used, columns, row)
