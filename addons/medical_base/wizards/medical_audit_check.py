import base64
import hashlib
import json
from itertools import islice

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.medical_audit_entry import MAX_FINDINGS


class MedicalAuditCheck(models.TransientModel):
    """Check the audit trail against itself and an earlier export, and export it."""

    _name = "medical.audit.check"
    _description = "Check Audit Trail"

    earlier_file = fields.Binary("Earlier Export", attachment=False, help="A file that this screen exported before.")
    earlier_filename = fields.Char()
    earlier_count = fields.Integer(
        "Entries in Earlier Export", help="Instead of the file: the number of entries that was noted."
    )
    earlier_hash = fields.Char("Last Hash in Earlier Export", help="Instead of the file: the hash that was noted.")
    state = fields.Selection([("new", "New"), ("checked", "Checked")], default="new", readonly=True)
    sealed_count = fields.Integer("Sealed Entries", readonly=True)
    unsealed_count = fields.Integer(
        "Waiting to Be Sealed", readonly=True, help="Entries that the sealing job has not chained yet."
    )
    oldest_unsealed = fields.Datetime("Waiting Since", readonly=True)
    last_hash = fields.Char(readonly=True)
    finding_count = fields.Integer("Findings", readonly=True)
    statement = fields.Text("What This Tells", readonly=True)
    finding_ids = fields.One2many("medical.audit.check.finding", "check_id", readonly=True)
    export_after = fields.Integer("Export After No.", help="0 exports everything; otherwise only later entries.")
    export_file = fields.Binary("Export", attachment=False, readonly=True)
    export_filename = fields.Char(readonly=True)
    export_sha256 = fields.Char("SHA-256 of the Export", readonly=True)

    def action_check(self):
        """Recompute all hashes of the chain and of the signatures, and list what does not fit."""
        self.ensure_one()
        entries = self._entries()
        signatures = self.env["medical.signature"].sudo()  # superuser: see _entries()
        earlier_head = self._earlier_head()
        findings = [*entries._verify(earlier_head), *islice(signatures._iter_findings(), MAX_FINDINGS)]
        status = entries._chain_status()
        self.write(
            {
                "state": "checked",
                "sealed_count": status["sealed"],
                "unsealed_count": status["unsealed"],
                "oldest_unsealed": status["oldest_unsealed"],
                "last_hash": status["last_hash"],
                "finding_count": len(findings),
                "statement": "\n".join(
                    [
                        self.env._(
                            "Every hash of %(sealed)s chained entries, of %(unsealed)s that are not chained yet and of "
                            "%(signatures)s signatures was computed again.",
                            sealed=status["sealed"],
                            unsealed=status["unsealed"],
                            signatures=signatures.search_count([]),
                        ),
                        *entries._limits(earlier_head[0] if earlier_head else 0),
                    ]
                ),
                "finding_ids": [fields.Command.clear(), *map(fields.Command.create, findings)],
            }
        )
        return self._medical_form(self.env._("Check Audit Trail"))

    def action_export(self):
        """Write the chain to a file, its head on the last line."""
        self.ensure_one()
        lines = self._entries()._export_lines(self.env.companies, self.export_after)
        content = "".join(f"{line}\n" for line in lines).encode()
        today = fields.Date.to_string(fields.Date.today())
        self.write(
            {
                "export_file": base64.b64encode(content),
                "export_filename": f"audit-trail-{today}.jsonl",
                "export_sha256": hashlib.sha256(content).hexdigest(),
            }
        )
        return self._medical_form(self.env._("Check Audit Trail"))

    def _entries(self):
        self.env["medical.audit.entry"].check_access("read")
        # Superuser: the chain runs through the entries of all companies. The check tells numbers only, and
        # the export shows the content of the user's companies only.
        return self.env["medical.audit.entry"].sudo()

    def _earlier_head(self) -> tuple[int, str] | None:
        if self.earlier_file:
            last_line = base64.b64decode(self.earlier_file).rstrip().rpartition(b"\n")[2]
            try:
                head = json.loads(last_line)["head"]
                return int(head["count"]), str(head["last_hash"])
            except (ValueError, KeyError, TypeError) as error:
                raise UserError(
                    self.env._(
                        "%(file)s is not an export of the audit trail: its last line holds no head. "
                        "Choose a file that this screen exported, unchanged.",
                        file=self.earlier_filename or self.env._("The file"),
                    )
                ) from error
        if bool(self.earlier_count) != bool(self.earlier_hash):
            raise UserError(self.env._("To compare with an earlier export, give both its entries and its last hash."))
        return (self.earlier_count, self.earlier_hash.strip()) if self.earlier_hash else None
