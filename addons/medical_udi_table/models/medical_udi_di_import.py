import base64
import contextlib
import csv
import io
import zipfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from psycopg2 import Error as DatabaseError

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import QUALITY_USER, REGULATORY, step
from odoo.addons.medical_udi.engine import identifiers
from odoo.addons.medical_udi.models.medical_udi_di import CODES, NEW_DI_FIELDS

_lt = LazyTranslate(__name__)
_SAVED_TOGETHER = 500
_MOST_ROWS = 100_000
_MOST_BYTES = 20_000_000
_MOST_UNPACKED = 300_000_000
_SHOWN = 15
# Values of a row that are no fields of the DI: they name other records.
_REFERENCES = frozenset({"product", "packaging", "contains", "replaces", "manufacturer"})
# What is known of a registration: part of the value's name → field.
REGISTRATION = {"number": "number", "version": "version", "from": "valid_from", "to": "valid_to"}


class _Undo(Exception):
    """Nothing of the import stays."""


@dataclass(eq=False)
class _Row:
    """A row of the file: its values, what it turned into and what is wrong with it."""

    number: int
    cells: Sequence
    values: dict
    errors: list[tuple[str, str]]
    columns: dict[str, str]
    """Name of a value → how the file calls it."""
    key: tuple[str, str] | None = None
    di: models.BaseModel | None = None
    outcome: str | None = None
    changes: dict = field(default_factory=dict)
    registrations: dict = field(default_factory=dict)

    def wrong(self, name, sentence):
        self.errors.append((self.columns.get(name, ""), sentence))


