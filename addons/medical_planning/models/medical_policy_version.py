import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import PLANNER, step

from .medical_policy_settings import SETTINGS

_lt = LazyTranslate(__name__)


class MedicalPolicyVersion(models.Model):
    """Settings of a policy as they were, are or might be.

    Draft → in force → former, when another one was released, or rolled back. A draft is released only with a replay of
    exactly these settings; one that does worse than the settings in force also with an approver's reason.
    """

    _name = "medical.policy.version"
    _description = "Policy Version"
    _inherit = ["medical.document.mixin", "medical.policy.settings", "mail.thread"]
    _order = "policy_id, number desc"
    _rec_name = "display_name"
    _check_company_auto = True
    _guarded_fields = ("before_id", "author_id", "rules_before")
    _settles = {"": ("policy_id", "number"), "draft": ("note", *SETTINGS)}
    _kept_from = "in_force"
    _audited_fields = ("state", "note", "release_reason", *SETTINGS)

    policy_id = fields.Many2one("medical.policy", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    number = fields.Integer(required=True, readonly=True, copy=False)
    note = fields.Text("What is Different, and Why")
    state = fields.Selection(
        [("draft", "Draft"), ("in_force", "In Force"), ("former", "Former"), ("rolled_back", "Rolled Back")]
    )
    before_id = fields.Many2one(
        "medical.policy.version", "In Force Before", readonly=True, copy=False, index="btree_not_null"
    )
    author_id = fields.Many2one(
        "res.users", "Settings by", readonly=True, copy=False, default=lambda self: self.env.user
    )
    released_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    released_date = fields.Datetime(readonly=True, copy=False)
    release_reason = fields.Text("Approver's Reason", readonly=True, copy=False)
    # Rule id → minimum, maximum, whether it was managed and its last proposal, when the version was released: what a roll
    # back restores.
    rules_before = fields.Json(readonly=True, copy=False, prefetch=False)
    replay_ids = fields.One2many("medical.policy.replay", "version_id", "Replays")
    replay_id = fields.Many2one("medical.policy.replay", compute="_compute_replay_id")
    replay_state = fields.Char(compute="_compute_replay_id")
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)
    is_worse = fields.Boolean(compute="_compute_replay_id", help="The replay has figures that are worse than in force.")

    _number_unique = models.UniqueIndex("(policy_id, number)")
    _one_in_force = models.UniqueIndex("(policy_id) WHERE state = 'in_force'")
    _one_draft = models.UniqueIndex("(policy_id) WHERE state = 'draft'", "A policy has one draft version at a time.")

    @api.depends("policy_id.name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = f"{version.policy_id.name} v{version.number}"

    @api.depends("replay_ids.state", "policy_id.version", *SETTINGS)
    def _compute_replay_id(self):
        labels = dict(self.env["medical.policy.replay"]._fields["state"]._description_selection(self.env))
        for version in self:
            newest = version.replay_ids.sorted("id", reverse=True)[:1]
            fitting = version._fitting_replay()
            version.replay_id = fitting or newest
            version.is_worse = bool(fitting and fitting.worse)
            if not newest:
                version.replay_state = self.env._("not replayed yet")
            elif fitting:
                version.replay_state = self.env._("replayed with these settings")
            elif newest.state == "done":
                version.replay_state = self.env._("changed since the replay: replay it again")
            else:
                version.replay_state = labels[newest.state]

    @api.depends("replay_ids.state")
    def _compute_comparison(self):
        for version in self:
            other = version.before_id if version.state != "draft" else version.policy_id._version_in_force()
            version.comparison = self.env["ir.qweb"]._render(
                "medical_planning.policy_comparison",
                {
                    "version": version,
                    "other": other,
                    "settings": version._setting_rows(other),
                    "tables": version.replay_id._comparison_tables() if version.replay_id.state == "done" else [],
                },
            )

    def write(self, vals):
        result = super().write(vals)
        if set(self._setting_names()) & set(vals):
            self._guarded_write({"author_id": self.env.uid})
        return result

    def _settled_advice(self):
        return self.env._("A version that was released does not change: make a new version of its policy.")

    # What people do

    @step("draft", label=_lt("Replay"), group=PLANNER, single=True)
    def action_replay(self):
        """Replay these settings beside those in force, on history and under stress; in the background."""
        self.ensure_one()
        replay = self.env["medical.policy.replay"].create([{"version_id": self.id, "company_id": self.company_id.id}])
        replay.action_start()
        return replay.get_formview_action()

    def action_view_replays(self):
        return self._medical_records(
            "medical_planning.action_medical_policy_replay",
            [("version_id", "in", self.ids)],
            default_version_id=self.id,
        )

    def action_view_release(self):
        """The release screen: figures beside those in force, and the reason where one is needed."""
        self.ensure_one()
        step = self._get_steps()["action_release"]
        self._check_may_take(step)
        self._check_unmet(step, {})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release %(version)s", version=self.display_name),
            "res_model": "medical.policy.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_version_id": self.id, "dialog_size": "extra-large"},
        }

    @step(
        "draft",
        to="in_force",
        label=_lt("Release"),
        group=PLANNER,
        reason="optional",
        by="released_by_id",
        on="released_date",
        why="release_reason",
        single=True,
    )
    def action_release(self):
        """Put a replayed draft in force; the reason is the approver's where it does worse."""
        self.ensure_one()
        replay = self._fitting_replay()
        if replay.worse:
            self._check_approver(replay)
        self._take_place()

    def _unmet_release(self):
        return {
            version: self.env._(
                "%(version)s has no finished replay with the settings it has now (%(state)s). Replay it on history and "
                "under all stress scenarios, then release it.",
                version=version.display_name,
                state=version.replay_state,
            )
            for version in self
            if not version._fitting_replay()
        }

    @step("draft", to="in_force", label=_lt("Put in Force"), system=True, by="released_by_id", on="released_date")
    def _put_in_force(self):
        """Without a replay: see ``medical.policy._put_in_force``."""
        self._take_place()

    @step("in_force", to="former", label=_lt("Another Version Is in Force"), system=True)
    def _step_aside(self):
        """One version decides at a time."""

    @step("in_force", to="rolled_back", label=_lt("Roll Back"), system=True)
    def _undo(self):
        """The policy was rolled back to the version before."""

    @step("former", to="in_force", label=_lt("In Force Again"), system=True)
    def _come_back(self):
        """The version after it was rolled back."""

    def _check_approver(self, replay):
        texts = {"version": self.display_name, "figures": "; ".join(replay._worse_sentences())}
        if not self._reason():
            raise UserError(
                self.env._(
                    "%(version)s does worse than the policy in force: %(figures)s. An approver has to say why it is released "
                    "all the same.",
                    **texts,
                )
            )
        if not self.env.user.has_group("stock.group_stock_manager"):
            raise AccessError(
                self.env._(
                    "%(version)s does worse than the policy in force: %(figures)s. Only an Inventory administrator "
                    "releases it.",
                    **texts,
                )
            )
        # Not only who was the last to change something.
        setters = self._writers([self._fields[name] for name in SETTINGS])[self]
        if self.author_id == self.env.user or self.env.uid in setters:
            raise AccessError(
                self.env._(
                    "%(version)s does worse than the policy in force: %(figures)s. Somebody else than %(author)s, who set it "
                    "up, has to approve it.",
                    **texts,
                    author=self.env.user.name,
                )
            )

    def _fitting_replay(self):
        """The newest replay of exactly these settings against the version in force now."""
        self.ensure_one()
        now = self._fingerprint()
        return self.replay_ids.sorted("id", reverse=True).filtered(
            lambda replay: (
                replay.state == "done"
                and replay._is_complete()
                and replay.settings == now
                and replay.compared_version == self.policy_id.version
            )
        )[:1]

    def _fingerprint(self):
        """Settings as kept with a replay."""
        return json.loads(json.dumps(self._settings(), default=str))

    def _take_place(self):
        """The version in force becomes a former one, and the policy decides by this one."""
        self.ensure_one()
        before = self.policy_id._version_in_force()
        before._step_aside()
        before.flush_recordset()
        self._guarded_write({"before_id": before.id, "rules_before": self._present_rules()})
        self.policy_id._decide_by(version=self)
        self.message_post(body=self.env._("Version %(number)d is in force.", number=self.number))

    def _present_rules(self):
        """Rule id → [minimum, maximum, managed, proposal id] of the company's rules, archived ones too."""
        # sudo: whatever the planner may read of them, a roll back restores them all.
        rules = self.env["stock.warehouse.orderpoint"].sudo().with_context(active_test=False)
        held = ["product_min_qty", "product_max_qty", "medical_managed", "medical_proposal_id"]
        rules = rules.search_fetch([("company_id", "=", self.company_id.id)], held)
        return {
            str(rule.id): [*(rule[name] for name in held[:3]), rule.medical_proposal_id.id or None] for rule in rules
        }
