"""States and other fields that only the model's own methods may set."""

import math
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import AccessError, UserError

GUARD_KEY = "medical_guard"
# What a column of PostgreSQL's type integer holds.
_INTEGERS = range(-(2**31), 2**31)


@dataclass(slots=True, eq=False)
class _Pass:
    """Permission to set some guarded fields of some records once.

    A context value that arrives over RPC, in JSON or in an import is never an instance of this class. The
    pass travels on to everything the guarded call triggers (overrides, computes, automation rules), so it
    opens only the fields and records it was made for, each record once, and nothing after the call has
    returned.
    """

    model: str
    names: frozenset[str]
    ids: set[int]
    creations: int

    def spend_write(self, model: str, names: set[str], ids: set[int]) -> bool:
        if self.model != model or not names <= self.names or not ids <= self.ids:
            return False
        self.ids -= ids
        return True

    def spend_create(self, model: str, names: set[str], count: int) -> bool:
        if self.model != model or not names <= self.names or count > self.creations:
            return False
        self.creations -= count
        return True

    def close(self):
        self.ids = set()
        self.creations = 0


class MedicalGuardedMixin(models.AbstractModel):
    """Refuse direct edits of ``_guarded_fields``, for everybody including the superuser.

    A model inherits the mixin, lists the fields in ``_guarded_fields`` and sets them with ``_guarded_write``
    and ``_guarded_create`` inside its ``action_*`` methods, after having checked group, company, present
    state and separation of duties. Extensions may add names; the tuples of all classes of a model count
    together.

    A guarded field has ``copy=False`` and is neither translated nor company dependent, because those values
    change by other ways than ``write``; the registry does not load otherwise. Put it ``readonly`` in Python
    so that forms do not send it. A ``default=`` on the field works; defaults from the context and user
    defaults do not reach it. A One2many cannot be protected this way: guard the fields of its lines.
    """

    _name = "medical.guarded.mixin"
    _description = "Guarded Fields"

    _guarded_fields: tuple[str, ...] = ()

    @api.model
    def _post_model_setup__(self):
        for name in self._get_guarded_fields():
            field = self._fields.get(name)
            if field is None:
                raise TypeError(f"{self._name}: the guarded field {name!r} does not exist")
            if field.copy or field.translate or field.company_dependent:
                raise TypeError(
                    f"{field}: a guarded field must have copy=False, and be neither translated nor company dependent"
                )
        return super()._post_model_setup__()

    @api.model
    def _get_guarded_fields(self) -> frozenset[str]:
        return frozenset().union(*(vars(cls).get("_guarded_fields", ()) for cls in type(self).mro()))

    @api.model
    def _keep_referenced(self, names):
        """Have the database refuse to delete what the fields ``names`` point to: it would empty them behind ``write``."""
        emptied = {"many2one": "set null", "many2many": "cascade"}
        for field in map(self._fields.get, names):
            if field.store and not field.related and field.type in emptied and not field.comodel_name.startswith("ir."):
                field.ondelete = "restrict" if field.ondelete == emptied[field.type] else field.ondelete

    @api.model
    def default_get(self, fields):
        guarded = self._get_guarded_fields()
        defaults = super().default_get([name for name in fields if name not in guarded])
        for name in guarded.intersection(fields):
            field = self._fields[name]
            if field.default:
                value = field.convert_to_cache(field.default(self), self, validate=False)
                defaults[name] = field.convert_to_write(value, self)
        return defaults

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_odd_values(vals)
        guarded = self._get_guarded_fields()
        touched = [names for vals in vals_list if (names := guarded.intersection(vals))]
        if touched:
            guard = self.env.context.get(GUARD_KEY)
            names = set().union(*touched)
            if type(guard) is not _Pass or not guard.spend_create(self._name, names, len(touched)):
                self._refuse_guarded(names)
        return super(MedicalGuardedMixin, self._without_guard()).create(vals_list).with_env(self.env)

    def write(self, vals):
        self._refuse_odd_values(vals)
        names = self._get_guarded_fields().intersection(vals)
        if names and self:
            guard = self.env.context.get(GUARD_KEY)
            if type(guard) is not _Pass or not guard.spend_write(self._name, names, set(self._ids)):
                self._refuse_guarded(names)
        return super(MedicalGuardedMixin, self._without_guard()).write(vals)

    @api.model
    def _refuse_odd_values(self, vals: dict):
        """Refuse what JSON can carry and no comparison or column can: not a number, endless, too long, not there."""
        for name, value in vals.items():
            field = self._fields.get(name)
            kind = field and field.type
            if kind == "reference" and isinstance(value, str) and value:
                model, _comma, res_id = value.partition(",")
                odd = model not in field.get_values(self.env) or not res_id.isdecimal()
                # Core would take what is not there for nothing.
                odd = odd or not self.env[model].browse(int(res_id)).exists()
            elif kind == "integer" and isinstance(value, int):
                odd = value not in _INTEGERS
            else:
                odd = kind in ("integer", "float", "monetary") and isinstance(value, float) and not math.isfinite(value)
            if odd:
                raise UserError(
                    self.env._(
                        "%(field)s of %(model)s cannot be %(value)s.",
                        field=field._description_string(self.env),
                        model=self._description,
                        value=value,
                    )
                )

    def _guarded_write(self, vals: dict) -> bool:
        """Write ``vals``, guarded fields included. The caller has checked that it may."""
        guard = _Pass(self._name, self._get_guarded_fields().intersection(vals), set(self._ids), 0)
        try:
            return self.with_context(**{GUARD_KEY: guard}).write(vals)
        finally:
            guard.close()

    @api.model
    def _guarded_create(self, vals_list: list[dict]):
        """Create records, guarded fields included. The caller has checked that it may."""
        names = self._get_guarded_fields().intersection(name for vals in vals_list for name in vals)
        guard = _Pass(self._name, names, set(), len(vals_list))
        try:
            return self.with_context(**{GUARD_KEY: guard}).create(vals_list).with_env(self.env)
        finally:
            guard.close()

    def _is_guarded_call(self) -> bool:
        """Whether ``_guarded_write`` or ``_guarded_create`` runs: for a model's own checks in its overrides."""
        return type(self.env.context.get(GUARD_KEY)) is _Pass

    def _without_guard(self):
        """Nothing that the guarded call triggers needs the pass, nor a default for a guarded field."""
        unwanted = {GUARD_KEY, *(f"default_{name}" for name in self._get_guarded_fields())}
        context = self.env.context
        if unwanted.isdisjoint(context):
            return self
        return self.with_env(self.env(context={key: value for key, value in context.items() if key not in unwanted}))

    def _refuse_guarded(self, names):
        labels = ", ".join(sorted(self._fields[name]._description_string(self.env) for name in names))
        record = self.sudo()[:1].display_name if self.ids else ""
        raise AccessError(
            self.env._(
                "%(fields)s of %(model)s %(record)s cannot be set directly: "
                "use the buttons and actions of the document instead.",
                fields=labels,
                model=self.env["ir.model"]._get(self._name).name,
                record=record,
            )
        )
