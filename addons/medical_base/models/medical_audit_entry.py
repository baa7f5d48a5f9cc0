import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from odoo import api, fields, models
from odoo.tools import SQL, file_open

from ..engine import hashes
from .medical_audit_head import GENESIS

# Values of ``field_name`` for the creation and the deletion of a record.
CREATED = "(created)"
DELETED = "(deleted)"

# Those that have a transaction chain its entries at commit.
SEAL_TRIGGERS = ("medical_audit_note", "medical_audit_seal_due")
SEAL_BATCH = 5000
READ_BATCH = 10000
MAX_FINDINGS = 1000


class MedicalAuditEntry(models.Model):
    """One change of one field of one record. Append-only: rows come from ``_log`` and are chained afterwards.

    Entries are inserted with a hash of their own content, so that people who work at the same time never wait
    for each other. Sealing numbers them without a gap (``seal_seq``) and chains them: ``chain_hash =
    sha256(previous chain_hash + content_hash)``. It happens when the transaction commits, if the end of the
    chain is free, else in a job (``data/audit_seal.sql``). An entry that commits late is simply sealed later.
    """

    _name = "medical.audit.entry"
    _description = "Audit Trail Entry"
    _inherit = ["medical.hashed.mixin", "medical.reference.mixin"]
    _order = "id desc"
    _log_access = False
    _rec_name = "res_name"
    _hash_versions = {
        1: (
            *("model", "res_id", "res_name", "field_name", "old_value"),
            *("new_value", "user_id", "date", "reason", "company_id"),
        )
    }
    _hash_column = "content_hash"
    _filled_later = ("seal_seq", "chain_hash")

    model = fields.Char("Technical Model", required=True, readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="model", readonly=True, aggregator=None)
    res_name = fields.Char("Record", readonly=True)
    field_name = fields.Char("Technical Field", readonly=True)
    model_label = fields.Char("Kind of Record", compute="_compute_labels", help="As the program calls it today.")
    field_label = fields.Char("Field", compute="_compute_labels", help="As the program calls it today.")
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

    def init(self):
        with file_open("medical_base/data/audit_seal.sql") as file:
            self.env.cr.execute(file.read())
        return super().init()

    @api.model
    def _has_triggers(self):
        [(count,)] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM pg_trigger WHERE tgname = ANY(%s) AND tgenabled IN ('O', 'A')",
                list(SEAL_TRIGGERS),
            )
        )
        return count == len(SEAL_TRIGGERS) and super()._has_triggers()

    @api.depends("model", "field_name")
    @api.depends_context("lang")
    def _compute_labels(self):
        words = {CREATED: self.env._("Created"), DELETED: self.env._("Deleted")}
        for entry in self:
            model, name = self.env.get(entry.model), entry.field_name
            field = None if model is None else model._fields.get(name)
            entry.model_label = entry.model if model is None else self.env["ir.model"]._get(entry.model).name
            entry.field_label = words.get(name, name) if field is None else field._description_string(self.env)

    # Append-only

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
        companies = self._log_companies(target, rows)
        # The same in all rows.
        common = {
            "model": target if isinstance(target, str) else target._name,
            "user_id": self.env.uid,
            "date": fields.Datetime.now(),
            "reason": self._log_text(reason),
        }
        columns: dict[str, list] = defaultdict(list)
        for res_id, *values in rows:
            res_name, field_name, old, new = map(self._log_text, values)
            row = {
                "res_id": res_id or None,
                "res_name": res_name,
                "field_name": field_name,
                "old_value": old,
                "new_value": new,
                "company_id": companies.get(res_id) or None,
            }
            row["content_hash"] = hashes.row_hash({**common, **row}, self._hash_versions)
            for name, value in row.items():
                columns[name].append(value)
        self._insert_rows(common, columns)
        return len(rows)

    @api.model
    def _writers(
        self, model: str, ids: list[int], names: Iterable[str] | None = None, created: bool = True
    ) -> dict[int, set[int]]:
        """Record id → ids of the users who changed one of the fields ``names``, or any without them; or made it."""
        said = SQL("true") if names is None else SQL("field_name = ANY(%s)", [*names, *([CREATED] if created else [])])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT res_id, array_agg(user_id) FROM medical_audit_entry
                 WHERE model = %s AND res_id = ANY(%s) AND %s AND (%s OR field_name <> %s) GROUP BY res_id
                """,
                model,
                ids,
                said,
                created,
                CREATED,
            )
        )
        return {res_id: set(users) for res_id, users in rows}

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

    # Sealing

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
        """Number and chain up to ``limit`` entries in id order; return how many (0 while somebody else does)."""
        [(sealed,)] = self.env.execute_query(SQL("SELECT medical_audit_seal(%s)", limit))
        if sealed:
            self.invalidate_model(["seal_seq", "chain_hash"])
            self.env["medical.audit.head"].invalidate_model()
        return sealed

    @api.model
    def _count_unsealed(self) -> int:
        [(count,)] = self.env.execute_query(SQL("SELECT count(*) FROM medical_audit_entry WHERE seal_seq IS NULL"))
        return count

    # Check

    @api.model
    def _chain_status(self) -> dict:
        """``sealed`` (by the head), ``unsealed`` (waiting), ``oldest_unsealed`` and ``last_hash``."""
        count, last_hash = self.env["medical.audit.head"]._read_head()
        [(unsealed, oldest)] = self.env.execute_query(
            SQL("SELECT count(*), min(date) FROM medical_audit_entry WHERE seal_seq IS NULL")
        )
        return {"sealed": count, "unsealed": unsealed, "oldest_unsealed": oldest or False, "last_hash": last_hash}

    @api.model
    def _count_gaps(self) -> int:
        """Ids that were given after the last sealed entry and are not in the table."""
        [(count,)] = self.env.execute_query(
            SQL(
                """
                WITH last AS (
                    SELECT coalesce((SELECT id FROM medical_audit_entry WHERE seal_seq IS NOT NULL
                                     ORDER BY seal_seq DESC LIMIT 1), 0) AS id
                )
                SELECT CASE WHEN is_called THEN last_value ELSE 0 END - last.id
                       - (SELECT count(*) FROM medical_audit_entry entry WHERE entry.id > last.id)
                  FROM medical_audit_entry_id_seq, last
                """
            )
        )
        return max(0, count)

    @api.model
    def _limits(self, earlier_count: int | None = None) -> list[str]:
        """What a check or an export of the trail cannot tell, in sentences.

        :param earlier_count: of the earlier export that the check compared with (0: none); None for an export
        """
        status, gaps = self._chain_status(), self._count_gaps()
        limits = []
        if status["unsealed"]:
            limits.append(
                self.env._(
                    "%(count)s entries since %(date)s (UTC) are not chained yet: nothing shows if one of them is deleted.",
                    count=status["unsealed"],
                    date=fields.Datetime.to_string(status["oldest_unsealed"]),
                )
            )
        if gaps:
            limits.append(
                self.env._(
                    "%(count)s numbers given after the last chained entry have no entry: the work was not saved, is still "
                    "going on, or entries were deleted. Nothing tells which.",
                    count=gaps,
                )
            )
        if earlier_count:
            limits.append(
                self.env._(
                    "Whoever owns the database can rewrite the chain together with its end: entries after no. %(count)s, "
                    "the last of the earlier export, could have been.",
                    count=earlier_count,
                )
            )
        else:
            limits.append(
                self.env._(
                    "Whoever owns the database can rewrite the chain together with its end: only the comparison with an "
                    "export that was kept elsewhere shows it."
                )
            )
        # Superuser: the names of tables only.
        for model in (self, self.env["medical.signature"].sudo()):
            if not model._has_triggers():
                limits.append(
                    self.env._(
                        "Triggers that protect the table %(table)s are missing or off. Find out who did it; updating the "
                        "addon Medical Supply Base puts them back.",
                        table=model._table,
                    )
                )
        return limits

    @api.model
    def _verify(self, earlier_head: tuple[int, str] | None = None) -> list[dict]:
        """Recompute every hash and return what does not fit, at most ``MAX_FINDINGS``.

        :param earlier_head: count and last hash of an earlier export; it reveals a chain that was rewritten
            together with its head
        :return: dicts with ``kind`` (a key of the findings' selection), ``seal_seq``, ``entry_id``, ``message``
        """
        return list(islice(self._iter_findings(earlier_head), MAX_FINDINGS))

    @api.model
    def _iter_findings(self, earlier_head) -> Iterator[dict]:
        head_count, head_hash = self.env["medical.audit.head"]._read_head()
        earlier_count, earlier_hash = earlier_head or (0, "")
        expected, previous, earlier_found, newest = 1, GENESIS, None, 0
        for entry_id, seq, chain_hash, content_hash, row in self._iter_rows(sealed=True):
            if fault := hashes.fault(content_hash, row, self._hash_versions, newest):
                yield self._finding(fault, seq, entry_id)
            if seq < expected or seq > head_count:
                yield self._finding("inserted", seq, entry_id)
                continue
            if seq > expected:
                yield self._finding("missing", expected, 0, last=seq - 1)
            elif chain_hash != hashes.chain_hash(previous, content_hash):
                yield self._finding("order", seq, entry_id)
            elif not fault:
                newest = hashes.claimed_version(content_hash)
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
        # Entries outside the chain: a changed content, or a chain value without a number.
        for entry_id, _seq, chain_hash, content_hash, row in self._iter_rows(sealed=False):
            if fault := hashes.fault(content_hash, row, self._hash_versions, newest):
                yield self._finding(fault, 0, entry_id)
            if chain_hash:
                yield self._finding("inserted", 0, entry_id)

    @api.model
    def _iter_rows(self, *, sealed: bool, after: int = -(2**31)) -> Iterator[tuple]:
        """``(id, seal_seq, chain_hash, content_hash, content)`` from the database itself.

        Sealed entries come in chain order from the number after ``after`` on, the others in id order. Numbers
        below 1 do not exist in a sound chain; they are read to be found.
        """
        names = self._hash_columns()
        seq, last_id = (after, 2**31 - 1) if sealed else (0, 0)
        while rows := self.env.execute_query(
            SQL(
                "SELECT id, seal_seq, chain_hash, content_hash, %s FROM medical_audit_entry WHERE %s LIMIT %s",
                SQL(", ").join(map(SQL.identifier, names)),
                SQL("seal_seq IS NOT NULL AND (seal_seq, id) > (%s, %s) ORDER BY seal_seq, id", seq, last_id)
                if sealed
                else SQL("seal_seq IS NULL AND id > %s ORDER BY id", last_id),
                READ_BATCH,
            )
        ):
            for last_id, seq, chain_hash, content_hash, *content in rows:
                yield last_id, seq, chain_hash, content_hash, dict(zip(names, content, strict=True))

    @api.model
    def _finding(self, kind: str, seq: int, entry_id: int, last: int | None = None) -> dict:
        several = last and last > seq
        message = {
            "changed": self.env._("The content of the entry was changed after it was written."),
            "unknown": self.env._(
                "The entry names a version of the hash that this release of the addon does not know: it was changed, "
                "or written by a later release."
            ),
            "older": self.env._(
                "The entry was hashed by an older version than entries before it, which may cover less: it was changed, "
                "or written while an older release was still running."
            ),
            "inserted": self.env._("The entry does not belong to the chain: it was added to the table by hand."),
            "order": self.env._("The entry does not follow the one before it: it was exchanged, moved or rewritten."),
            "missing": self.env._("The entries no. %(first)s to %(last)s are missing.", first=seq, last=last)
            if several
            else self.env._("The entry no. %(first)s is missing.", first=seq),
            "earlier": self.env._("The chain up to no. %(last)s is not the one that was exported earlier.", last=seq),
            "head": self.env._("The last entry is not the one that the sealing job wrote last."),
        }[kind]
        return {"kind": kind, "seal_seq": seq, "entry_id": entry_id, "message": message}

    # Export

    @api.model
    def _export_lines(self, companies, after: int = 0) -> Iterator[str]:
        """JSON lines of the sealed entries after no. ``after`` in chain order; the last line is the head.

        Of entries of other companies than ``companies`` only the hashes are shown: the chain can be
        recomputed without their content.
        """
        visible = set(companies.ids) | {None}
        count, last_hash = after, None
        for _entry_id, seq, chain_hash, content_hash, content in self._iter_rows(sealed=True, after=after):
            line = {"no": seq, "chain_hash": chain_hash, "content_hash": content_hash}
            if content["company_id"] in visible:
                # What the hash covers, in its order: the line can be checked without the database.
                covered = self._hash_versions.get(hashes.claimed_version(content_hash), content)
                line["content"] = {name: content[name] for name in covered}
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
                "not_known": self._limits(),
            }
        )
