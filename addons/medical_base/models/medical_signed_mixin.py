"""Records that people sign electronically, and actions that ask for a signature."""

import json
from functools import wraps

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .medical_reason_mixin import CREDENTIAL_KEYS, HASHES_KEY
from .medical_signature import MEANINGS, content_hash


def signed(meaning: str, *, check: str | None = None, reason: bool = False):
    """Make an ``action_*`` method of a ``medical.signed.mixin`` model ask for a signature each time.

    Called without credentials (a button), the method opens the window that lists the records and asks for
    the password, and for the code where two-factor authentication is on; the window calls the method again.
    Called with credentials in the context (the window, or a program over RPC, in the same call), it signs
    every record and then runs, all in one transaction: if the method refuses, nothing is signed.

    The decorated method takes keyword arguments that JSON can carry, and returns an action or nothing. To
    extend one, extend the private method that it calls: code around ``super()`` would also run when the
    window is only being opened.

    :param meaning: a key of ``MEANINGS``; it belongs to the method, so that nobody can choose another one
    :param check: name of a method that refuses before the window opens, with the same keyword arguments
    :param reason: whether the signer must say why
    """
    if meaning not in dict(MEANINGS):
        raise ValueError(f"{meaning!r} is no meaning of a signature")

    def decorate(method):
        @wraps(method)
        def wrapped(self, **kwargs):
            credentials = {key: self.env.context[key] for key in CREDENTIAL_KEYS if key in self.env.context}
            hashes = self.env.context.get(HASHES_KEY)
            records = self._medical_once()._without_credentials()
            if check:
                getattr(records, check)(**kwargs)
            records._check_may_sign(meaning)
            if not credentials:
                return records.env["medical.sign"]._open_for(records, method.__name__, kwargs)
            if reason and not records._reason():
                raise UserError(records.env._("Say why you sign: the reason is recorded with the signature."))
            records._check_listed(hashes)
            proof = records._prove(credentials)
            records.env["medical.signature"]._record(records, meaning, proof, records._reason())
            return method(records, **kwargs)

        wrapped._medical_signed = {"meaning": meaning, "reason": reason}
        return wrapped

    return decorate


