import logging
import re

from odoo import models
from odoo.exceptions import AccessDenied, AccessError, UserError
from odoo.http import request
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class ResUsers(models.Model):
    _name = "res.users"
    _inherit = ["res.users", "medical.audited.mixin"]
    _audited_fields = ("login", "active", "group_ids", "company_ids")

    def _medical_has_group(self, *groups: str) -> bool:
        """Whether the user belongs to one of ``groups``, given by their XML ids."""
        return any(self.has_group(group) for group in groups)

    def _medical_check_group(self, *groups: str, doing: str):
        """Refuse who belongs to none of ``groups``.

        :param doing: what the user wants to do, in words
        """
        if not self._medical_has_group(*groups):
            # Superuser: a user who lacks the groups may not read them.
            names = [self.env.ref(group).sudo().full_name for group in groups]
            raise AccessError(
                self.env._(
                    "You may not do this: %(doing)s. Ask somebody of the group %(groups)s.",
                    doing=doing,
                    groups=self.env._(" or ").join(names),
                )
            )

    def _signature_methods(self) -> list[str]:
        """The ways in which the user can prove at signing who they are, the preferred one first."""
        self.ensure_one()
        [(has_password,)] = self.env.execute_query(
            SQL("SELECT COALESCE(password, '') != '' FROM res_users WHERE id = %s", self.id)
        )
        if not has_password:
            # Superuser: the passwords of these users are kept by a directory, if an administrator installed that.
            has_password = self.env["ir.module.module"].sudo()._get("auth_ldap").state == "installed"
        return ["password"] if has_password else []

    def _check_signature_credentials(self, credentials: dict) -> str:
        """Check the proof of identity given for a signature; return the method (see ``METHODS``).

        Guessing is throttled by the same counter as the login. An API key is no password here.
        """
        self.ensure_one()
        if self != self.env.user:
            raise AccessDenied()
        if not self._signature_methods():
            raise UserError(
                self.env._(
                    "You cannot sign, %(user)s: your account has neither a password nor a passkey. Set one under "
                    "Preferences, Security, or ask an administrator to send you a password reset.",
                    user=self.name,
                )
            )
        try:
            with self._assert_can_auth(user=self.login):
                return self._verify_signature_credentials(credentials)
        except AccessDenied as error:
            _logger.warning("Electronic signature refused for %s (#%s): wrong credentials", self.login, self.id)
            message = str(error.args[0]) if error.args else ""
            raise UserError(
                self.env._("Nothing was signed. %(reason)s", reason=message)
                if message and message != str(AccessDenied().args[0])
                else self.env._("Nothing was signed: the password is not right. Try again.")
            ) from None

    def _verify_signature_credentials(self, credentials: dict) -> str:
        password = credentials.get("signature_password")
        if not isinstance(password, str) or not password:
            raise AccessDenied(self.env._("Enter your password."))
        info = self._check_credentials(
            {"type": "password", "login": self.login, "password": password}, {"interactive": True}
        )
        second_factor = self._mfa_type() if info.get("mfa") != "skip" else None
        if not second_factor:
            return "password"
        token = re.sub(r"\s", "", str(credentials.get("signature_token") or ""))
        if not token.isdecimal():
            raise AccessDenied(self.env._("Enter the code of your two-factor authentication."))
        if not request:
            raise UserError(self.env._("Users with two-factor authentication can only sign over the network."))
        self._check_credentials({"type": second_factor, "token": int(token)}, {"interactive": True})
        return "password_code"
