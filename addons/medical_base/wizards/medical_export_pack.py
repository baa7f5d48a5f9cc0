import base64
import csv
import hashlib
import io
import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

BATCH = 1000
SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
# Read by their own rules; the pack adds those that belong to its records.
NOT_SELECTABLE = ("medical.audit.entry", "medical.audit.head", "medical.signature")
# A spreadsheet takes a text that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class MedicalExportPack(models.TransientModel):
    """Write regulated records, their signatures and their audit trail to one file with hashes."""

    _name = "medical.export.pack"
    _description = "Export Pack"

    model = fields.Selection(
        lambda self: self._selection_model(), "Records", help="Empty: all regulated records that you may read."
    )
    res_ids = fields.Json("Chosen Records", readonly=True)
    res_count = fields.Integer("Records Chosen", compute="_compute_res_count")
    date_from = fields.Date("Created From")
    date_to = fields.Date("Created To")
    with_attachments = fields.Boolean("Attachments", default=True)
    reason = fields.Char(required=True, help="For whom and why; it is kept in the audit trail.")
    pack = fields.Binary(attachment=False, readonly=True)
    pack_name = fields.Char(readonly=True)
    pack_sha256 = fields.Char("SHA-256 of the Pack", readonly=True)
    record_count = fields.Integer("Records in the Pack", readonly=True)

    @api.model
    def default_get(self, fields):
        """From a list, the pack holds the chosen records."""
        defaults = super().default_get(fields)
        model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids")
        if model in dict(self._selection_model()) and isinstance(ids, list) and ids:
            defaults.update(model=model, res_ids=ids)
        return defaults

    @api.depends("res_ids")
    def _compute_res_count(self):
        for wizard in self:
            wizard.res_count = len(wizard.res_ids or [])

    @api.model
    def _selection_model(self):
        return [(name, self.env["ir.model"]._get(name).name) for name in self._regulated_models()]

    @api.model
    def _regulated_models(self) -> list[str]:
        """Models of the suite with an audit trail or append-only rows that the user may read, by description."""
        registry = self.env.registry
        kinds = (registry["medical.audited.mixin"], registry["medical.append.only.mixin"])
        names = [
            name
            for name, model_class in registry.items()
            if issubclass(model_class, kinds)
            and name.startswith("medical.")  # what is Odoo's own has a trail, and is no record of the suite
            and model_class._auto
            and not (model_class._abstract or model_class._transient)
            and name not in NOT_SELECTABLE
            and self.env[name].has_access("read")
        ]
        return sorted(names, key=lambda name: (self.env[name]._description, name))

    # Export

    def action_export(self):
        """Make the pack: what the user may read, in the companies that are selected."""
        self.ensure_one()
        self.env["medical.audit.entry"].check_access("read")
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say for whom and why you export: it is kept in the audit trail."))
        with tempfile.TemporaryFile() as file:
            count = self._write_pack(file)
            file.seek(0)
            content = file.read()
        sha256 = hashlib.sha256(content).hexdigest()
        today = fields.Date.to_string(fields.Date.today())
        self.write(
            {
                "pack": base64.b64encode(content),
                "pack_name": f"export-pack-{today}.zip",
                "pack_sha256": sha256,
                "record_count": count,
            }
        )
        self.env["medical.audit.entry"]._log(
            self._name,
            [(self.id, self.pack_name, "(exported)", None, f"{count} records, SHA-256 {sha256}")],
            self.reason,
        )
        return self._medical_form(self.env._("Export Pack"))

    def _write_pack(self, file) -> int:
        names = [self.model] if self.model else self._regulated_models()
        if self.model and self.model not in self._regulated_models():
            raise UserError(self.env._("%(model)s holds no regulated records.", model=self.model))
        counts: dict[str, int] = {}
        with _HashedZip(file) as pack:
            for name in names:
                records = self.env[name].with_context(active_test=False).search(self._domain(name), order="id")
                if not records:
                    continue
                counts[name] = len(records)
                self._write_records(pack, records)
                self._write_about(pack, records)
                if self.with_attachments:
                    self._write_attachments(pack, records)
            if not counts:
                raise UserError(self.env._("There are no records to export. Choose other records or other dates."))
            count, last_hash = self.env["medical.audit.head"].sudo()._read_head()  # numbers only
            limits = self.env["medical.audit.entry"].sudo()._limits()  # numbers only
            pack.finish(
                {
                    "exported_on": fields.Datetime.to_string(fields.Datetime.now()),
                    "exported_by": f"{self.env.user.name} (#{self.env.uid})",
                    "reason": self.reason,
                    "database": self.env.cr.dbname,
                    "companies": self.env.companies.mapped("name"),
                    "records": counts,
                    "audit_head": {"count": count, "last_hash": last_hash},
                    "not_known": limits,
                }
            )
        return sum(counts.values())

    def _domain(self, name: str) -> Domain:
        domain = Domain("id", "in", self.res_ids) if self.res_ids and name == self.model else Domain.TRUE
        created = next((field for field in ("create_date", "date") if field in self.env[name]._fields), None)
        if created and self.date_from:
            domain &= Domain(created, ">=", self.date_from)
        if created and self.date_to:
            domain &= Domain(created, "<", fields.Date.add(self.date_to, days=1))
        return domain

    def _write_records(self, pack, records):
        """One CSV for people and one file of JSON lines for programs, with every stored field the user may read."""
        described = records.fields_get(attributes=["type", "store"])
        names = [
            name
            for name, field in sorted(described.items())
            if field["store"] and field["type"] not in ("binary", "one2many")
        ]
        self._write_lines(pack, records._name, records, names)
        with pack.open(f"{records._name}.csv") as table:
            writer = csv.writer(table)
            writer.writerow(names)
            for row in self._rows(records, names):
                writer.writerow([self._cell(row[name]) for name in names])

    def _write_lines(self, pack, title, records, names):
        with pack.open(f"{title}.jsonl") as lines:
            for row in self._rows(records, names):
                lines.write(json.dumps(row, default=str, ensure_ascii=False) + "\n")

    def _rows(self, records, names) -> Iterator[dict]:
        for start in range(0, len(records), BATCH):
            batch = records[start : start + BATCH]
            yield from batch.read(names)
            batch.invalidate_recordset(flush=False)

    @api.model
    def _cell(self, value):
        if value is False or value is None:
            return ""
        if isinstance(value, tuple):
            value = f"{value[1]} (#{value[0]})"
        elif isinstance(value, (list, dict)):
            value = json.dumps(value, default=str)
        return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value

    def _write_about(self, pack, records):
        """The signatures and the audit trail of the records, as far as the user may read them."""
        for name, title in (("medical.signature", "signatures"), ("medical.audit.entry", "audit_trail")):
            found = self.env[name].search([("model", "=", records._name), ("res_id", "in", records.ids)], order="id")
            if found:
                fields_ = [
                    field for field, info in sorted(found.fields_get(attributes=["store"]).items()) if info["store"]
                ]
                self._write_lines(pack, f"{records._name}.{title}", found, fields_)

    def _write_attachments(self, pack, records):
        attachments = self.env["ir.attachment"].search(
            [("res_model", "=", records._name), ("res_id", "in", records.ids), ("type", "=", "binary")], order="id"
        )
        for attachment in attachments:
            name = re.sub(r"[^\w.-]+", "_", attachment.name).lstrip(".") or "file"
            pack.add(f"attachments/{records._name}/{attachment.res_id}/{attachment.id}-{name}", attachment.raw or b"")
            attachment.invalidate_recordset(["raw", "datas"], flush=False)


class _HashedZip:
    """A ZIP archive that keeps the SHA-256 of every file in it and writes them down at the end."""

    def __init__(self, file):
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._files: dict[str, dict] = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._zip.close()

    @contextmanager
    def open(self, name: str):
        """A text file for the archive; it is hashed and packed when it is complete."""
        with tempfile.TemporaryFile() as file:
            text = io.TextIOWrapper(file, encoding="utf-8", newline="")
            yield text
            text.flush()
            text.detach()
            self._files[name] = {"size": file.tell()}
            file.seek(0)
            self._files[name]["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            with self._zip.open(name, "w", force_zip64=True) as packed:
                shutil.copyfileobj(file, packed)

    def add(self, name: str, content: bytes):
        self._zip.writestr(name, content)
        self._files[name] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}

    def finish(self, about: dict):
        """Manifest, and the sums in the form that ``sha256sum -c`` reads."""
        manifest = json.dumps({**about, "files": self._files}, indent=1, ensure_ascii=False)
        self.add(MANIFEST, manifest.encode())
        self._zip.writestr(SUMS, "".join(f"{info['sha256']}  {name}\n" for name, info in self._files.items()))
