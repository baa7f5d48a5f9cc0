import hashlib
import json
import uuid

from odoo import api, fields, models
from odoo.tools import SQL

from ..document import TRAIL_READERS
from ..engine import hashes

MEANINGS = [
    ("author", "Author"),
    ("review", "Review"),
    ("approval", "Approval"),
    ("release", "Release"),
    ("responsibility", "Responsibility"),
]
METHODS = [("password", "Password"), ("password_code", "Password and Code"), ("passkey", "Passkey")]
# Value of ``field_name`` in the audit trail for the entry that keeps the hash of a signature.
SIGNED = "(signed)"
INVALIDATED = "(signature invalidated)"


def content_hash(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


class MedicalSignature(models.Model):
    """Who signed which record, in which meaning, when, and the content as it stood.

    Rows are written by ``_sign`` of ``medical.signed.mixin`` only, after the signer has proved who they are.
    Nobody changes or deletes them. Two hashes protect them: ``content_hash`` tells whether the record still
    holds what was signed, ``row_hash`` (kept in the audit trail too) whether the signature itself was
    altered.
    """

    _name = "medical.signature"
    _description = "Electronic Signature"
    _inherit = ["medical.hashed.mixin", "medical.reference.mixin"]
    _order = "id desc"
    _log_access = False
    _rec_name = "res_name"
    # The columns of an invalidation come later, so they do not belong to the hash; the audit trail tells of them.
    _hash_versions = {
        1: (
            *("model", "res_id", "res_name", "company_id", "meaning", "user_id", "signer_name", "date"),
            *("method", "reason", "content", "content_text", "content_hash", "batch", "batch_size"),
        )
    }
    _hash_column = "row_hash"
    _filled_later = ("invalidated_on", "invalidated_by_id", "invalidation_reason")

    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="model", readonly=True, required=True, aggregator=None)
    res_name = fields.Char("Record", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null", ondelete="restrict")
    meaning = fields.Selection(MEANINGS, required=True, readonly=True)
    user_id = fields.Many2one("res.users", "Signed By", required=True, readonly=True, index=True, ondelete="restrict")
    signer_name = fields.Char("Printed Name", required=True, readonly=True, help="As it was when signing.")
    date = fields.Datetime("Signed On", required=True, readonly=True, index=True)
    method = fields.Selection(METHODS, "Proof of Identity", required=True, readonly=True)
    reason = fields.Char(readonly=True)
    content = fields.Text(
        "Signed Values", required=True, readonly=True, groups=TRAIL_READERS, help="As the hash covers them."
    )
    content_text = fields.Text("Signed Content", readonly=True, groups=TRAIL_READERS)
    content_hash = fields.Char("Hash of the Content", required=True, readonly=True)
    batch = fields.Char("Signing", required=True, readonly=True, help="The same for all records signed at once.")
    batch_size = fields.Integer("Records Signed at Once", readonly=True, aggregator=None)
    row_hash = fields.Char("Hash of the Signature", required=True, readonly=True)
    invalidated_on = fields.Datetime(readonly=True)
    invalidated_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    invalidation_reason = fields.Char("Invalidated Because", readonly=True)
    # Superuser: whether a signature holds does not depend on who looks at it.
    state = fields.Selection(
        [
            ("valid", "Valid"),
            ("invalidated", "Invalidated"),
            ("changed", "Content Changed"),
            ("missing", "Record Missing"),
            ("forged", "Altered"),
        ],
        "Status",
        compute="_compute_state",
        compute_sudo=True,
        help="Checked each time it is shown: the record is compared with what was signed.",
    )

    _record_idx = models.Index("(model, res_id)")
    _batch_idx = models.Index("(batch)")

    # Compute

    @api.depends("res_name", "meaning", "signer_name")
    def _compute_display_name(self):
        meanings = dict(self._fields["meaning"]._description_selection(self.env))
        for signature in self:
            signature.display_name = " · ".join(
                filter(None, (signature.res_name, meanings.get(signature.meaning), signature.signer_name))
            )

    def _compute_state(self):
        for model, signatures in self.grouped("model").items():
            known = model in self.env and isinstance(self.env[model], self.env.registry["medical.signed.mixin"])
            records = self.env[model].browse(set(signatures.mapped("res_id"))).exists() if known else ()
            by_id = {record.id: record for record in records}
            for signature in signatures:
                signature.state = signature._state_of(by_id.get(signature.res_id))

    def _state_of(self, record) -> str:
        if self._row_fault() in ("changed", "unknown"):
            return "forged"
        if self.invalidated_on:
            return "invalidated"
        if not record:
            return "missing"
        names = list(json.loads(self.content))
        return "valid" if content_hash(record._signature_content(names)) == self.content_hash else "changed"

    def _hashed_row(self) -> dict:
        self.ensure_one()
        values = ((name, self._fields[name], self[name]) for name in self._hash_columns())
        return {name: value.id if field.relational else value for name, field, value in values}

    def _row_fault(self, newest: int = 0) -> str | None:
        return hashes.fault(self.row_hash, self._hashed_row(), self._hash_versions, newest)

    # Writing, by SQL only

    def _refusal(self):
        # No super(): the mixin's sentence names another writer.
        return self.env._(
            "Electronic signatures are written when somebody signs; nobody can add, change or delete them."
        )

    @api.model
    def _record(self, records, meaning: str, method: str, reason: str | None):
        """Insert a signature by the current user for each record and return them.

        The caller has checked that the user may sign and who they are.
        """
        # Superuser: names and companies are recorded as they are, whatever the signer may read of them.
        records = records.sudo()._medical_once()
        Audit = self.env["medical.audit.entry"]
        companies = Audit._log_companies(records, [])
        user = self.env.user
        common = {
            "model": records._name,
            "meaning": meaning,
            "user_id": user.id,
            "signer_name": user.name,
            "date": fields.Datetime.now(),
            "method": method,
            "reason": Audit._log_text(reason),
            "batch": str(uuid.uuid4()),
            "batch_size": len(records),
        }
        rows = []
        for record in records:
            content = record._signature_content()
            values = {
                **common,
                "res_id": record.id,
                "res_name": Audit._log_text(record.display_name),
                "company_id": companies.get(record.id) or None,
                "content": content,
                "content_text": Audit._log_text(record._signature_text()),
                "content_hash": content_hash(content),
            }
            rows.append({**values, "row_hash": hashes.row_hash(values, self._hash_versions)})
        signatures = self.browse(self._insert_rows({}, {name: [row[name] for row in rows] for name in rows[0]}))
        records.invalidate_recordset(["signature_ids", "signature_state"])
        label = dict(self._fields["meaning"]._description_selection(self.env))[meaning]
        Audit._log(
            self._name,
            [(s.id, s.res_name, SIGNED, None, row["row_hash"]) for s, row in zip(signatures, rows, strict=True)],
            reason,
        )
        Audit._log(
            records,
            [(record.id, record.display_name, SIGNED, None, f"{label}: {user.name}") for record in records],
            reason,
        )
        return signatures

    def _invalidate(self, reason: str):
        """Mark signatures as no longer valid. They stay in the list."""
        live = self.filtered(lambda signature: not signature.invalidated_on)
        self.env.cr.execute(
            SQL(
                "UPDATE medical_signature SET invalidated_on = now() AT TIME ZONE 'UTC', "
                "invalidated_by_id = %s, invalidation_reason = %s WHERE id = ANY(%s) AND invalidated_on IS NULL",
                self.env.uid,
                reason,
                live.ids,
            )
        )
        self.invalidate_recordset()
        self.env["medical.audit.entry"]._log(
            self._name, [(s.id, s.res_name, INVALIDATED, None, reason) for s in live], reason
        )

    # Reading

    @api.model
    def _iter_findings(self):
        """Signatures that do not agree with the audit trail, as findings of the check of the trail."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT signature.id, entry.id, entry.seal_seq
                  FROM medical_signature signature
             FULL JOIN (SELECT id, seal_seq, res_id, new_value FROM medical_audit_entry
                         WHERE model = %s AND field_name = %s) entry
                    ON entry.res_id = signature.id AND entry.new_value = signature.row_hash
                 WHERE signature.id IS NULL OR entry.id IS NULL
              ORDER BY signature.id, entry.id
                 LIMIT 1000
                """,
                self._name,
                SIGNED,
            )
        )
        for signature_id, entry_id, seal_seq in rows:
            yield {
                "kind": "signature",
                "seal_seq": seal_seq or 0,
                "entry_id": entry_id or 0,
                "message": self.env._("The signature %(id)s was added to its table by hand.", id=signature_id)
                if signature_id
                else self.env._("The signature of this entry was removed or altered."),
            }
        last_id = newest = 0
        while signatures := self.search([("id", ">", last_id)], order="id", limit=5000):
            for signature in signatures:
                fault = signature._row_fault(newest)
                if not fault:
                    newest = hashes.claimed_version(signature.row_hash)
                    continue
                if fault == "changed":
                    message = self.env._(
                        "The signature %(id)s on %(record)s was altered.", id=signature.id, record=signature.res_name
                    )
                elif fault == "unknown":
                    message = self.env._(
                        "The signature %(id)s on %(record)s names a version of the hash that this release of the addon "
                        "does not know: it was altered, or made with a later release.",
                        id=signature.id,
                        record=signature.res_name,
                    )
                else:
                    message = self.env._(
                        "The signature %(id)s on %(record)s was hashed by an older version than signatures before it, "
                        "which may cover less: it was altered, or made while an older release was still running.",
                        id=signature.id,
                        record=signature.res_name,
                    )
                yield {"kind": "signature", "seal_seq": 0, "entry_id": 0, "message": message}
            last_id = signatures[-1].id
            signatures.invalidate_recordset()
