import hashlib
import json

from odoo import api, models

from ..document import TRAIL_READERS
from .medical_audit_entry import CREATED, DELETED


class MedicalAuditedMixin(models.AbstractModel):
    """Log creation, deletion and changes of ``_audited_fields`` in the audit trail.

    The reason is taken from the context key ``medical_reason``. Values are logged as people read them: names
    with the id, selection keys, dates in ISO form. Computed fields are not seen: audit what they are computed
    from. The tuples of all classes of a model count together; without any, nothing is logged. A model of which only
    some records matter says which in ``_audited_records``.
    """

    _name = "medical.audited.mixin"
    _description = "Audited Fields"
    _inherit = ["medical.reason.mixin"]

    _audited_fields: tuple[str, ...] = ()

    @api.model
    def _post_model_setup__(self):
        for name in self._get_audited_fields():
            if name not in self._fields:
                raise TypeError(f"{self._name}: the audited field {name!r} does not exist")
        return super()._post_model_setup__()

    @api.model
    def _get_audited_fields(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(name for cls in reversed(type(self).mro()) for name in vars(cls).get("_audited_fields", ()))
        )

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._audit_whole(CREATED)
        return records

    def write(self, vals):
        names = [name for name in self._get_audited_fields() if name in vals]
        records = self._medical_once().filtered("id") if names else self.browse()
        before, audited = records._audit_values(names), records._audited_records()
        result = super().write(vals)
        if records := audited | records._audited_records():
            after = records._audit_values(names)
            rows = [
                (record.id, record.display_name, name, before[record.id][name], after[record.id][name])
                # Superuser: the name is logged also where the change took the record out of the user's reach.
                for record in records.sudo()
                for name in names
                if before[record.id][name] != after[record.id][name]
            ]
            self.env["medical.audit.entry"]._log(records, rows, self._reason())
        return result

    def unlink(self):
        self._audit_whole(DELETED)
        return super().unlink()

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Every form leads to the audit trail of its record, above the sheet."""
        arch, view = super()._get_view(view_id, view_type, **options)
        sheet = arch.find("sheet") if view_type == "form" and self._get_audited_fields() else None
        if sheet is not None:
            box = sheet.find("div[@name='button_box']")
            if box is None:
                box = sheet.makeelement("div", {"name": "button_box", "class": "oe_button_box"})
                sheet.insert(0, box)
            attributes = {"type": "object", "class": "oe_stat_button", "icon": "fa-history", "invisible": "not id"}
            button = box.makeelement(
                "button", {"name": "action_view_audit_trail", "groups": TRAIL_READERS, **attributes}
            )
            button.set("string", self.env._("Audit Trail"))
            box.append(button)
        return arch, view

    def action_view_audit_trail(self):
        """Open the entries about these records."""
        about = [("model", "=", self._name), ("res_id", "in", self.ids)]
        return self.env["medical.audit.entry"]._medical_list(self.env._("Audit Trail"), about)

    def _audit_whole(self, event: str):
        """Log the creation or deletion, one row per record with all its audited values."""
        if not self._get_audited_fields():
            return
        records = self._medical_once()._audited_records()
        values = records._audit_values(self._get_audited_fields())
        rows = []
        # Superuser: see write().
        for record in records.sudo():
            text = "\n".join(f"{name}: {value}" for name, value in values[record.id].items() if value)
            old, new = (text, None) if event == DELETED else (None, text)
            rows.append((record.id, record.display_name, event, old, new))
        self.env["medical.audit.entry"]._log(records, rows, self._reason())

    def _audited_records(self):
        """Those of the records whose changes are logged."""
        return self

    def _audit_values(self, names) -> dict[int, dict[str, str | None]]:
        """Record id -> field -> value as text."""
        fields_ = [self._fields[name] for name in names]
        # Superuser: the trail is complete even where the user may not read a related record or a field.
        return {
            record.id: {field.name: self._audit_text(field, record[field.name]) for field in fields_}
            for record in self.sudo()
        }

    @api.model
    def _audit_text(self, field, value) -> str | None:
        if isinstance(value, models.BaseModel):
            return ", ".join(f"{record.display_name} (#{record.id})" for record in value) or None
        if field.type == "boolean":
            return str(bool(value))
        if field.type in ("integer", "float", "monetary"):
            return str(value)
        if value is None or value is False:
            return None
        if field.type == "binary":
            data = value if isinstance(value, bytes) else str(value).encode()
            return f"sha256 {hashlib.sha256(data).hexdigest()}"
        if field.type in ("json", "properties", "properties_definition"):
            return json.dumps(value, sort_keys=True, default=str)
        return str(value)
