import re

from psycopg2.errors import ForeignKeyViolation, RestrictViolation

from odoo import api, models, tools
from odoo.tools import SQL


class Base(models.AbstractModel):
    _inherit = "base"

    def _medical_once(self):
        """Each of the records once: over RPC the same id may come fifty times, and what is done is one act."""
        return self.browse(dict.fromkeys(self._ids))

    # Also at uninstall: what one addon keeps does not go with the records of another.
    @api.ondelete(at_uninstall=True)
    def _unlink_with_what_goes_along(self):
        """Ask the records that the database deletes along with these, as if each was deleted by itself."""
        cascades = self._medical_cascades()
        seen: dict[str, set[int]] = {}
        queue = [self] if self._name in cascades else []
        for records in queue:  # which grows
            seen.setdefault(records._name, set()).update(records.ids)
            for model, field in cascades.get(records._name, ()):
                # Superuser: what is kept is kept also where the user cannot read it.
                along = self.env[model].sudo().with_context(active_test=False).search([(field, "in", records.ids)])
                along = along.browse(set(along.ids) - seen.get(model, set()))
                for check in along._ondelete_methods if along else ():
                    if check._ondelete and check.__name__ != "_unlink_with_what_goes_along":
                        check(along)
                if along:
                    queue.append(along)

    @api.model
    @tools.ormcache(cache="stable")
    def _medical_cascades(self) -> dict[str, list[tuple[str, str]]]:
        """Model → the models and their fields by which ``ondelete="cascade"`` reaches records that may have to be kept."""
        registry = self.env.registry
        keepers = (registry["medical.kept.files.mixin"], registry["medical.document.line.mixin"])
        reached = [name for name, model in registry.items() if issubclass(model, keepers) and not model._abstract]
        cascades: dict[str, list[tuple[str, str]]] = {}
        for name in reached:  # which grows
            for field in registry[name]._fields.values():
                if field.type != "many2one" or not field.store or field.ondelete != "cascade":
                    continue
                # What belongs to a record that is kept itself, or with its own document, goes when that may go.
                owner = registry[field.comodel_name]
                if not issubclass(owner, keepers) and not hasattr(owner, "_kept_with"):
                    cascades.setdefault(field.comodel_name, []).append((name, field.name))
                    if field.comodel_name not in reached:
                        reached.append(field.comodel_name)
        return cascades

    # What buttons open, and the figures on them

    @api.model
    def _medical_records(self, xmlid: str, domain, **context) -> dict:
        """The action ``xmlid`` on the records of ``domain``, with ``context`` instead of its own."""
        return {**self.env["ir.actions.act_window"]._for_xml_id(xmlid), "domain": domain, "context": context}

    @api.model
    def _medical_list(self, name: str, domain, **context) -> dict:
        """A list ``name`` of the records of ``domain``, of a model without an action of its own."""
        action = self.browse()._medical_form(name, "current", **context)
        return {**action, "view_mode": "list,form", "domain": domain}

    def _medical_form(self, name: str, target: str = "new", **context) -> dict:
        """The form of the record, or of a new one where there is none, in a window ``name``.

        :param target: ``new`` for a dialog, ``current`` for the page
        """
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": target,
            "context": context,
        }

    def _medical_count(self, name: str, model: str, field: str, domain=()):
        """Fill the field ``name``: how many records of ``model`` refer to each by their ``field``; 0 for who reads none."""
        asked = [(field, "in", self.ids), *domain]
        found = self.env[model]._read_group(asked, [field], ["__count"]) if self.env[model].has_access("read") else ()
        counts = dict(found)
        for record in self:
            record[name] = counts.get(record._origin, 0)

    # What the database says when something that is kept points to what was to be deleted

    @api.model
    def _sql_error_to_message_generic(self, exc):
        """One sentence that names the record and what keeps it; PostgreSQL 18 has an error of its own for it."""
        if isinstance(exc, RestrictViolation | ForeignKeyViolation) and (sentence := self._medical_kept_by(exc.diag)):
            return sentence
        return super()._sql_error_to_message_generic(exc)

    @api.model
    def _medical_kept_by(self, diag) -> str | None:
        """Who keeps what was to be deleted; None when the error is not about a deletion, or the record is gone."""
        key = re.search(r"\((\w+)\)=\((\d+)\)", diag.message_detail or "")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT of.relname, target.relname, own.attname, other.attname
                  FROM pg_constraint con
                  JOIN pg_class of ON of.oid = con.conrelid
                  JOIN pg_class target ON target.oid = con.confrelid
                  JOIN pg_attribute own ON own.attrelid = con.conrelid AND own.attnum = con.conkey[1]
                  JOIN pg_attribute other ON other.attrelid = con.confrelid AND other.attnum = con.confkey[1]
                 WHERE con.contype = 'f' AND con.conname = %s AND of.relname = %s
                   AND of.relnamespace = current_schema::regnamespace
                """,
                diag.constraint_name,
                diag.table_name,
            )
        )
        if not key or not rows:
            return None
        [(table, target, column, referenced)] = rows
        record = self._medical_row(target, int(key[2])) if key[1] == referenced == "id" else None
        if not record:
            return None
        keeper = self._medical_keeper(table, column, record.id)
        names = {"record": record.display_name, "kind": self._medical_kind(record)}
        if not keeper:
            return self.env._(
                "%(record)s (%(kind)s) cannot be deleted, because other records refer to it. Archive it instead.",
                **names,
            )
        # What the person may not see is named by its kind only.
        if not keeper.with_env(self.env).has_access("read"):
            return self.env._(
                "%(record)s (%(kind)s) cannot be deleted, because a record that you may not see refers to it: "
                "%(keeper_kind)s. Archive it instead.",
                keeper_kind=self._medical_kind(keeper),
                **names,
            )
        return self.env._(
            "%(record)s (%(kind)s) cannot be deleted, because %(keeper)s (%(keeper_kind)s) refers to it. Archive it instead.",
            keeper=keeper.display_name,
            keeper_kind=self._medical_kind(keeper),
            **names,
        )

    @api.model
    def _medical_kind(self, record) -> str:
        return self.env["ir.model"]._get(record._name).name

    @api.model
    def _medical_row(self, table: str, id_: int):
        """The record of a row, as superuser: what keeps another one keeps it from everybody. None when it is gone."""
        for name, model in self.env.registry.items():
            if model._table == table and not model._abstract and model._auto:
                return self.env[name].sudo().browse(id_).exists()
        return None

    @api.model
    def _medical_keeper(self, table: str, column: str, id_: int):
        """The first record that refers to row ``id_``: one of ``table``, or of a many2many field kept there."""
        for name, model in self.env.registry.items():
            if model._abstract or not model._auto:
                continue
            if model._table == table:
                query = SQL("SELECT id FROM %s WHERE %s = %s LIMIT 1", *map(SQL.identifier, (table, column)), id_)
                return self.env[name].sudo().browse(row for (row,) in self.env.execute_query(query))
            for field in model._fields.values():
                if field.type == "many2many" and field.store and (field.relation, field.column2) == (table, column):
                    names = map(SQL.identifier, (field.column1, table, column))
                    query = SQL("SELECT %s FROM %s WHERE %s = %s LIMIT 1", *names, id_)
                    return self.env[name].sudo().browse(row for (row,) in self.env.execute_query(query))
        return None
