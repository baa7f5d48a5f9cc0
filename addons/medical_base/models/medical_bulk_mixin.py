from odoo import api, models
from odoo.tools import SQL


class MedicalBulkMixin(models.AbstractModel):
    """Rows that no ``create`` writes: by the hundred thousand, or such as nobody else may make."""

    _name = "medical.bulk.mixin"
    _description = "Written in Bulk"

    @api.model
    def _insert_rows(self, same: dict, columns: dict) -> list[int]:
        """Insert rows with one statement and return their ids; neither defaults nor computed fields are filled.

        :param same: field → value of all rows
        :param columns: field → list of a value for each row; an array per column is what large statements are quick with
        """
        if self._log_access:
            uid, now = self.env.uid, self.env.cr.now()
            same = {**same, "create_uid": uid, "create_date": now, "write_uid": uid, "write_date": now}
        # Numbers with digits come as floats, too.
        kinds = {name: self._fields[name].column_type[0].replace("numeric", "float8") for name in columns}
        arrays = [
            # False is how Odoo says that there is nothing, but where it is a value.
            SQL(
                "CAST(%s AS %s)",
                [None if value is False and kind != "bool" else value for value in columns[name]],
                SQL(f"{kind}[]"),
            )
            for name, kind in kinds.items()
        ]
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS row RETURNING id",
                SQL.identifier(self._table),
                SQL(", ").join(map(SQL.identifier, [*same, *columns])),
                SQL(", ").join([*(SQL("%s", value) for value in same.values()), SQL("row.*")]),
                SQL(", ").join(arrays),
            )
        )
        self.invalidate_model()
        return [id_ for (id_,) in rows]
