import json

from odoo import models
from odoo.exceptions import AccessDenied


class ResUsers(models.Model):
    _inherit = "res.users"

    def _signature_methods(self):
        methods = super()._signature_methods()
        # Superuser: a check of the present user, who may not read every field of a key.
        return ["passkey", *methods] if self.sudo().auth_passkey_key_ids else methods

    def _verify_signature_credentials(self, credentials):
        answer = credentials.get("signature_passkey")
        if not answer:
            return super()._verify_signature_credentials(credentials)
        try:
            known = isinstance(answer, str) and isinstance(json.loads(answer)["id"], str)
        except (ValueError, KeyError, TypeError):
            known = False
        if not known:
            raise AccessDenied(self.env._("The answer of the passkey cannot be read. Try again."))
        # Core checks the answer against a challenge that the session gave out once.
        self._check_credentials({"type": "webauthn", "webauthn_response": answer}, {"interactive": True})
        return "passkey"
