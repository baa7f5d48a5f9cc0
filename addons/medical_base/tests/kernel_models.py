"""A document with lines and a job that exist in the tests of the kernel only."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.orm.model_classes import add_to_registry
from odoo.tools import SQL

from odoo.addons.medical_base.document import PLANNER, QUALITY_APPROVER, QUALITY_USER, step

from .common import MedicalBaseCase


class Memo(models.Model):
    _module = "medical_base"
    _name = "medical.test.memo"
    _description = "Memo"
    _inherit = ["medical.document.mixin", "medical.signed.mixin"]
    _number = "medical.test.memo"
    _audited_fields = ("text",)
    _signed_fields = ("remark",)
    _settles = {"draft": ("text", "title", "partner_id", "tag_ids", "line_ids")}
    _kept_from = "open"
    _dropped_states = ("dropped",)

    name = fields.Char(readonly=True, copy=False, default="/")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    partner_id = fields.Many2one("res.partner")
    category_id = fields.Many2one("product.category", ondelete="cascade")
    tag_ids = fields.Many2many("res.partner.category")
    owner_id = fields.Many2one("res.users")
    text = fields.Char()
    title = fields.Char(translate=True)
    remark = fields.Char()
    about = fields.Reference(selection=[("medical.test.memo", "Memo")], copy=False)
    weight = fields.Float()
    pieces = fields.Integer()
    line_ids = fields.One2many("medical.test.memo.line", "memo_id")
    state = fields.Selection([("draft", "Draft"), ("open", "Open"), ("done", "Done"), ("dropped", "Dropped")])

    @step("draft", to="open", label="Open", group=QUALITY_USER, sign="author")
    def action_open(self):
        """It is written down."""

    @step("draft", "open", to="dropped", label="Drop", group=QUALITY_USER)
    def action_drop(self):
        """It was nothing."""

    @step("open", label="Look At", group=QUALITY_USER)
    def action_look(self):
        """Changes nothing."""

    @step("open", label="Measure", group=QUALITY_USER, single=True)
    def action_measure(self):
        """One after the other."""
        self.ensure_one()

    @step("open", to="done", label="Check", group=QUALITY_APPROVER, not_by=("open", "line_ids"), reason=True)
    def action_check(self):
        """By somebody else."""


class MemoLine(models.Model):
    _module = "medical_base"
    _name = "medical.test.memo.line"
    _description = "Line of a Memo"
    _inherit = ["medical.document.line.mixin", "medical.audited.mixin"]
    _document_field = "memo_id"
    _audited_fields = ("text",)

    memo_id = fields.Many2one("medical.test.memo", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="memo_id.company_id", store=True)
    product_id = fields.Many2one("product.product", check_company=True)
    text = fields.Char()


class Job(models.Model):
    _module = "medical_base"
    _name = "medical.test.job"
    _description = "Job of a Test"
    _inherit = ["medical.job.mixin"]
    _job_groups = (PLANNER,)
    _job_cron = "base.autovacuum_job"
    _lock_class = 1

    name = fields.Char()
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    fault = fields.Char()

    def _prepare(self):
        self._guarded_write({"total": 1})

    def _work_batch(self):
        if self.fault:
            raise UserError(self.fault)
        self._finish()
        return 0


class KernelCase(MedicalBaseCase):
    """The models above, and people who may work with them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = [definition._name for definition in (Memo, MemoLine, Job)]

        def forget():
            for name in names:
                del cls.registry.models[name]
                for parent in cls.registry.values():
                    parent._inherit_children.discard(name)
            cls.registry._setup_models__(cls.env.cr, [])

        cls.addClassCleanup(forget)
        for definition in (Memo, MemoLine, Job):
            add_to_registry(cls.registry, definition)
        cls.registry._setup_models__(cls.env.cr, [])
        cls.registry.init_models(cls.env.cr, names, {"module": "medical_base"})
        cls.env["ir.model.access"].create(
            [
                {
                    "name": name,
                    "model_id": cls.env["ir.model"]._get_id(name),
                    "group_id": cls.env.ref(group).id,
                    **dict.fromkeys(("perm_read", "perm_write", "perm_create", "perm_unlink"), True),
                }
                for name, group in zip(names, (QUALITY_USER, QUALITY_USER, PLANNER), strict=True)
            ]
        )
        cls.env["ir.sequence"].create(
            {"name": "Memo", "code": "medical.test.memo", "prefix": "M/%(year)s/", "padding": 3, "company_id": False}
        )
        cls.first, cls.second = (cls._user(f"memo_{name}", QUALITY_USER, QUALITY_APPROVER) for name in ("one", "two"))
        cls.planner = cls._user("memo_planner", PLANNER)

    def _memo(self, opened=True, **vals):
        memo = self.env["medical.test.memo"].with_user(self.first).create({"text": "It leaks", **vals})
        if opened:
            self._opening(memo).action_open()
        return memo

    def _opening(self, memo):
        return memo.with_context(signature_password=memo.env.user.login)

    def _row(self, record) -> str:
        """Where the row is: another place each time that it is changed."""
        record.flush_recordset()
        [(place,)] = self.env.execute_query(
            SQL("SELECT ctid::text FROM %s WHERE id = %s", SQL.identifier(record._table), record.id)
        )
        return place
