import hashlib
import json
from collections.abc import Iterable, Iterator

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .medical_audit_head import GENESIS

# Values of ``field_name`` for the creation and the deletion of a record.
CREATED = "(created)"
DELETED = "(deleted)"

CONTENT_COLUMNS = (
    "model",
    "res_id",
    "res_name",
    "field_name",
    "old_value",
    "new_value",
    "user_id",
    "date",
    "reason",
    "company_id",
)
SEAL_BATCH = 5000
READ_BATCH = 10000
MAX_FINDINGS = 1000


def _content_hash(values) -> str:
    """SHA-256 of the content, given in the order of ``CONTENT_COLUMNS``."""
    content = [value.isoformat(sep=" ") if hasattr(value, "isoformat") else value for value in values]
    return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def _chain_hash(previous: str, content_hash: str) -> str:
    return hashlib.sha256(f"{previous}{content_hash}".encode()).hexdigest()


class MedicalAuditEntry(models.Model):
    """One change of one field of one record. Append-only: rows come from ``_log`` and are chained by a job.

    Entries are inserted with a hash of their own content, so that people who work at the same time never wait
    for each other. The sealing job numbers committed entries without a gap (``seal_seq``) and chains them:
    ``chain_hash = sha256(previous chain_hash + content_hash)``. An entry that commits late is simply sealed
    later.
    """

    _name = "medical.audit.entry"
    _description = "Audit Trail Entry"
    _inherit = ["medical.append.only.mixin"]
    _order = "id desc"
    _log_access = False
    _rec_name = "res_name"

    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="model", readonly=True, aggregator=None)
    res_name = fields.Char("Record", readonly=True)
    field_name = fields.Char("Field", readonly=True)
    old_value = fields.Text("Old", readonly=True)
    new_value = fields.Text("New", readonly=True)
    user_id = fields.Many2one("res.users", required=True, readonly=True, index=True, ondelete="restrict")
    date = fields.Datetime(required=True, readonly=True, index=True)
    reason = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null", ondelete="restrict")
    content_hash = fields.Char(required=True, readonly=True)
    seal_seq = fields.Integer("No.", readonly=True, aggregator=None, help="Position in the chain, without gaps.")
    chain_hash = fields.Char(readonly=True)

    _record_idx = models.Index("(model, res_id)")
    _seal_seq_unique = models.UniqueIndex("(seal_seq) WHERE seal_seq IS NOT NULL")
    _unsealed_idx = models.Index("(id) WHERE seal_seq IS NULL")

    # ------------------------------------------------------------------
    # Append-only
    # ------------------------------------------------------------------

    def _refusal(self):
        # No super(): the mixin's sentence names another writer.
        return self.env._("The audit trail is written by the system only; nobody can add, change or delete entries.")

    @api.model
    def _log(self, target, rows: Iterable[tuple], reason: str | None = None) -> int:
        """Insert entries in one statement and return how many.

        :param target: the records concerned, or a model name when there are no records at hand. Of records
            that are about to be deleted, log before deleting: the entry takes its company from them.
        :param rows: tuples ``(res_id, res_name, field_name, old, new)``; values become text, empty ones NULL
        :param reason: why, one for all rows
        """
        rows = list(rows)
        if not rows:
            return 0
        model_name = target if isinstance(target, str) else target._name
        companies = self._log_companies(target, rows)
        date = fields.Datetime.now()
        reason = self._log_text(reason)
        contents = []
        for res_id, res_name, field_name, old, new in rows:
            texts = [self._log_text(value) for value in (res_name, field_name, old, new)]
            contents.append(
                (
                    model_name,
                    res_id or None,
                    *texts,
                    self.env.uid,
                    date,
                    reason,
                    companies.get(res_id) or None,
                )
            )
        hashes = [_content_hash(content) for content in contents]
        # One array per column: a statement with a parameter for each value is slow to build with many rows.
        arrays = [list(column) for column in zip(*contents, strict=True)]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO medical_audit_entry (%s, content_hash)
                SELECT * FROM unnest(
                    %s::varchar[], %s::int[], %s::varchar[], %s::varchar[], %s::text[], %s::text[], %s::int[],
                    %s::timestamp[], %s::varchar[], %s::int[], %s::varchar[]
                )
                """,
                SQL(", ").join(map(SQL.identifier, CONTENT_COLUMNS)),
                *arrays,
                hashes,
            )
        )
        return len(rows)

    @api.model
    def _log_companies(self, target, rows) -> dict[int, int]:
        if isinstance(target, str):
            target = self.env[target].browse({row[0] for row in rows if row[0]}).exists()
        if target._name == "res.company":
            return {company.id: company.id for company in target}
        field = target._fields.get("company_id")
        if field is None or field.comodel_name != "res.company":
            return {}
        # Superuser: the entry belongs to the record's company, also where the user may no longer read the
        # record.
        return {record.id: record.company_id.id for record in target.sudo()}

    @api.model
    def _log_text(self, value) -> str | None:
        """Text as PostgreSQL stores it: NULL for nothing, no NUL characters."""
        if value is None or value is False or value == "":
            return None
        return str(value).replace("\x00", "") or None

    def action_open_record(self):
        """Open the record that the entry is about."""
        self.ensure_one()
        record = self.env[self.model].browse(self.res_id).exists() if self.model in self.env and self.res_id else None
        if not record:
            raise UserError(
                self.env._("%(record)s cannot be opened: it was deleted.", record=self.res_name or self.model)
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": record.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------------
    # Sealing
    # ------------------------------------------------------------------

    @api.model
    def _cron_seal(self, batch: int = SEAL_BATCH):
        """Chain what has been committed, in bounded batches that are committed one by one."""
        remaining = self._count_unsealed()
        while remaining:
            sealed = self._seal(batch)
            remaining = max(0, remaining - sealed)
            if not self.env["ir.cron"]._commit_progress(sealed, remaining=remaining) or not sealed:
                break

    @api.model
    def _seal(self, limit: int = SEAL_BATCH) -> int:
        """Number and chain up to ``limit`` entries in id order; return how many (0 if another job does)."""
        head = self.env["medical.audit.head"]._lock_head()
        if head is None:
            return 0
        count, last_hash = head
        entries = self.env.execute_query(
            SQL(
                "SELECT id, content_hash FROM medical_audit_entry WHERE seal_seq IS NULL ORDER BY id LIMIT %s",
                limit,
            )
        )
        if not entries:
            return 0
        chain = []
        for _entry_id, content_hash in entries:
            last_hash = _chain_hash(last_hash, content_hash)
            chain.append(last_hash)
        self.env.cr.execute(
            SQL(
                """
                UPDATE medical_audit_entry entry
                   SET seal_seq = sealed.seal_seq, chain_hash = sealed.chain_hash
                  FROM unnest(%s::int[], %s::int[], %s::varchar[]) AS sealed (id, seal_seq, chain_hash)
                 WHERE entry.id = sealed.id
                """,
                [entry_id for entry_id, _content in entries],
                list(range(count + 1, count + len(entries) + 1)),
                chain,
            )
        )
        self.env["medical.audit.head"]._move_head(count + len(entries), last_hash)
        self.invalidate_model(["seal_seq", "chain_hash"])
        return len(entries)

    @api.model
    def _count_unsealed(self) -> int:
        [(count,)] = self.env.execute_query(SQL("SELECT count(*) FROM medical_audit_entry WHERE seal_seq IS NULL"))
        return count

    # ------------------------------------------------------------------
    # Check
    # ------------------------------------------------------------------

    @api.model
    def _chain_status(self) -> dict:
        """``sealed`` (by the head), ``unsealed`` (waiting), ``oldest_unsealed`` and ``last_hash``."""
        count, last_hash = self.env["medical.audit.head"]._read_head()
        [(unsealed, oldest)] = self.env.execute_query(
            SQL("SELECT count(*), min(date) FROM medical_audit_entry WHERE seal_seq IS NULL")
        )
        return {
            "sealed": count,
            "unsealed": unsealed,
            "oldest_unsealed": oldest or False,
            "last_hash": last_hash,
        }

    @api.model
    def _verify(self, earlier_head: tuple[int, str] | None = None) -> list[dict]:
        """Recompute every hash and return what does not fit, at most ``MAX_FINDINGS``.

        :param earlier_head: count and last hash of an earlier export; it reveals a chain that was rewritten
            together with its head
        :return: dicts with ``kind`` (changed, inserted, order, missing, head), ``seal_seq``, ``entry_id``,
            ``message``
        """
        findings: list[dict] = []
        for finding in self._iter_findings(earlier_head):
            findings.append(finding)
            if len(findings) >= MAX_FINDINGS:
                break
        return findings

    @api.model
    def _iter_findings(self, earlier_head) -> Iterator[dict]:
        head_count, head_hash = self.env["medical.audit.head"]._read_head()
        earlier_count, earlier_hash = earlier_head or (0, "")
        expected, previous, earlier_found = 1, GENESIS, None
        for entry_id, seq, chain_hash, content_hash, content in self._iter_sealed():
            if content_hash != _content_hash(content):
                yield self._finding("changed", seq, entry_id)
            if seq < expected or seq > head_count:
                yield self._finding("inserted", seq, entry_id)
                continue
            if seq > expected:
                yield self._finding("missing", expected, 0, last=seq - 1)
            elif chain_hash != _chain_hash(previous, content_hash):
                yield self._finding("order", seq, entry_id)
            if seq == earlier_count:
                earlier_found = chain_hash
            # What follows is judged by the value in the row: one fault must not drown the others.
            expected, previous = seq + 1, chain_hash or ""
        if expected <= head_count:
            yield self._finding("missing", expected, 0, last=head_count)
        elif previous != head_hash:
            yield self._finding("head", head_count, 0)
        if earlier_count and earlier_found != earlier_hash:
            yield self._finding("earlier", earlier_count, 0)
        yield from self._iter_unsealed_findings()

    @api.model
    def _iter_unsealed_findings(self) -> Iterator[dict]:
        """Entries outside the chain: a changed content, or a chain value without a number."""
        columns = SQL(", ").join(map(SQL.identifier, CONTENT_COLUMNS))
        last_id = 0
        while rows := self.env.execute_query(
            SQL(
                "SELECT id, chain_hash, content_hash, %s FROM medical_audit_entry "
                "WHERE seal_seq IS NULL AND id > %s ORDER BY id LIMIT %s",
                columns,
                last_id,
                READ_BATCH,
            )
        ):
            for entry_id, chain_hash, content_hash, *content in rows:
                if content_hash != _content_hash(content):
                    yield self._finding("changed", 0, entry_id)
                if chain_hash:
                    yield self._finding("inserted", 0, entry_id)
            last_id = rows[-1][0]

    @api.model
    def _iter_sealed(self, after: int = -(2**31)) -> Iterator[tuple]:
        """``(id, seal_seq, chain_hash, content_hash, content)`` in chain order, from the database itself.

        Numbers below 1 do not exist in a sound chain; they are read to be found.
        """
        columns = SQL(", ").join(map(SQL.identifier, CONTENT_COLUMNS))
        last = (after, 2**31 - 1)
        while rows := self.env.execute_query(
            SQL(
                "SELECT id, seal_seq, chain_hash, content_hash, %s FROM medical_audit_entry "
                "WHERE seal_seq IS NOT NULL AND (seal_seq, id) > %s ORDER BY seal_seq, id LIMIT %s",
                columns,
                last,
                READ_BATCH,
            )
        ):
            for entry_id, seq, chain_hash, content_hash, *content in rows:
                yield entry_id, seq, chain_hash, content_hash, content
            last = (rows[-1][1], rows[-1][0])

    @api.model
    def _finding(self, kind: str, seq: int, entry_id: int, last: int | None = None) -> dict:
        if kind == "changed":
            message = self.env._("The content of the entry was changed after it was written.")
        elif kind == "inserted":
            message = self.env._("The entry does not belong to the chain: it was added to the table by hand.")
        elif kind == "order":
            message = self.env._("The entry does not follow the one before it: it was exchanged, moved or rewritten.")
        elif kind == "missing" and last and last > seq:
            message = self.env._("The entries no. %(first)s to %(last)s are missing.", first=seq, last=last)
        elif kind == "missing":
            message = self.env._("The entry no. %(first)s is missing.", first=seq)
        elif kind == "earlier":
            message = self.env._("The chain up to no. %(last)s is not the one that was exported earlier.", last=seq)
        else:
            message = self.env._("The last entry is not the one that the sealing job wrote last.")
        return {"kind": kind, "seal_seq": seq, "entry_id": entry_id, "message": message}

    # ------------------------------------------------------------------
    # Export
    # ------------------------------------------------------------------

    @api.model
    def _export_lines(self, companies, after: int = 0) -> Iterator[str]:
        """JSON lines of the sealed entries after no. ``after`` in chain order; the last line is the head.

        Of entries of other companies than ``companies`` only the hashes are shown: the chain can be
        recomputed without their content.
        """
        visible = set(companies.ids) | {None}
        company_at = CONTENT_COLUMNS.index("company_id")
        count, last_hash = after, None
        for _entry_id, seq, chain_hash, content_hash, content in self._iter_sealed(after):
            line = {"no": seq, "chain_hash": chain_hash, "content_hash": content_hash}
            if content[company_at] in visible:
                line["content"] = dict(zip(CONTENT_COLUMNS, content, strict=True))
            count, last_hash = seq, chain_hash
            yield json.dumps(line, default=str)
        head_count, head_hash = self.env["medical.audit.head"]._read_head()
        yield json.dumps(
            {
                "head": {"count": head_count, "last_hash": head_hash},
                "last_line": {"no": count, "chain_hash": last_hash},
                "exported_on": fields.Datetime.to_string(fields.Datetime.now()),
                "database": self.env.cr.dbname,
                "unsealed": self._count_unsealed(),
            }
        )
