from odoo import fields, models


class MedicalSign(models.TransientModel):
    _inherit = "medical.sign"

    # No column: the answer of the passkey, handed over in the context of the button.
    passkey = fields.Char(store=False)
    has_password = fields.Boolean(compute="_compute_has_password")

    def _compute_has_password(self):
        for wizard in self:
            wizard.has_password = "password" in self.env.user._signature_methods()

    def action_use_password(self):
        """Sign with the password instead of the passkey."""
        self.ensure_one()
        self.proof = "password"
        return self._window()
