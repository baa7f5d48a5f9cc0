from odoo import fields, models
from odoo.tools import SQL

# Chain value before the first entry.
GENESIS = "0" * 64


class MedicalAuditHead(models.Model):
    """The end of the audit chain, kept outside the table of entries.

    One row, written by ``medical_audit_seal`` (``data/audit_seal.sql``) only; it is also the lock of sealing.
    """

    _name = "medical.audit.head"
    _description = "Audit Trail Head"
    _inherit = ["medical.append.only.mixin"]
    _log_access = False

    entry_count = fields.Integer("Sealed Entries", readonly=True)
    last_hash = fields.Char(readonly=True)
    date = fields.Datetime("Last Sealed On", readonly=True)

    def init(self):
        self.env.cr.execute(
            SQL(
                "INSERT INTO medical_audit_head (entry_count, last_hash) "
                "SELECT 0, %s WHERE NOT EXISTS (SELECT FROM medical_audit_head)",
                GENESIS,
            )
        )
        return super().init()

    def _refusal(self):
        # No super(): the mixin's sentence names another writer.
        return self.env._("The head of the audit trail is kept by the sealing job only.")

    def _read_head(self) -> tuple[int, str]:
        """Count and last hash as they stand in the database."""
        rows = self.env.execute_query(SQL("SELECT entry_count, last_hash FROM medical_audit_head ORDER BY id LIMIT 1"))
        return rows[0] if rows else (0, GENESIS)
