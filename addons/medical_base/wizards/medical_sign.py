import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..models.medical_reason_mixin import CREDENTIAL_KEYS, HASHES_KEY, REASON_KEY
from ..models.medical_signature import MEANINGS, content_hash


class MedicalSign(models.TransientModel):
    """Ask for the signature, or the reason, that an action needs, listing the records that it covers.

    The window only repeats the call of the action with the credentials in the context: whatever is written
    into its fields, the action itself checks who may sign what, and in which meaning.
    """

    _name = "medical.sign"
    _description = "Sign Electronically"

    model = fields.Char(required=True, readonly=True)
    method = fields.Char(required=True, readonly=True)
    arguments = fields.Text(readonly=True)
    meaning = fields.Selection(MEANINGS, readonly=True)
    user_id = fields.Many2one("res.users", "Signed By", readonly=True, default=lambda self: self.env.user)
    line_ids = fields.One2many("medical.sign.line", "sign_id", "Records", readonly=True)
    line_count = fields.Integer("Records to Sign", compute="_compute_line_count")
    reason = fields.Char()
    reason_required = fields.Boolean(readonly=True)
    proof = fields.Selection(
        [("password", "Password"), ("passkey", "Passkey"), ("none", "None")],
        "Proof of Identity",
        default=lambda self: (self.env.user._signature_methods() or ["none"])[0],
    )
    second_factor = fields.Char(compute="_compute_second_factor")
    # No columns: handed over in the context of the button, as core's own identity check does.
    password = fields.Char(store=False)
    token = fields.Char("Code", store=False)

    @api.depends("line_ids")
    def _compute_line_count(self):
        for wizard in self:
            wizard.line_count = len(wizard.line_ids)

    @api.depends("proof")
    def _compute_second_factor(self):
        for wizard in self:
            wizard.second_factor = wizard.proof == "password" and self.env.user._mfa_type()

    @api.model
    def _open_for(self, records, method: str, kwargs: dict) -> dict:
        """The window for a call of ``method`` on ``records``."""
        signed = getattr(type(records), method)._medical_signed
        # What the user may do was checked by the action; the window belongs to the user alone.
        wizard = self.create(
            {
                "model": records._name,
                "method": method,
                "arguments": json.dumps(kwargs),
                "meaning": signed["meaning"],
                "reason": records._reason(),
                "reason_required": signed["reason"],
                "line_ids": [
                    fields.Command.create(
                        {
                            "res_id": record.id,
                            "res_name": record.display_name,
                            "content_text": record._signature_text() if signed["meaning"] else False,
                            "content_hash": content_hash(record._signature_content()) if signed["meaning"] else False,
                        }
                    )
                    for record in records
                ],
            }
        )
        return wizard._window()

    def _window(self) -> dict:
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sign Electronically") if self.meaning else self.env._("Give the Reason"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            # The client adds the context of the button to the action that it returned.
            "context": {**dict.fromkeys(CREDENTIAL_KEYS, False), "dialog_size": "large"},
        }

    def action_sign(self):
        """Call the action again, with the credentials that the button handed over."""
        self.ensure_one()
        method = getattr(type(self.env[self.model]), self.method, None) if self.model in self.env else None
        if not getattr(method, "_medical_signed", None):
            raise AccessError(
                self.env._("%(method)s is no action that is signed. Start it from its document.", method=self.method)
            )
        credentials = {key: self.env.context[key] for key in CREDENTIAL_KEYS if self.env.context.get(key)}
        # An empty password is a wrong one: without any, the action would open this window again.
        records = (
            self.env[self.model]
            .browse(self.line_ids.mapped("res_id"))
            ._without_credentials()
            .with_context(
                **((credentials or {"signature_password": ""}) if self.meaning else {}),
                **{
                    HASHES_KEY: {str(line.res_id): line.content_hash for line in self.line_ids},
                    REASON_KEY: self.reason or "",
                },
            )
        )
        result = method(records, **json.loads(self.arguments or "{}"))
        if not isinstance(result, dict):
            return {"type": "ir.actions.act_window_close"}
        context = result.get("context") or {}
        if not isinstance(context, dict):
            raise TypeError(f"{self.model}.{self.method}: a signed action returns its context as a dict")
        return {**result, "context": {**context, **dict.fromkeys(CREDENTIAL_KEYS, False)}}

    def action_send_code(self):
        """Send the code by e-mail, where that is the second factor."""
        self.ensure_one()
        if self.second_factor != "totp_mail":
            raise UserError(self.env._("Your code comes from your authenticator app, not by e-mail."))
        self.env.user._send_totp_mail_code()
        return self._window()