class MedicalUdiDiImport(models.Model):
    """Device identifiers from a table: checked row by row, then saved as a whole or without the wrong rows.

    The good rows of a large file are saved in batches. All rows or none is one batch, because it is one transaction.
    """

    _name = "medical.udi.di.import"
    _description = "Import of Device Identifiers"
    _inherit = ["medical.job.mixin"]
    _order = "id desc"
    _rec_name = "filename"
    _guarded_fields = (
        *("created_count", "updated_count", "unchanged_count"),
        *("refused_count", "wrong", "problems", "error_file"),
    )
    # The file of an import that was refused stays as it was; a corrected one is another import.
    _settles = {"checked": ("file", "filename", "profile"), "refused": ("mode", "activate")}
    _job_groups = (QUALITY_USER, REGULATORY)
    _job_cron = "medical_udi_table.ir_cron_import"
    _lock_class = 1297370199
    _as_user = True
    _at_once = _batch_size = 5_000

    file = fields.Binary("XLSX or CSV File", copy=False)
    filename = fields.Char(copy=False)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    profile = fields.Selection(
        [("auto", "By the headers"), ("own", "Our own"), ("fda", "FDA GUDID"), ("nmpa", "NMPA UDI database")],
        "Columns",
        default="auto",
        required=True,
    )
    mode = fields.Selection(
        [("all", "All rows or none"), ("good", "The good rows, without the wrong ones")],
        "Save",
        default="all",
        required=True,
    )
    activate = fields.Boolean("Activate New DIs", help="Otherwise they stay drafts, which cannot be scanned.")
    state = fields.Selection(
        selection_add=[
            ("draft", "New"),
            ("checked", "Checked"),
            ("refused", "Refused"),
            ("running",),
            ("done", "Imported"),
        ],
        ondelete={"checked": "cascade", "refused": "cascade"},
    )
    total = fields.Integer("Rows")
    created_count = fields.Integer("New", readonly=True, copy=False)
    updated_count = fields.Integer("Changed", readonly=True, copy=False)
    unchanged_count = fields.Integer("Unchanged", readonly=True, copy=False)
    refused_count = fields.Integer("Wrong Rows", readonly=True, copy=False)
    wrong = fields.Json(readonly=True, copy=False, help="Row, column and what is wrong, of the rows read so far.")
    problems = fields.Text(readonly=True, copy=False)
    error_file = fields.Binary("Wrong Rows as File", readonly=True, attachment=False, copy=False)
    error_filename = fields.Char(default="wrong-rows.xlsx", readonly=True)

    @step("draft", "checked", "refused", to="checked", label=_lt("Check Only"), group=(QUALITY_USER, REGULATORY))
    def action_check(self):
        """Say what the import would do; nothing is saved."""
        for each in self:
            own = each._for_work()
            profile, headers, rows = own._read()
            with contextlib.suppress(_Undo), self.env.cr.savepoint():
                own._process(rows, profile, 0, len(rows))
                raise _Undo
            own._guarded_write({"total": len(rows), **own._outcome(rows), **own._told(profile, headers, rows)})

    @step("draft", "checked", "refused", to="running", label=_lt("Import"), on="started")
    def action_start(self):
        """Save the rows; a large file is worked off by the scheduled action."""
        return super()._do_start()  # pylint: disable=super-method-mismatch

    @step("draft", "checked", "refused", "running", "failed", to="cancelled", label=_lt("Cancel"), on="finished")
    def action_cancel(self):
        """Stop it; what was saved stays."""

    @step("running", to="refused", label=_lt("Refused"), access="read", system=True, on="finished")
    def _refuse(self):
        """Rows are wrong, and all were to be saved or none."""

    def _prepare(self):
        _profile, _headers, rows = self._for_work()._read()
        self._guarded_write(
            {
                **dict.fromkeys(("position", "created_count", "updated_count", "unchanged_count", "refused_count"), 0),
                **dict.fromkeys(("wrong", "problems", "error_file"), False),
                "total": len(rows),
            }
        )

    def _work_batch(self):
        profile, headers, rows = self._read()
        whole = self.mode == "all"
        stop = len(rows) if whole else self.position + self._batch_size
        left = 0
        with contextlib.suppress(_Undo), self.env.cr.savepoint():
            left = self._process(rows, profile, self.position, stop)
            if whole and any(row.errors for row in rows):
                raise _Undo
        values = {name: self[name] + count for name, count in self._outcome(rows).items()}
        values["position"] = min(stop, self.total)
        values["wrong"] = [(row.number, *error) for row in rows for error in row.errors]
        values["message"] = self.env._("%(done)d of %(total)d rows read", done=values["position"], total=self.total)
        self._guarded_write(values if left else {**values, **self._told(profile, headers, rows)})
        if not left:
            self._refuse() if whole and self.refused_count else self._finish()
        return left

    def _read(self):
        """(profile, headers, rows) of the file."""
        self.env["medical.udi.di"].check_access("create")
        table = self._read_file()
        profile, headers = self._find_profile(table[0][1])
        return profile, headers, self._read_rows(profile, headers, table[1:])

    # Reading the file

    def _read_file(self):
        """Rows (number in the file, cells) without empty ones; the first holds the headers."""
        if not self.file:
            raise UserError(self.env._("Choose a file first."))
        data = base64.b64decode(self.with_context(bin_size=False).file)
        if len(data) > _MOST_BYTES:
            raise UserError(self.env._("The file is larger than 20 MB: split it."))
        rows = []
        for number, cells in self._read_sheet(data) if data[:2] == b"PK" else self._read_text(data):
            if any(cell not in (None, "") for cell in cells):
                rows.append((number, cells))
            if len(rows) > _MOST_ROWS + 1:
                raise UserError(self.env._("The file has more than %(most)s rows: split it.", most=_MOST_ROWS))
        if len(rows) < 2:
            raise UserError(self.env._("The file has no rows below the headers."))
        return rows

    def _read_sheet(self, data):
        from openpyxl import load_workbook

        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(item.file_size for item in archive.infolist()) > _MOST_UNPACKED:
                    raise UserError(self.env._("The workbook unpacks to more than 300 MB: split it."))
            sheet = load_workbook(io.BytesIO(data), read_only=True, data_only=True).active
            yield from enumerate(sheet.iter_rows(values_only=True), 1)
        except UserError:
            raise
        # A damaged workbook fails in a hundred ways inside the library.
        except Exception as failure:
            raise UserError(
                self.env._("The file is no readable XLSX workbook: save it again as XLSX or CSV.")
            ) from failure

    def _read_text(self, data):
        for encoding in ("utf-8-sig", "gb18030", "latin-1"):
            with contextlib.suppress(UnicodeDecodeError):
                text = data.decode(encoding)
                break
        if "\x00" in text:
            raise UserError(self.env._("The file is neither XLSX nor CSV."))
        first = text.split("\n", 1)[0]
        delimiter = max(",;\t|", key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            for cells in reader:
                yield reader.line_num, cells
        except csv.Error as failure:
            raise UserError(
                self.env._(
                    "Line %(line)s of the file cannot be read as CSV: %(problem)s",
                    line=reader.line_num,
                    problem=failure,
                )
            ) from failure

    def _find_profile(self, cells):
        from ..engine import di_records

        headers = [str(cell or "").strip() for cell in cells]
        markets = self.env["medical.udi.market"]._by_code()
        profiles = {name: di_records.with_markets(profile, markets) for name, profile in di_records.PROFILES.items()}
        profile = di_records.recognise(headers, profiles.values()) if self.profile == "auto" else profiles[self.profile]
        if not profile or not di_records.recognise(headers, [profile]):
            raise UserError(
                self.env._(
                    "The first row has no column for the DI: it is called 'di' in our own tables, 'deviceId' or 'PrimaryDI' in "
                    "those of the FDA, 'zxxsdycpbs' in those of the NMPA. Export some records to see all columns."
                )
            )
        twice = di_records.twice(profile, headers)
        if twice:
            raise UserError(
                self.env._(
                    "These columns stand for the same thing as another one: %(columns)s.", columns=", ".join(twice)
                )
            )
        return profile, headers

    def _read_rows(self, profile, headers, table):
        from ..engine import di_records

        columns = di_records.columns(profile, headers)
        rows, seen = [], {}
        for number, cells in table:
            values, errors = di_records.read(profile, headers, cells)
            row = _Row(number, cells, values, errors, columns)
            rows.append(row)
            agency = values.setdefault("issuing_agency", "GS1")
            for name in (*CODES, "contains", "replaces"):
                if values.get(name):
                    values[name] = identifiers.normal(agency, values[name])
            if not values.get("code"):
                if not errors:
                    row.wrong("code", self.env._("The DI is missing."))
                continue
            key = (agency, values["code"])
            before = seen.setdefault(key, row)
            if before is row:
                row.key = key
            else:
                row.wrong(
                    "code", self.env._("%(di)s stands in row %(row)s already.", di=values["code"], row=before.number)
                )
        return rows

    # From rows to records

    def _process(self, rows, profile, start, stop):
        """Save the rows without an error from place ``start`` to ``stop``, in the order in which they can be saved.

        The others get their errors. Earlier batches have done with what is before ``start``.

        :return: how many rows are left after ``stop``
        """
        keyed = {row.key: row for row in rows if row.key}
        self._check_codes(keyed.values())
        known = self._known(keyed)
        levels = self._levels(keyed)
        names = self._named(keyed)
        may_register = self.env.user.has_group(REGULATORY)
        found = defaultdict(list)
        for number, *error in self.wrong or ():
            found[number].append(tuple(error))
        place = 0
        for level in levels:
            first, last = max(start - place, 0), max(stop - place, 0)
            for row in level[:first]:
                row.errors, row.di = found[row.number], known.get(row.key)
            ready = []
            for row in level[first:last]:
                if not row.errors:
                    self._resolve(row, keyed, known, names, profile)
                if not row.errors:
                    self._compare(row)
                if not row.errors:
                    self._take_registrations(row, may_register, profile)
                if not row.errors:
                    ready.append(row)
            for at in range(0, len(ready), _SAVED_TOGETHER):
                self._save_batch(ready[at : at + _SAVED_TOGETHER])
            place += len(level)
        return max(place - stop, 0)

    def _check_codes(self, rows):
        for row in rows:
            for name in CODES:
                code = row.values.get(name)
                if sentence := identifiers.problem(row.key[0], code) if code else None:
                    row.wrong(name, self.env._("%(di)s: %(problem)s", di=code, problem=sentence))

    def _known(self, keyed):
        """(agency, code) → DI that is there already, with what else is asked of them, in a few queries."""
        codes = {code for _agency, code in keyed}
        for row in keyed.values():
            codes |= {row.values[name] for name in ("contains", "replaces") if row.values.get(name)}
        dis = self.env["medical.udi.di"].search([("code", "in", list(codes))])
        known = {(di.issuing_agency, di.code): di for di in dis}
        # sudo: a DI of another company is taken as well; only that it is taken is told.
        for di in self.env["medical.udi.di"].sudo().search([("code", "in", list(codes)), ("id", "not in", dis.ids)]):
            known[di.issuing_agency, di.code] = None
        return known

    def _levels(self, keyed):
        """The rows level by level: what a row contains or replaces in the file is saved before it."""
        sorter = TopologicalSorter(
            {
                row: [
                    keyed[key]
                    for name in ("contains", "replaces")
                    if (key := (row.key[0], row.values.get(name))) in keyed
                ]
                for row in keyed.values()
            }
        )
        with contextlib.suppress(CycleError):
            sorter.prepare()
        levels, left = [], set(keyed.values())
        while sorter.is_active():
            levels.append(sorted(sorter.get_ready(), key=lambda row: row.number))
            sorter.done(*levels[-1])
            left.difference_update(levels[-1])
        for row in left:
            row.wrong(
                "contains", self.env._("The package contains itself in the end: correct what it contains or replaces.")
            )
        return levels

    def _named(self, keyed):
        """Products, packagings and manufacturers by the names that the file gives them."""
        texts = defaultdict(set)
        for row in keyed.values():
            for name in ("product", "manufacturer", "catalog_number"):
                if row.values.get(name):
                    texts[name].add(row.values[name])
        codes = texts["product"] | texts["catalog_number"]
        barcodes = codes | {code for key in keyed for code in self._barcodes(key)}
        products = defaultdict(lambda: self.env["product.product"])
        domain = ["|", ("default_code", "in", list(codes)), ("barcode", "in", list(barcodes))]
        for product in self.env["product.product"].search(domain):
            for text in {product.default_code, product.barcode} - {False}:
                products[text] |= product
        partners = defaultdict(lambda: self.env["res.partner"])
        if texts["manufacturer"]:
            for partner in self.env["res.partner"].search([("name", "in", list(texts["manufacturer"]))]):
                partners[partner.name] |= partner
        units = self.env["uom.uom"].search(Domain.TRUE)
        packagings = {}
        for unit in units:
            packagings.setdefault(unit.name.casefold(), unit)
        return {"products": products, "partners": partners, "packagings": packagings, "units": units}

    @api.model
    def _barcodes(self, key):
        """How a DI may be written as the barcode of a product."""
        agency, code = key
        if agency != "GS1":
            return {code}
        return {code, *(code[-length:] for length in (13, 12, 8) if not code[:-length].strip("0"))}

    def _resolve(self, row, keyed, known, names, profile):
        """Put the records that the row names into ``row.changes``."""
        values, changes = row.values, row.changes
        row.di = known.get(row.key)
        if row.key in known and row.di is None:
            row.wrong("code", self.env._("%(di)s belongs to another company.", di=row.key[1]))
            return
        changes.update({name: value for name, value in values.items() if name not in _REFERENCES and "@" not in name})
        self._resolve_dis(row, keyed, known)
        if row.errors:
            return
        product = self._resolve_product(row, names)
        if row.errors:
            return
        changes["product_id"] = product.id
        if values.get("manufacturer"):
            self._resolve_manufacturer(row, names)
        self._resolve_packaging(row, product, names, profile)

    def _resolve_dis(self, row, keyed, known):
        for name, target in (("contains", "contained_di_id"), ("replaces", "replaced_di_id")):
            code = row.values.get(name)
            if not code:
                continue
            other = keyed.get((row.key[0], code))
            if other is not None and other.errors:
                row.wrong(name, self.env._("%(di)s in row %(row)s is wrong.", di=code, row=other.number))
                return
            found = other.di if other is not None else known.get((row.key[0], code))
            if not found:
                row.wrong(name, self.env._("There is no DI %(di)s: register it first, or add it to the file.", di=code))
                return
            row.changes[target] = found.id

    def _resolve_product(self, row, names):
        values = row.values
        contained = self.env["medical.udi.di"].browse(row.changes.get("contained_di_id"))
        own = row.di.product_id if row.di else contained.product_id
        if not values.get("product") and own:
            return own
        text = values.get("product") or values.get("catalog_number")
        tried = [text] if values.get("product") else [text, *self._barcodes(row.key)]
        found = next(filter(None, map(names["products"].get, tried)), None)
        if found and own in found:
            return own
        if not found:
            row.wrong(
                "product",
                self.env._(
                    "There is no product with the code or barcode '%(text)s': correct it, or create the product.",
                    text=text,
                )
                if text
                else self.env._("The product is missing: give its code or barcode."),
            )
            return own
        if len(found) > 1:
            row.wrong(
                "product",
                self.env._(
                    "%(count)s products have the code '%(text)s': give the barcode.", count=len(found), text=text
                ),
            )
            return own
        if contained and contained.product_id != found:
            row.wrong(
                "product",
                self.env._(
                    "%(inner)s, which it contains, is of %(other)s.",
                    inner=contained.code,
                    other=contained.product_id.display_name,
                ),
            )
        return found

    def _resolve_manufacturer(self, row, names):
        found = names["partners"].get(row.values["manufacturer"])
        if found and row.di and row.di.manufacturer_id in found:
            found = row.di.manufacturer_id
        if not found:
            row.wrong("manufacturer", self.env._("There is no contact with this name: create it first."))
        elif len(found) > 1:
            text = self.env._("%(count)s contacts have this name: make their names differ.", count=len(found))
            row.wrong("manufacturer", text)
        else:
            row.changes["manufacturer_id"] = found.id

    def _resolve_packaging(self, row, product, names, profile):
        """The unit by its name; the tables of the authorities have names of their own: the unit that holds as many."""
        text = row.values.get("packaging")
        unit = names["packagings"].get(text.casefold()) if text else None
        contained = self.env["medical.udi.di"].browse(row.changes.get("contained_di_id"))
        if unit:
            row.changes["uom_id"] = unit.id
        elif text and not profile.market:
            row.wrong(
                "packaging",
                self.env._("There is no unit of measure '%(text)s': create it, or correct the name.", text=text),
            )
        elif contained and (text or not row.di):
            units = row.changes.get("contained_quantity", 1.0) * contained.unit_quantity
            fitting = names["units"].filtered(
                lambda unit: (
                    unit._has_common_reference(product.uom_id)
                    and not product.uom_id.compare(unit._compute_quantity(1.0, product.uom_id, round=False), units)
                )
            )
            unit = (row.di.uom_id & fitting if row.di else None) or (fitting & product.uom_ids)[:1] or fitting[:1]
            if unit:
                row.changes["uom_id"] = unit.id
            else:
                row.wrong(
                    "packaging",
                    self.env._(
                        "There is no unit of measure for a package of %(units)g %(unit)s: create it, or give the name of one.",
                        units=units,
                        unit=product.uom_id.name,
                    ),
                )

    def _compare(self, row):
        """Keep only what differs from the DI that is there, and refuse what would make it another device."""
        di = row.di
        if not di:
            return
        row.changes = {name: value for name, value in row.changes.items() if di._is_change(name, row.changes)}
        if di.state == "draft":
            return
        columns = {"product_id": "product", "uom_id": "packaging", "contained_di_id": "contains"}
        for name in filter(NEW_DI_FIELDS.__contains__, row.changes):
            row.wrong(
                columns.get(name, name),
                self.env._(
                    "%(di)s is in use, and another '%(field)s' makes it another device: give it a DI of its own.",
                    di=di.code,
                    field=di._fields[name]._description_string(self.env),
                ),
            )

    def _take_registrations(self, row, may_register, profile):
        """Registrations that are new or differ: market → values."""
        given = defaultdict(dict)
        for name, value in row.values.items():
            field, at, market = name.partition("@")
            if at:
                given[market][REGISTRATION[field.removeprefix("registration_")]] = value
        if not given:
            return
        if row.changes.get("contained_di_id") or row.di and row.di.contained_di_id:
            # The tables of the authorities repeat the device's registration on the rows of its packages.
            if not profile.market:
                row.wrong(
                    "contains", self.env._("A package is not registered: put the registration on the device in it.")
                )
            return
        for market, values in given.items():
            begin, end = values.get("valid_from"), values.get("valid_to")
            column = f"registration_to@{market}"
            if begin and end and end < begin:
                row.wrong(column, self.env._("A registration ends on or after the day it begins."))
                continue
            there = self._registration(row.di, market)
            if there:
                values = {name: value for name, value in values.items() if (there[name] or "") != value}
                if values and there.state != "draft":
                    row.wrong(
                        f"registration_number@{market}",
                        self.env._(
                            "%(registration)s is %(state)s already: change it there.",
                            registration=there.display_name,
                            state=there._state_label().lower(),
                        ),
                    )
            if values and not may_register:
                row.wrong(f"registration_number@{market}", self.env._("Only regulatory affairs enter registrations."))
            elif values:
                row.registrations[market] = values

    @api.model
    def _registration(self, di, market):
        """The registration there that counts: not a withdrawn one where there is another."""
        rows = di.registration_ids.filtered(lambda row: row.market_id.code == market) if di else None
        return rows and (rows.filtered(lambda row: row.state != "withdrawn") or rows)[:1]

    def _save_batch(self, rows):
        """Save a batch at once; where something is wrong that shows only then, row by row, to tell which."""
        try:
            with self.env.cr.savepoint():
                self._save_rows(rows)
            return
        except (UserError, ValidationError, AccessError, DatabaseError):
            self._forget(rows)
        for row in rows:
            try:
                with self.env.cr.savepoint():
                    self._save_rows([row])
            except (UserError, ValidationError, AccessError) as failure:
                row.wrong("", str(failure))
            except DatabaseError:
                row.wrong("code", self.env._("%(di)s cannot be saved: somebody else has just saved it.", di=row.key[1]))
            if row.errors:
                self._forget([row])

    @api.model
    def _forget(self, rows):
        """What was created was undone."""
        for row in rows:
            if row.outcome == "created":
                row.di = None
            row.outcome = None

    def _save_rows(self, rows):
        reason = self.env._("Import of %(file)s", file=self.filename or "")
        dis = self.env["medical.udi.di"].with_context(tracking_disable=True)._with_reason(reason)
        new = [row for row in rows if not row.di]
        created = dis.create([{**row.changes, "issuing_agency": row.key[0], "code": row.key[1]} for row in new])
        for row, di in zip(new, created, strict=True):
            row.di, row.outcome = di, "created"
        for row in rows:
            if row.outcome == "created":
                continue
            row.outcome = "updated" if row.changes or row.registrations else "unchanged"
            if row.changes:
                row.di.with_env(dis.env).write(row.changes)
        self._write_registrations(rows, dis.env)
        if self.activate and created:
            created.action_activate()

    def _write_registrations(self, rows, env):
        asked = [(row, market, values) for row in rows for market, values in row.registrations.items()]
        markets = env["medical.udi.market"]._by_code() if asked else {}
        new = []
        for row, market, values in asked:
            there = self._registration(row.di, market)
            if there:
                there.with_env(env).write(values)
            else:
                new.append({**values, "di_id": row.di.id, "market_id": markets[market].id})
        env["medical.udi.registration"].create(new)

    # What came of it

    @api.model
    def _outcome(self, rows):
        counts = Counter(row.outcome for row in rows if not row.errors)
        return {f"{outcome}_count": counts[outcome] for outcome in ("created", "updated", "unchanged")}

    def _told(self, profile, headers, rows):
        from ..engine import di_records

        bad = [row for row in rows if row.errors]
        lines = []
        left_out = di_records.unknown(profile, headers)
        if left_out:
            lines.append(
                self.env._("Columns that are not known and were left out: %(columns)s.", columns=", ".join(left_out))
            )
        errors = [(row, column, sentence) for row in bad for column, sentence in row.errors]
        for row, column, sentence in errors[:_SHOWN]:
            lines.append(
                self.env._("Row %(row)s, %(column)s: %(problem)s", row=row.number, column=column, problem=sentence)
                if column
                else self.env._("Row %(row)s: %(problem)s", row=row.number, problem=sentence)
            )
        if len(errors) > _SHOWN:
            lines.append(self.env._("… and %(count)s more in the file.", count=len(errors) - _SHOWN))
        return {
            "refused_count": len(bad),
            "problems": "\n".join(lines),
            "error_file": self._error_table(headers, errors) if errors else False,
        }

    def _error_table(self, headers, errors):
        """The wrong rows as they came, after what is wrong with them: correct and import this file again."""
        from ..engine.di_records import plain
        from ..wizards.medical_udi_di_export import workbook

        table = [[self.env._("Row"), self.env._("Column"), self.env._("Problem"), *headers]]
        for row, column, sentence in errors:
            table.append([str(row.number), column, sentence, *map(plain, row.cells)])
        return base64.b64encode(workbook(table))
