import json
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from odoo.addons.auth_passkey.models.auth_passkey_key import AuthPasskeyKey

# A key, a challenge and an answer of a real device, from the tests of core's auth_passkey.
KEY = "L2p6jvcWuCMTRmkZHKqqvQbz0Dhk3JbJOx1F8ci99nSNjlfx3Z7nkigMdUACLggB"
PUBLIC_KEY = "pQECAyYgASFYIC9qeo73FrgjE0ZpGRwxLIG50L4kNlhj2DIyqSc_YiRSIlgg2q6bL2-IoJ6j_GkVTdfPKyx8RF5e8wzX9-Zk37AykM8="
CHALLENGE = "DKrw5IeFiL0w_y5oB0RATPrqG1eFOC2P7yEiXCstBRuZYbSBBkAWfhAIInkMqWjYIN8vbKn7J3PMX_ThznHpqg"
ANSWER = {
    "id": KEY,
    "rawId": KEY,
    "response": {
        "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAw",
        "clientDataJSON": (
            "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiREtydzVJZUZpTDB3X3k1b0IwUkFUUHJxRzFlRk9DMlA3eUVpWENz"
            "dEJSdVpZYlNCQmtBV2ZoQUlJbmtNcVdqWUlOOHZiS243SjNQTVhfVGh6bkhwcWciLCJvcmlnaW4iOiJodHRwOi8vbG9jYWxob3N0"
            "OjgwNjkiLCJjcm9zc09yaWdpbiI6ZmFsc2V9"
        ),
        "signature": (
            "MEUCIQD5iaPp48QMS3amx4PS89kv_EBAo3bBkaWnLzWlSgFSXgIgLWKEv9xR_ZwVXZbw2zx459RKbrQuAcd-UqD4gJw1lWY"
        ),
        "userHandle": "Mg",
    },
    "type": "public-key",
    "clientExtensionResults": {},
    "authenticatorAttachment": "cross-platform",
}


@tagged("post_install", "-at_install")
class TestPasskeySignature(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.signer = cls.env.ref("base.user_admin")
        cls.env["ir.config_parameter"].sudo().set_param("web.base.url", "http://localhost:8069")
        cls.env.cr.execute(
            SQL(
                "INSERT INTO auth_passkey_key (name, credential_identifier, public_key, create_uid, sign_count) "
                "VALUES ('Key', %s, %s, %s, 0)",
                KEY,
                PUBLIC_KEY,
                cls.signer.id,
            )
        )
        cls.env.invalidate_all()
        cls.rule = cls.env["medical.clock.rule"].create(
            {
                "name": "Rule",
                "market": "eu",
                "trigger": "death",
                "number": 3,
                "calendar_id": cls.env.ref("medical_base.holiday_calendar_eu").id,
                "source": "Article 1",
                "valid_from": "2031-01-01",
            }
        )

    def _sign(self, answer, challenge=CHALLENGE):
        answer = answer if isinstance(answer, str) else json.dumps(answer)
        rule = self.rule.with_user(self.signer).with_context(signature_passkey=answer)
        with patch.object(AuthPasskeyKey, "_get_session_challenge", lambda self: challenge):
            return rule.action_sign()

    def test_passkey_signs(self):
        self._sign(ANSWER)
        self.assertEqual(self.rule.state, "signed")
        self.assertEqual(self.rule.signature_ids.method, "passkey")
        self.rule = self.rule.copy({"valid_from": "2032-01-01"})
        with self.assertRaisesRegex(UserError, "Nothing was signed"):
            self._sign(ANSWER)  # the counter of the key has moved on
        self.assertEqual(self.rule.state, "open")

    def test_other_answers_do_not(self):
        for answer, challenge in (
            (ANSWER, "b3RoZXItY2hhbGxlbmdl"),
            ({**ANSWER, "id": "unknown"}, CHALLENGE),
            ({**ANSWER, "response": {**ANSWER["response"], "signature": "AAAA"}}, CHALLENGE),
            ("no json", CHALLENGE),
            ("[]", CHALLENGE),
            ({}, CHALLENGE),
        ):
            with self.subTest(answer=str(answer)[:40]), self.assertRaisesRegex(UserError, "Nothing was signed"):
                self._sign(answer, challenge)
        self.assertFalse(self.rule.signature_ids)

    def test_window_offers_the_passkey_first(self):
        action = self.rule.with_user(self.signer).action_sign()
        wizard = self.env["medical.sign"].with_user(self.signer).browse(action["res_id"])
        self.assertEqual((wizard.proof, wizard.has_password), ("passkey", True))
        self.assertFalse(wizard.second_factor)
        wizard.action_use_password()
        self.assertEqual(wizard.proof, "password")

    def test_passkey_without_a_password(self):
        self.env.cr.execute(SQL("UPDATE res_users SET password = NULL WHERE id = %s", self.signer.id))
        self.assertEqual(self.signer.with_user(self.signer)._signature_methods(), ["passkey"])
        self._sign(ANSWER)
        self.assertEqual(self.rule.state, "signed")
