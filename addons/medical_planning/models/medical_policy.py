from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import PLANNER, step

from .medical_policy_settings import SETTINGS

_lt = LazyTranslate(__name__)
# What forecasts are shared out by; levels of medical.forecast.level have the same names.
SPLITS = ("region", "grade", "department", "channel", "customer")


class MedicalPolicy(models.Model):
    """How a forecast becomes a reorder rule, for a part of the assortment.

    Its settings are those of the version in force. They change by releasing another version, which takes a replay.
    """

    _name = "medical.policy"
    _description = "Replenishment Policy"
    _inherit = ["medical.document.mixin", "medical.policy.settings", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True
    _guarded_fields = ("version",)
    # It has decided about reorder rules.
    _kept_from = "in_force"
    _audited_fields = ("name", "active", *SETTINGS, *(f"split_{name}" for name in SPLITS), "version")

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    state = fields.Selection(
        [("draft", "Draft"), ("in_force", "In Force")],
        help="A policy decides about products once one of its versions was released.",
    )
    version = fields.Integer(readonly=True, copy=False, help="The version in force; 0 before the first one.")
    version_ids = fields.One2many("medical.policy.version", "policy_id", "Versions", copy=False)
    version_count = fields.Integer(compute="_compute_version_count")
    split_region = fields.Boolean(
        "By Sales Region",
        help="Forecasts of these products are shared out over the sales regions of their customers; the parts add up to "
        "the product's forecast.",
    )
    split_grade = fields.Boolean("By Hospital Grade", help="Shared out over the grades of their hospitals.")
    split_department = fields.Boolean(
        "By Department",
        help="Shared out over the departments of the delivery addresses, or over the wards that goods are issued to.",
    )
    split_channel = fields.Boolean("By Channel", help="Shared out over the sales channels of their customers.")
    split_customer = fields.Boolean("By Customer", help="Shared out over the delivery addresses.")

    @api.depends("version_ids")
    def _compute_version_count(self):
        self._medical_count("version_count", "medical.policy.version", "policy_id")

    def _split_by(self):
        """What the forecasts of the policy's products are shared out by."""
        self.ensure_one()
        return [name for name in SPLITS if self[f"split_{name}"]]

    @api.depends("name", "version")
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = f"{policy.name} v{policy.version}" if policy.name else ""

    def write(self, vals):
        # Releasing a version writes its number too, which nobody else may.
        if set(self._setting_names()) & set(vals) and "version" not in vals:
            # sudo: versions count also where the user may not read them.
            fixed = self.filtered(lambda policy: policy.sudo().version_ids)
            if fixed:
                raise UserError(
                    self.env._(
                        "The settings of %(policies)s change by a new version only: use 'New Version', replay it and "
                        "release it.",
                        policies=", ".join(fixed[:5].mapped("name")),
                    )
                )
        return super().write(vals)

    # What people do

    @step("draft", "in_force", label=_lt("New Version"), group=PLANNER, single=True)
    def action_new_version(self):
        """Open the draft of the next version, made from the settings in force where there is none yet."""
        self.ensure_one()
        draft = self.version_ids.filtered(lambda version: version.state == "draft")
        return (draft[:1] or self._draft_version()).get_formview_action()

    def action_view_versions(self):
        return self._medical_records("medical_planning.action_medical_policy_version", [("policy_id", "in", self.ids)])

    @step("in_force", label=_lt("Roll Back"), group=PLANNER, single=True)
    def action_roll_back(self):
        """Put the version before this one in force again, and the rules back to where they were before it."""
        self.ensure_one()
        current = self._version_in_force()
        before = current.before_id
        restored, conflicts = self.env["medical.reorder.proposal"]._roll_back_version(self)
        current._undo()
        current.flush_recordset()
        before._come_back()
        self._decide_by(version=before)
        text = self.env._(
            "Rolled back from version %(old)d to %(new)d: %(restored)d rules restored, %(conflicts)d left as they are because "
            "they were changed since.",
            old=current.number,
            new=before.number,
            restored=restored,
            conflicts=conflicts,
        )
        self.message_post(body=text)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": text, "next": {"type": "ir.actions.client", "tag": "soft_reload"}},
        }

    def _unmet_roll_back(self):
        return {
            policy: self.env._("%(policy)s: no version was in force before this one.", policy=policy.name)
            for policy in self
            if not policy._version_in_force().before_id
        }

    # Versions

    def _version_in_force(self):
        return self.version_ids.filtered(lambda version: version.state == "in_force")

    def _draft_version(self, **values):
        """The next version of each policy as a draft, with its present settings but for ``values``."""
        latest = dict(
            self.env["medical.policy.version"]._read_group(
                [("policy_id", "in", self.ids)], ["policy_id"], ["number:max"]
            )
        )
        return self.env["medical.policy.version"].create(
            [
                {"policy_id": policy.id, "number": latest.get(policy, 0) + 1, **policy._settings(), **values}
                for policy in self
            ]
        )

    @step("draft", "in_force", to="in_force", label=_lt("Decide by a Version"), system=True)
    def _decide_by(self, version):
        """The settings are those of ``version`` from now on."""
        self.ensure_one()
        self._guarded_write({"version": version.number, **version._settings()})

    def _put_in_force(self, note=False, **values):
        """Release the policies with ``values`` at once, without replay: what is installed, and how tools set one up.

        Not reachable over RPC. People release versions with ``action_release``, which asks for the replay.
        """
        for policy in self:
            policy._draft_version(note=note, **values)._put_in_force()

    @api.model
    def _deciding(self, company, trial=None):
        """Policies in force in their order; a trial version stands in the place of its policy."""
        policies = self.search([("company_id", "=", company.id), ("state", "=", "in_force")])
        if not trial:
            return list(policies)
        placed = (policies | trial.policy_id).sorted(lambda policy: (policy.sequence, policy.id))
        return [trial if policy == trial.policy_id else policy for policy in placed]

    @api.model
    def _pairs(self, series):
        """What ``_by_pair`` wants to know of each series."""
        return [
            (row.product_id.categ_id, row.warehouse_id.id, cell)
            for row, cell in zip(series, series._cells(), strict=True)
        ]

    @api.model
    def _by_pair(self, company, pairs, trial=None):
        """Policy of each pair; the most specific one wins.

        :param pairs: iterable of (category record, warehouse id, (abc, xyz) or None)
        :param trial: a ``medical.policy.version`` that is tried in place of its policy's settings in force
        :return: list of policy records (empty where none fits)

        A policy for category and warehouse beats one for the category (deeper category
        first), then one for the warehouse, then the general one. At the same place one for the
        value and variability class beats one for the value class, then one for the variability
        class, then one for all; then the sequence counts.
        """
        best = {}
        for policy in self._deciding(company, trial):
            best.setdefault((policy.category_id.id, policy.warehouse_id.id, policy.abc, policy.xyz), policy)
        chosen, found = [], {}
        for category, warehouse_id, cell in pairs:
            key = (category.id, warehouse_id, cell)
            if key not in found:
                ancestors = category._medical_path_ids()[::-1]
                candidates = [(ancestor, warehouse_id) for ancestor in ancestors]
                candidates += [(ancestor, False) for ancestor in ancestors]
                candidates += [(False, warehouse_id), (False, False)]
                abc, xyz = cell or (False, False)
                classes = dict.fromkeys([(abc, xyz), (abc, False), (False, xyz), (False, False)])
                found[key] = next(
                    (best[place + names] for place in candidates for names in classes if place + names in best),
                    self.browse(),
                )
            chosen.append(found[key])
        return chosen
