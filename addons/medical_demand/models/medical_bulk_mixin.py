from odoo import api, models
from odoo.tools import SQL

# Type of a field → that of a column of its values.
_ARRAYS = {"many2one": SQL("int[]"), "date": SQL("date[]"), "float": SQL("float8[]")}
_ARRAYS |= dict.fromkeys(("char", "selection"), SQL("varchar[]"))


class MedicalBulkMixin(models.AbstractModel):
    """Rows by the hundred thousand, which ``create`` would take longer for than it takes to compute them."""

    _name = "medical.bulk.mixin"
    _description = "Written in Bulk"

    @api.model
    def _insert_rows(self, same: dict, columns: dict):
        """Insert rows with one statement; neither defaults nor computed fields are filled.

        :param same: field → value of all rows; ``columns``: field → list of a value for each row
        """
        if self._log_access:
            uid, now = self.env.uid, self.env.cr.now()
            same = {**same, "create_uid": uid, "create_date": now, "write_uid": uid, "write_date": now}
        arrays = [SQL("CAST(%s AS %s)", values, _ARRAYS[self._fields[name].type]) for name, values in columns.items()]
        self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) SELECT %s, row.* FROM unnest(%s) AS row RETURNING 1",
                SQL.identifier(self._table),
                SQL(", ").join(map(SQL.identifier, [*same, *columns])),
                SQL(", ").join([SQL("%s", value) for value in same.values()]),
                SQL(", ").join(arrays),
            )
        )
        self.invalidate_model()
