"""Append-only rows that carry a hash of their own content, and that the database itself refuses to change."""

from odoo import api, models
from odoo.tools import SQL, file_open

from ..engine import hashes

TRIGGERS = ("medical_append_only_rows", "medical_append_only_content", "medical_append_only_later")


class MedicalHashedMixin(models.AbstractModel):
    """Rows with a versioned hash (``engine/hashes.py``), protected by triggers of their table.

    - ``_hash_versions``: version -> columns that it covers. A new column that the hash is to cover makes a new
      version; versions that rows were hashed by are never changed or removed.
    - ``_hash_column``: where the hash is.
    - ``_filled_later``: columns that an UPDATE may fill after the row was written, once: as long as the first
      of them is empty.

    The triggers stop whoever writes SQL by mistake or in passing. The owner of the table can switch them off:
    ``_has_triggers`` tells.
    """

    _name = "medical.hashed.mixin"
    _description = "Hashed Records"
    _inherit = ["medical.append.only.mixin"]

    _hash_versions: dict[int, tuple[str, ...]] = {}
    _hash_column = ""
    _filled_later: tuple[str, ...] = ()

    @api.model
    def _hash_columns(self) -> tuple[str, ...]:
        return hashes.all_columns(self._hash_versions)

    def _auto_init(self):
        # PostgreSQL alters no column that a trigger names; init() puts the triggers back.
        if self._auto:
            for name in TRIGGERS:
                self.env.cr.execute(
                    SQL("DROP TRIGGER IF EXISTS %s ON %s", SQL.identifier(name), SQL.identifier(self._table))
                )
        return super()._auto_init()

    def init(self):
        super().init()
        if not self._auto:
            return
        self.env.cr.execute(self._trigger_source())
        rows, content, later = map(SQL.identifier, TRIGGERS)
        table = SQL.identifier(self._table)
        first = SQL.identifier(self._filled_later[0])
        self.env.cr.execute(
            SQL(
                """
                CREATE TRIGGER %s BEFORE DELETE OR TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION medical_append_only();
                CREATE TRIGGER %s BEFORE UPDATE OF %s ON %s
                    FOR EACH ROW EXECUTE FUNCTION medical_append_only();
                CREATE TRIGGER %s BEFORE UPDATE OF %s ON %s
                    FOR EACH ROW WHEN (OLD.%s IS NOT NULL) EXECUTE FUNCTION medical_append_only();
                """,
                rows,
                table,
                content,
                SQL(", ").join(map(SQL.identifier, ("id", *self._hash_columns(), self._hash_column))),
                table,
                later,
                SQL(", ").join(map(SQL.identifier, self._filled_later)),
                table,
                first,
            )
        )

    @api.model
    def _trigger_source(self) -> str:
        with file_open("medical_base/data/append_only.sql") as file:
            return file.read()

    @api.model
    def _has_triggers(self) -> bool:
        """Whether the triggers are there, switched on, and do what they did."""
        [(count,)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid
                 WHERE tgrelid = %s::regclass AND tgname = ANY(%s) AND tgenabled IN ('O', 'A') AND prosrc = %s
                """,
                self._table,
                list(TRIGGERS),
                self._trigger_source().split("$$")[1],
            )
        )
        return count == len(TRIGGERS)
