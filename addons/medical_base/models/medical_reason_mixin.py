"""What a call hands over beside its arguments."""

from odoo import models

# Proof of identity for a signature. It is taken out before anything else runs, so that it reaches no automation, no
# message and no returned action.
CREDENTIAL_KEYS = ("signature_password", "signature_token", "signature_passkey")
HASHES_KEY = "signature_hashes"
REASON_KEY = "medical_reason"


class MedicalReasonMixin(models.AbstractModel):
    """The reason of what is done travels in one context key, from the button to the audit trail."""

    _name = "medical.reason.mixin"
    _description = "Reason of a Call"

    def _reason(self) -> str | None:
        """Why this is done; None where nobody said."""
        reason = self.env.context.get(REASON_KEY)
        if not isinstance(reason, str):
            return None
        # What PostgreSQL cannot store as text is no part of it.
        return reason.replace("\x00", "").encode(errors="ignore").decode().strip() or None

    def _with_reason(self, reason: str | None):
        return self.with_context(**{REASON_KEY: reason or ""})

    def _without_credentials(self):
        unwanted = {*CREDENTIAL_KEYS, HASHES_KEY}
        return self.with_env(
            self.env(context={key: value for key, value in self.env.context.items() if key not in unwanted})
        )
