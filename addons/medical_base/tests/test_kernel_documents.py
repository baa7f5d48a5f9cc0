from dataclasses import replace
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests import tagged
from odoo.tools import mute_logger

from .kernel_models import KernelCase


@tagged("post_install", "-at_install")
class TestKernelDocuments(KernelCase):
    """Ways round the kernel that were open once."""

    def _refused(self, error=UserError):
        return self.assertRaises(error)

    def test_what_is_no_id_is_no_document(self):
        model = self.env["medical.test.memo"].with_user(self.first)
        context = {"signature_password": self.first.login}
        for ids in ([0], [False], [None], [""], [[1]], [{}]):
            with self.subTest(ids=ids), self.assertRaisesRegex(UserError, "choose at least one record"):
                call_kw(model, "action_open", [ids], {"context": context})

    def test_reasons_are_text_that_a_database_stores(self):
        memo = self._memo().with_user(self.second)
        with self.assertRaisesRegex(UserError, "Give a reason"):
            memo.action_check(reason="\x00\ud800")
        memo.action_check(reason="Leaks\x00 \ud800at both ends")
        self.assertEqual(memo.step_ids[0].reason, "Leaks at both ends")

    def test_each_document_has_its_own_reason(self):
        scopes = self._scope(category_id=self.devices.id, reason="Pilot") | self._scope(reason="Everywhere")
        scopes.with_user(self.admin).action_activate()
        self.assertEqual(scopes.step_ids.sorted("res_id").mapped("reason"), ["Pilot", "Everywhere"])

    # ------------------------------------------------------------------
    # What is settled and kept
    # ------------------------------------------------------------------

    def test_kept_documents_stay_in_their_company(self):
        self.first.company_ids += self.other_company
        draft, memo = self._memo(opened=False), self._memo()
        draft.company_id = self.other_company
        with self.assertRaisesRegex(UserError, "Company"):
            memo.company_id = self.other_company

    def test_what_documents_point_to_stays(self):
        partner = self.env["res.partner"].create({"name": "Vendor"})
        tag = self.env["res.partner.category"].create({"name": "Critical"})
        product = self.env["product.product"].create({"name": "Valve"})
        self._memo(partner_id=partner.id, tag_ids=[(4, tag.id)], line_ids=[(0, 0, {"product_id": product.id})])
        for record in (partner, tag, product):
            # The database's own error, for which core has a sentence over RPC.
            with (
                self.subTest(record=record),
                self.assertRaisesRegex(Exception, "foreign key"),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                record.unlink()

    def test_nothing_takes_kept_documents_along(self):
        """Drafts go with their category, also with one above it; whatever the context says, the others stay."""
        parent = self.env["product.category"].create({"name": "Above"})
        for opened in (False, True):
            category = self.env["product.category"].create({"name": "Below", "parent_id": parent.id})
            memo = self._memo(opened=opened, category_id=category.id)
            if opened:
                for record in (category, parent):
                    with self.subTest(record=record), self.assertRaisesRegex(UserError, "kept as a record"):
                        record.with_context(_force_unlink=True).unlink()
            else:
                category.unlink()
            self.assertEqual(bool(memo.exists()), opened)

    def test_scopes_outlive_no_feature(self):
        scope = self._scope()
        scope.with_user(self.admin).action_activate()
        with self.assertRaisesRegex(UserError, "kept as a record"):
            self.feature.unlink()
        self.assertTrue(scope.exists())

    def test_translations_of_settled_fields(self):
        memo = self._memo(title="Leak")
        with self._refused():
            call_kw(memo.browse(), "update_field_translations", [memo.ids, "title", {"en_US": "No leak"}], {})

    def test_files_of_kept_documents(self):
        memo = self._memo(opened=False)
        files = self.env["ir.attachment"].with_user(self.first)
        files = files.create([{"name": "a", "raw": b"a", "res_model": memo._name, "res_id": memo.id} for _ in "ab"])
        files[1].unlink()
        memo.sudo()._take("action_open")
        self.assertFalse(memo.signature_ids)
        with self.assertRaisesRegex(UserError, "kept as a record"):
            files[0].unlink()

    def test_left_for_a_dropped_state(self):
        memo = self._memo(opened=False)
        memo.action_drop()
        self.assertFalse(memo._kept(), "a draft that was thrown away")
        with patch.object(type(memo), "_kept_from", "draft"):
            self.assertTrue(memo._kept(), "kept from the beginning, and then dropped")

    # ------------------------------------------------------------------
    # Two people
    # ------------------------------------------------------------------

    def test_whoever_breaks_their_signature_stays_bound(self):
        memo = self._memo()
        memo.remark = "Changed"
        self.assertEqual(memo.signature_ids.invalidated_by_id, self.first)
        with self.assertRaisesRegex(AccessError, "second person"):
            memo.action_check(reason="Fine")
        memo.with_user(self.second).action_check(reason="Fine")

    def test_whoever_takes_lines_away_has_written_them(self):
        memo = self._memo(opened=False, line_ids=[(0, 0, {"text": "Drips"}), (0, 0, {"text": "Runs"})])
        memo.line_ids[0].with_user(self.second).unlink()
        self._opening(memo).action_open()
        with self.assertRaisesRegex(AccessError, "second person"):
            memo.with_user(self.second).action_check(reason="Fine")
        third = self._user("memo_three", "approver")
        memo.with_user(third).action_check(reason="Fine")

    def test_duties_name_what_tells_who(self):
        """A field that people empty themselves, or that nobody logs, keeps nobody out."""
        model = self.env["medical.test.memo"]
        check = model._get_steps()["action_check"]
        for name in ("owner_id", "remark"):
            steps = {"action_check": replace(check, not_by=(name,))}
            with (
                self.subTest(field=name),
                patch.dict(type(model)._declared_steps, steps),
                self.assertRaisesRegex(TypeError, "keeps nobody out"),
            ):
                model._check_declaration()
        model._check_declaration()

    # ------------------------------------------------------------------
    # Two at once: what meets is the row
    # ------------------------------------------------------------------

    def test_steps_without_a_state_change_the_row(self):
        memo = self._memo()
        before = self._row(memo)
        memo.action_look()
        self.assertNotEqual(self._row(memo), before)

    def test_lines_change_the_row_of_their_document(self):
        memo = self._memo(opened=False)
        lines = self.env["medical.test.memo.line"].with_user(self.first)
        for change in (
            lambda: lines.create({"memo_id": memo.id, "text": "Drips"}),
            lambda: memo.line_ids.write({"text": "Runs"}),
            lambda: memo.line_ids.unlink(),
        ):
            before = self._row(memo)
            change()
            self.assertNotEqual(self._row(memo), before)

    # ------------------------------------------------------------------
    # Numbers
    # ------------------------------------------------------------------

    def test_no_number_for_a_wrong_password(self):
        self._memo()  # the company has its sequence
        memo = self._memo(opened=False)
        with mute_logger("odoo.addons.medical_base.models.res_users"), self._refused():
            memo.with_context(signature_password="wrong").action_open()
        self._opening(memo).action_open()
        self.assertTrue(memo.name.endswith("/002"), memo.name)

    def test_the_year_is_todays(self):
        forged = self._memo(opened=False).with_context(ir_sequence_date="1999-01-01")
        self._opening(forged).action_open()
        self.assertNotIn("1999", forged.name)

    # ------------------------------------------------------------------
    # Who sees steps
    # ------------------------------------------------------------------

    def test_steps_are_shown_with_their_document(self):
        step = self._memo().step_ids
        outsider = self._user("memo_outsider")
        self.assertEqual(self.env["medical.step"].with_user(self.second).search([("id", "in", step.ids)]), step)
        self.assertFalse(self.env["medical.step"].with_user(outsider).search([("id", "in", step.ids)]))
        with self._refused(AccessError):
            step.with_user(outsider).read(["reason"])

    def test_nobody_writes_the_diagram(self):
        memo = self._memo()
        vals = {"model": memo._name, "res_id": memo.id, "diagram": "<img src='x' onerror='alert()'>"}
        window = self.env["medical.document.steps"].with_user(self.first).create(vals)
        self.env.invalidate_all()
        self.assertIn("<svg", window.diagram)
        self.assertNotIn("onerror", window.diagram)
        self.assertEqual(window.step_ids, memo.step_ids)
        with self._refused(AccessError):
            window.with_user(self._user("memo_outsider")).read(["diagram"])


@tagged("post_install", "-at_install")
class TestKernelJobs(KernelCase):
    def _job(self, **vals):
        return self.env["medical.test.job"].with_user(self.planner).create({"name": "Count", **vals})

    def test_two_jobs_of_one_call(self):
        jobs = self._job() | self._job()
        with self.assertRaisesRegex(UserError, "still running on the same things"):
            jobs.action_start()

    def test_a_small_job_is_done_at_once_or_refused(self):
        self.patch(self.registry["medical.test.job"], "_at_once", 1)
        job = self._job()
        job.action_start()
        self.assertEqual((job.state, job.progress), ("done", 100.0))
        steps = self.env["medical.step"].search([("model", "=", job._name), ("res_id", "=", job.id)], order="id")
        self.assertEqual(
            [(step.state_from, step.state_to) for step in steps], [("draft", "running"), ("running", "done")]
        )
        bad = self._job(fault="No data")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            bad.action_start()
        self.assertEqual(bad.state, "draft")

    def test_a_failed_job_says_so_and_holds_nobody_up(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env.user.lang = "zh_CN"
        jobs = self.env["medical.test.job"]
        for company, fault in ((self.company, "No data"), (self.other_company, "No rate"), (self.env.company, "")):
            job = jobs.create({"name": "Count", "company_id": company.id, "fault": fault})
            if not fault:
                job.company_id = self.env["res.company"].create({"name": "Third Maker"})
            job._take("action_start")
            jobs |= job
        cron = self.env["ir.cron"].create(
            {
                "name": "Work",
                "model_id": self.env["ir.model"]._get_id("medical.test.job"),
                "state": "code",
                "code": "model._cron_work()",
                "interval_type": "days",
            }
        )
        with self.enter_registry_test_mode(), mute_logger("odoo.addons.medical_base.models.medical_job_mixin"):
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(jobs.mapped("state"), ["failed", "failed", "done"])
        # In the language of whoever asked for it, though a scheduled action wrote it.
        told = jobs.with_context(lang="zh_CN").env._("Stopped by an error: %(error)s", error="No data")
        self.assertEqual(jobs[0].message, told)
        self.assertNotIn("Stopped", told)
