import base64
import json
import time
from datetime import timedelta

from odoo.tests import HttpCase, new_test_user, tagged

FORGED = {"medical_guard": True, "install_mode": True, "signature_hashes": {}, "identity_checked": True}


@tagged("post_install", "-at_install")
class TestSignatureHttp(HttpCase):
    """The same rules for programs: JSON-2 with an API key, and people with two-factor authentication."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env.ref("base.main_company")
        cls.signer = new_test_user(
            cls.env, "http_signer", "medical_base.group_medical_regulatory", password="http-signer-secret"
        )
        cls.quality = new_test_user(
            cls.env, "http_quality", "medical_base.group_medical_quality_approver", password="http-quality-secret"
        )
        apikeys = cls.env["res.users.apikeys"]
        expires = cls.env.cr.now() + timedelta(days=1)
        cls.keys = {
            user: apikeys.with_user(user).sudo()._generate("rpc", "test", expires) for user in (cls.signer, cls.quality)
        }
        cls.rule = cls.env["medical.clock.rule"].create(
            {
                "name": "Http rule",
                "market": "eu",
                "trigger": "death",
                "number": 3,
                "calendar_id": cls.env.ref("medical_base.holiday_calendar_eu").id,
                "source": "Article 9",
                "valid_from": "2031-01-01",
                "company_id": company.id,
            }
        )

    def setUp(self):
        super().setUp()
        # Failed attempts of one test do not lock out the next one.
        self.env.registry._login_failures = None
        self.addCleanup(setattr, self.env.registry, "_login_failures", None)

    def _call(self, user, model, method, **body):
        response = self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(body),
            headers={"Authorization": f"bearer {self.keys[user]}", "Content-Type": "application/json"},
        )
        self.env.invalidate_all()
        return response.status_code, response.json()

    def _sign(self, user=None, **credentials):
        return self._call(
            user or self.signer, "medical.clock.rule", "action_sign", ids=self.rule.ids, context=credentials
        )

    def test_same_credentials_in_the_same_call(self):
        status, answer = self._sign()
        self.assertEqual((status, answer["res_model"], self.rule.state), (200, "medical.sign", "open"))
        status, answer = self._sign(signature_password=self.keys[self.signer])
        self.assertEqual((status, self.rule.state), (422, "open"), "an API key is no password")
        self.assertIn("Nothing was signed", answer["message"])
        status, answer = self._sign(signature_password="http-signer-secret", medical_reason="By program")
        self.assertEqual((status, answer, self.rule.state), (200, True, "signed"))
        self.assertEqual(self.rule.signature_ids.reason, "By program")

    def test_forging(self):
        vals = {
            "model": "medical.clock.rule", "res_id": self.rule.id, "meaning": "approval", "user_id": self.signer.id,
            "signer_name": "X", "date": "2026-01-01", "method": "password", "content": "{}", "content_hash": "x",
            "batch": "x", "row_hash": "x",
        }  # fmt: skip
        for user in (self.signer, self.quality):
            for model, method, body in (
                ("medical.signature", "create", {"vals_list": [vals]}),
                ("medical.clock.rule", "write", {"ids": self.rule.ids, "vals": {"state": "signed"}}),
                ("medical.clock.rule", "write", {"ids": self.rule.ids, "vals": {"signature_ids": [[0, 0, vals]]}}),
                ("medical.clock.rule", "_sign", {"ids": self.rule.ids, "meaning": "approval", "credentials": {}}),
                ("medical.signature", "_record", {"records": self.rule.ids, "meaning": "approval", "reason": "x"}),
                ("medical.audit.entry", "create", {"vals_list": [{"model": "x"}]}),
            ):
                with self.subTest(user=user.login, method=method):
                    status, _answer = self._call(user, model, method, context=FORGED, **body)
                    self.assertIn(status, (403, 404, 422))
        status, _answer = self._sign(self.quality, signature_password="http-quality-secret", **FORGED)
        self.assertEqual(status, 403)
        self.assertEqual((self.rule.state, len(self.rule.signature_ids)), ("open", 0))

    def test_guessing_is_throttled(self):
        self.env["ir.config_parameter"].sudo().set_param("base.login_cooldown_after", 3)
        for _attempt in range(3):
            _status, answer = self._sign(signature_password="wrong")
            self.assertIn("password is not right", answer["message"])
        _status, answer = self._sign(signature_password="http-signer-secret")
        self.assertIn("Too many login failures", answer["message"])
        self.assertEqual(self.rule.state, "open")

    def test_code_where_two_factor_authentication_is_on(self):
        if "totp_secret" not in self.signer._fields:
            self.skipTest("auth_totp is not installed")
        # Imported here: the addon may be missing.
        from odoo.addons.auth_totp.models.totp import TIMESTEP, hotp

        secret = b"12345678901234567890"
        self.signer.sudo().totp_secret = base64.b32encode(secret).decode()
        self.env.flush_all()
        password = "http-signer-secret"
        status, answer = self._sign(signature_password=password)
        self.assertEqual(status, 422)
        self.assertIn("Enter the code", answer["message"])
        code = hotp(secret, int(time.time() / TIMESTEP))
        status, _answer = self._sign(signature_password=password, signature_token=f"{(code + 1) % 10**6:06d}")
        self.assertEqual((status, self.rule.state), (422, "open"))
        status, _answer = self._sign(signature_password="wrong", signature_token=f"{code:06d}")
        self.assertEqual((status, self.rule.state), (422, "open"))
        status, _answer = self._sign(signature_password=password, signature_token=f"{code:06d}")
        self.assertEqual((status, self.rule.state), (200, "signed"))
        self.assertEqual(self.rule.signature_ids.method, "password_code")
        # The same code does not sign twice.
        other = self.rule.copy({"valid_from": "2032-01-01"})
        status, _answer = self._call(
            self.signer, "medical.clock.rule", "action_sign", ids=other.ids,
            context={"signature_password": password, "signature_token": f"{code:06d}"},
        )  # fmt: skip
        self.assertEqual((status, other.state), (422, "open"))

    def test_code_by_email(self):
        if "_send_totp_mail_code" not in dir(self.signer):
            self.skipTest("auth_totp_mail is not installed")
        self.env["ir.config_parameter"].sudo().set_param("auth_totp.policy", "all_required")
        password = "http-signer-secret"
        _status, window = self._sign()
        status, window = self._call(self.signer, "medical.sign", "action_send_code", ids=[window["res_id"]])
        self.assertEqual((status, window["res_model"]), (200, "medical.sign"))
        code, _expires = self.signer.with_user(self.signer).sudo()._get_totp_mail_code()
        status, _answer = self._sign(signature_password=password)
        self.assertEqual((status, self.rule.state), (422, "open"))
        status, _answer = self._sign(signature_password=password, signature_token=code)
        self.assertEqual((status, self.rule.state), (200, "signed"))
        self.assertEqual(self.rule.signature_ids.method, "password_code")

    def test_sign_tour(self):
        self.start_tour(f"/odoo/legal-clock-rules/{self.rule.id}", "medical_base_sign_tour", login="http_signer")
        self.env.invalidate_all()
        self.assertEqual(self.rule.state, "signed")
        self.assertRecordValues(
            self.rule.signature_ids,
            [{"user_id": self.signer.id, "reason": "Compared with the law", "method": "password", "state": "valid"}],
        )

    def test_clock_tour(self):
        clock = self.env["medical.clock"].create(
            {
                "name": "Tour clock",
                "rule_id": self.env.ref("medical_base.clock_rule_us_recall_initiated").id,
                "user_id": self.quality.id,
                "company_id": self.quality.company_id.id,
                "start": "2026-01-05 12:00:00",
            }
        )
        self.start_tour("/odoo/legal-clocks", "medical_base_clock_tour", login="http_quality")
        self.env.invalidate_all()
        self.assertEqual(clock.state, "met_late")
