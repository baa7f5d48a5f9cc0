import json

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from .medical_policy_settings import SETTINGS


class MedicalPolicyVersion(models.Model):
    """Settings of a policy as they were, are or might be.

    Draft → in force → former, when another one was released, or rolled back. A draft is released only with a replay of
    exactly these settings; one that does worse than the settings in force also with an approver's reason.
    """

    _name = "medical.policy.version"
    _description = "Policy Version"
    _inherit = ["medical.policy.settings", "medical.guarded.mixin", "medical.audited.mixin", "mail.thread"]
    _order = "policy_id, number desc"
    _rec_name = "display_name"
    _check_company_auto = True
    _guarded_fields = (
        "state",
        "before_id",
        "author_id",
        "released_by_id",
        "released_date",
        "release_reason",
        "rules_before",
    )
    _audited_fields = ("state", "note", "release_reason")

    policy_id = fields.Many2one("medical.policy", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="policy_id.company_id", store=True, index=True)
    number = fields.Integer(required=True, readonly=True, copy=False)
    note = fields.Text(string="What is Different, and Why")
    state = fields.Selection(
        [("draft", "Draft"), ("in_force", "In Force"), ("former", "Former"), ("rolled_back", "Rolled Back")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    before_id = fields.Many2one(
        "medical.policy.version", string="In Force Before", readonly=True, copy=False, index="btree_not_null"
    )
    author_id = fields.Many2one(
        "res.users", string="Settings by", readonly=True, copy=False, default=lambda self: self._default_author_id()
    )
    released_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    released_date = fields.Datetime(readonly=True, copy=False)
    release_reason = fields.Text(string="Approver's Reason", readonly=True, copy=False)
    # Rule id → minimum, maximum, whether it was managed and its last proposal, when the version was released: what a roll
    # back restores.
    rules_before = fields.Json(readonly=True, copy=False, prefetch=False)
    replay_ids = fields.One2many("medical.policy.replay", "version_id", string="Replays")
    replay_id = fields.Many2one("medical.policy.replay", compute="_compute_replay_id")
    replay_state = fields.Char(compute="_compute_replay_id")
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)
    is_worse = fields.Boolean(compute="_compute_replay_id", help="The replay has figures that are worse than in force.")

    _number = models.UniqueIndex("(policy_id, number)")
    _one_in_force = models.UniqueIndex("(policy_id) WHERE state = 'in_force'")
    _one_draft = models.UniqueIndex("(policy_id) WHERE state = 'draft'", "A policy has one draft version at a time.")

    @api.model
    def _default_author_id(self):
        return self.env.user

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
            other = version.before_id if version.state != "draft" else version._in_force()
            version.comparison = self.env["ir.qweb"]._render(
                "medical_planning.policy_comparison",
                {
                    "version": version,
                    "other": other,
                    "settings": version._setting_rows(other),
                    "tables": version.replay_id._comparison_tables() if version.replay_id.state == "done" else [],
                },
            )

    def _in_force(self):
        return self.policy_id.version_ids.filtered(lambda version: version.state == "in_force")

    def write(self, vals):
        changed = set(self._setting_names()) & set(vals)
        if changed and any(version.state != "draft" for version in self):
            raise UserError(
                self.env._("A version that was released does not change: make a new version of its policy.")
            )
        result = super().write(vals)
        if changed:
            self._guarded_write({"author_id": self.env.uid})
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for version in self:
            if version.state != "draft":
                raise UserError(
                    self.env._("%(version)s was in force: it is kept as a record.", version=version.display_name)
                )

    # What people do

    def action_replay(self):
        """Replay these settings beside those in force, on history and under stress; in the background."""
        self.policy_id._check_planner()
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self.env._("%(version)s is not a draft.", version=self.display_name))
        replay = self.env["medical.policy.replay"].create([{"version_id": self.id, "company_id": self.company_id.id}])
        replay.action_start()
        return replay.get_formview_action()

    def action_view_replays(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_planning.action_medical_policy_replay")
        action.update(domain=[("version_id", "in", self.ids)], context={"default_version_id": self.id})
        return action

    def action_open_release(self):
        """The release screen: figures beside those in force, and the reason where one is needed."""
        self.policy_id._check_planner()
        self.ensure_one()
        self._check_replayed()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release %(version)s", version=self.display_name),
            "res_model": "medical.policy.release",
            "view_mode": "form",
            "target": "new",
            "context": {"default_version_id": self.id, "dialog_size": "extra-large"},
        }

    def action_release(self, reason=None):
        """Put a replayed draft in force; ``reason`` is the approver's where it does worse."""
        self.policy_id._check_planner()
        self.ensure_one()
        replay = self._check_replayed()
        if replay.worse:
            self._check_approver(replay, reason)
        self._release(reason)

    def _check_replayed(self):
        """The replay that allows the release, or an error that says what is missing."""
        if self.state != "draft":
            raise UserError(self.env._("%(version)s is not a draft.", version=self.display_name))
        replay = self._fitting_replay()
        if not replay:
            raise UserError(
                self.env._(
                    "%(version)s has no finished replay with the settings it has now (%(state)s). Replay it on history and "
                    "under all stress scenarios, then release it.",
                    version=self.display_name,
                    state=self.replay_state,
                )
            )
        return replay

    def _check_approver(self, replay, reason):
        figures = "; ".join(replay._worse_sentences())
        if not (reason or "").strip():
            raise UserError(
                self.env._(
                    "%(version)s does worse than the policy in force: %(figures)s. An approver has to say why it is released "
                    "all the same.",
                    version=self.display_name,
                    figures=figures,
                )
            )
        if not self.env.user.has_group("stock.group_stock_manager"):
            raise AccessError(
                self.env._(
                    "%(version)s does worse than the policy in force: %(figures)s. Only an Inventory administrator "
                    "releases it.",
                    version=self.display_name,
                    figures=figures,
                )
            )
        if self.author_id == self.env.user:
            raise AccessError(
                self.env._(
                    "%(version)s does worse than the policy in force: %(figures)s. Somebody else than %(author)s, who set it "
                    "up, has to approve it.",
                    version=self.display_name,
                    figures=figures,
                    author=self.author_id.name,
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

    def _release(self, reason=None):
        self.ensure_one()
        policy, before = self.policy_id, self._in_force()
        if before:
            before._guarded_write({"state": "former"})
            before.flush_recordset()
        # sudo: planners may not write the record of the rules.
        self.sudo()._guarded_write(
            {
                "before_id": before.id,
                "released_by_id": self.env.uid,
                "released_date": fields.Datetime.now(),
                "release_reason": reason or False,
                "rules_before": self._present_rules(),
            }
        )
        policy._take(self)
        self.message_post(body=self.env._("Version %(number)d is in force.", number=self.number))

    def _present_rules(self):
        """Rule id → [minimum, maximum, managed, proposal id] of the company's rules, archived ones too."""
        rules = self.env["stock.warehouse.orderpoint"]
        rules.flush_model(
            ["product_min_qty", "product_max_qty", "medical_managed", "medical_proposal_id", "company_id"]
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, product_min_qty::float8, product_max_qty::float8, coalesce(medical_managed, false),
                       medical_proposal_id
                  FROM stock_warehouse_orderpoint WHERE company_id = %s
                """,
                self.company_id.id,
            )
        )
        return {str(rule): values for rule, *values in rows}