class MedicalSignedMixin(models.AbstractModel):
    """Electronic signatures on the records of a model.

    A model inherits the mixin, names the content of a signature in ``_signed_fields`` and decorates the
    actions that need one::

        class Inspection(models.Model):
            _name = "medical.inspection"
            _inherit = ["medical.guarded.mixin", "medical.audited.mixin", "medical.signed.mixin"]
            _guarded_fields = ("state",)
            _signed_fields = ("lot_id", "result", "line_ids.value")
            _signature_groups = {"release": "medical_base.group_medical_quality_approver"}

            @signed("release", check="_check_can_release", reason=True)
            def action_release(self):
                self._guarded_write({"state": "released"})

    - ``_signed_fields``: stored fields, or a path of two names into lines. Documents that are signed at several stages
      say in ``_signature_paths`` which of them belong to the present one. A later change of one makes the
      signature invalid where everybody sees it (``_signed_change = "invalidate"``), or is refused
      (``"refuse"``). A change by other ways (lines, SQL) shows as *Content Changed*, because the record is
      compared with the hash each time. The tuples of all classes of a model count together. The state that
      the action sets does not belong to them.
    - ``_signature_groups``: meaning -> group that the signer must have.

    A signed record and its files cannot be deleted, unless ``medical.retained.mixin`` says when. A form shows
    ``signature_ids`` and ``signature_state``; a report calls ``medical_base.report_signatures`` with ``doc``
    set.
    """

    _name = "medical.signed.mixin"
    _description = "Signed Records"
    _inherit = ["medical.reason.mixin", "medical.kept.files.mixin"]

    _signed_fields: tuple[str, ...] = ()
    _signed_change = "invalidate"
    _signature_groups: dict[str, str] = {}

    signature_ids = fields.One2many("medical.signature", "res_id", "Signatures", readonly=True)
    # Superuser: whether a record is signed does not depend on who looks at it.
    signature_state = fields.Selection(
        [("unsigned", "Not Signed"), ("signed", "Signed"), ("broken", "Signature Not Valid")],
        compute="_compute_signature_state",
        compute_sudo=True,
    )

    @api.model
    def _post_model_setup__(self):
        for path in self._get_signed_fields():
            model, names = self, path.split(".")
            for name in names:
                field = model._fields.get(name)
                if field is None or len(names) > 2:
                    raise TypeError(f"{self._name}: the signed field {path!r} does not exist")
                if field.translate or field.company_dependent or not field.store:
                    raise TypeError(f"{field}: a signed field is stored, and neither translated nor company dependent")
                if field.relational and name != names[-1]:
                    model = self.env[field.comodel_name]
        return super()._post_model_setup__()

    @api.model
    def _get_signed_fields(self) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(name for cls in reversed(type(self).mro()) for name in vars(cls).get("_signed_fields", ()))
        )

    # Compute

    @api.depends("signature_ids")
    def _compute_signature_state(self):
        for record in self:
            states = set(record.signature_ids.mapped("state"))
            if not states:
                record.signature_state = "unsigned"
            elif "valid" in states and states <= {"valid", "invalidated"}:
                record.signature_state = "signed"
            else:
                record.signature_state = "broken"

    # Content

    def _signature_paths(self) -> tuple[str, ...]:
        """Which of the signed fields a signature made now covers: all of them, or what is known in the present state."""
        self.ensure_one()
        return self._get_signed_fields()

    def _signature_content(self, names=None) -> str:
        """The signed values as canonical JSON: what the hash is taken of."""
        self.ensure_one()
        # Superuser: the content does not depend on who looks at it.
        record = self.sudo()
        values = {path: self._signature_value(record, path.split(".")) for path in names or self._signature_paths()}
        return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @api.model
    def _signature_value(self, record, names):
        name, *below = names
        field = record._fields.get(name)
        if field is None:
            return None
        value = record[name]
        if below:
            return [[line.id, self._signature_value(line, below)] for line in value.sorted("id")]
        if isinstance(value, models.BaseModel):
            return value.id or None if field.type == "many2one" else sorted(value.ids)
        if field.type in ("boolean", "integer", "float", "monetary"):
            return value
        # As the audit trail writes it: dates in ISO form, a hash of binary values, sorted JSON.
        return self.env["medical.audited.mixin"]._audit_text(field, value)

    def _signature_text(self) -> str:
        """The signed values as people read them, one a line."""
        self.ensure_one()
        record = self.sudo()  # as _signature_content
        lines = []
        for path in self._signature_paths():
            name, *below = path.split(".")
            label = self._fields[name]._description_string(self.env)
            if not below:
                lines.append(f"{label}: {self._signature_display(record, name)}")
                continue
            for line in record[name].sorted("id"):
                line_label = line._fields[below[0]]._description_string(self.env)
                text = self._signature_display(line, below[0])
                lines.append(f"{label} {line.display_name}, {line_label}: {text}")
        return "\n".join(lines)

    @api.model
    def _signature_display(self, record, name: str) -> str:
        field, value = record._fields[name], record[name]
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value) or "–"
        if isinstance(value, models.BaseModel):
            return ", ".join(value.mapped("display_name")) or "–"
        return self.env["medical.audited.mixin"]._audit_text(field, value) or "–"

    def _signature_rows(self) -> list[dict]:
        """The signatures of a record for a report."""
        self.ensure_one()
        self.check_access("read")
        # Superuser: who may read and print the document sees who signed it.
        signatures = self.sudo().signature_ids.with_env(self.sudo().env).sorted("id")
        labels = {
            name: dict(signatures._fields[name]._description_selection(self.env))
            for name in ("meaning", "method", "state")
        }
        return [
            {
                "signer": signature.signer_name,
                "date": signature.date,
                "reason": signature.reason,
                "hash": signature.row_hash,
                "valid": signature.state == "valid",
                **{name: labels[name][signature[name]] for name in labels},
            }
            for signature in signatures
        ]

    # Signing

    def _check_may_sign(self, meaning: str):
        """Refuse who lacks the group."""
        if not self:
            raise UserError(self.env._("Choose at least one record to sign."))
        self.check_access("read")
        group = self._signature_groups.get(meaning)
        label = dict(self.env["medical.signature"]._fields["meaning"]._description_selection(self.env))[meaning]
        if group and not self.env.user.has_group(group):
            raise AccessError(
                self.env._(
                    "You may not sign %(record)s (%(meaning)s): ask somebody of the group %(group)s.",
                    record=self[:1].display_name,
                    meaning=label,
                    # Superuser: a user who lacks the group may not read it.
                    group=self.env.ref(group).sudo().full_name,
                )
            )

    def _check_listed(self, hashes):
        """Refuse when a record is no longer what the signer was shown."""
        if not isinstance(hashes, dict):
            return
        for record in self:
            if hashes.get(str(record.id)) != content_hash(record._signature_content()):
                raise UserError(
                    self.env._(
                        "%(record)s was changed after you opened it for signing. Close the window, read it "
                        "again and sign it then.",
                        record=record.display_name,
                    )
                )

    def _prove(self, credentials: dict) -> str:
        """Have the user prove who they are, with the records as they will be signed; return the method."""
        names = {path.partition(".")[0] for path in self._get_signed_fields()}
        # What is hashed is what the database holds, rounded as it is there.
        self.flush_recordset(names)
        self.invalidate_recordset(names)
        return self.env.user._check_signature_credentials(credentials)

    def _live_signatures(self):
        """Signatures of these records that nothing has invalidated."""
        # Superuser: they bind also those who may not read them.
        return (
            self.env["medical.signature"]
            .sudo()
            .search([("model", "=", self._name), ("res_id", "in", self.ids), ("invalidated_on", "=", False)])
        )

    def _valid_signatures(self, meaning: str):
        """Signatures in this meaning whose content is still what was signed."""
        signatures = self._live_signatures()
        signatures.invalidate_recordset(["state"])  # the content may have changed since it was computed
        return signatures.filtered(lambda s: s.meaning == meaning and s.state == "valid")

    # CRUD

    def write(self, vals):
        roots = {path.partition(".")[0] for path in self._get_signed_fields()}
        signatures = self._live_signatures() if not roots.isdisjoint(vals) else None
        if not signatures:
            return super().write(vals)
        # Each signature holds for what it covers; what a later one adds does not touch it.
        paths = {signature: list(json.loads(signature.content)) for signature in signatures}
        before = {
            signature: self.browse(signature.res_id)._signature_content(names) for signature, names in paths.items()
        }
        # Refused, nothing is left of the change, whatever the caller makes of the error.
        with self.env.cr.savepoint():
            result = super().write(vals)
            broken = signatures.filtered(lambda s: self.browse(s.res_id)._signature_content(paths[s]) != before[s])
            changed = self.browse(set(broken.mapped("res_id")))
            if changed and self._signed_change == "refuse":
                raise UserError(
                    self.env._(
                        "%(record)s is signed and cannot be changed. Make a new one in its place and sign that.",
                        record=changed[0].display_name,
                    )
                )
        if changed:
            labels = ", ".join(self._fields[name]._description_string(self.env) for name in vals if name in roots)
            broken._invalidate(self._reason() or self.env._("Changed after signing: %(fields)s", fields=labels))
            changed.invalidate_recordset(["signature_state"])
        return result

    # Also at uninstall: the context key that stands for it can be sent over RPC.
    @api.ondelete(at_uninstall=True)
    def _unlink_never_signed(self):
        # The retention period of a record stands above: what the law lets go is let go.
        if isinstance(self, self.env.registry["medical.retained.mixin"]):
            return
        for refusal in self._signed_refusals().values():
            raise UserError(refusal)

    def _signed_refusals(self) -> dict[int, str]:
        """Record id → why it cannot be deleted, of those that somebody has signed."""
        # Superuser: a signature counts also where the user may not read it.
        signatures = self.env["medical.signature"].sudo()
        return {
            signature.res_id: self.env._("%(record)s was signed and is kept as a record.", record=signature.res_name)
            for signature in signatures.search([("model", "=", self._name), ("res_id", "in", self.ids)])
        }

    def _kept_files_refusals(self):
        refusals = super()._kept_files_refusals()
        if not isinstance(self, self.env.registry["medical.retained.mixin"]):
            refusals |= self._signed_refusals()
        return refusals
