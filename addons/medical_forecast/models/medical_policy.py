from importlib import util

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MedicalPolicy(models.Model):
    """How a forecast becomes a reorder rule, for a part of the assortment."""

    _name = "medical.policy"
    _description = "Replenishment Policy"
    _inherit = ["medical.audited.mixin", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True
    _audited_fields = (
        "name",
        "active",
        "category_id",
        "warehouse_id",
        "service_type",
        "service_target",
        "review_days",
        "tolerance_percent",
        "max_change_percent",
        "create_rules",
        "take_over",
        "trigger",
        "slow_pass",
        "split_region",
        "split_grade",
        "split_department",
        "split_channel",
        "split_customer",
    )
    # What forecasts are shared out by; levels of medical.forecast.level have the same names.
    _splits = ("region", "grade", "department", "channel", "customer")
    # A change of any of these makes a new version of the policy.
    _parameters = frozenset(_audited_fields) - {"name", "active"} - {f"split_{name}" for name in _splits}

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    version = fields.Integer(default=1, readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self._default_company_id()
    )
    category_id = fields.Many2one("product.category", help="With its subcategories; empty for all products.")
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True, help="Empty for all warehouses.")
    service_type = fields.Selection(
        [("cycle", "Cycle service level"), ("fill", "Fill rate")],
        default="cycle",
        required=True,
        help="Cycle service level: share of replenishment cycles without stock-out. "
        "Fill rate: share of the demanded quantity served from stock.",
    )
    service_target = fields.Float(default=95.0, required=True, help="In percent.")
    review_days = fields.Float(default=7.0, required=True, help="Days between two looks at the rule, added to the lead time.")
    tolerance_percent = fields.Float(
        default=25.0,
        required=True,
        help="A change of minimum and maximum up to this many percent applies by itself; a larger one waits for a planner.",
    )
    max_change_percent = fields.Float(
        default=0.0,
        help="The most that one run may move the minimum, in percent of the old one; 0 for no limit.",
    )
    create_rules = fields.Boolean(
        string="Create Missing Rules",
        default=True,
        help="A product without a reorder rule in a warehouse gets one; otherwise its proposal waits for a planner.",
    )
    take_over = fields.Boolean(
        string="Take Over Existing Rules",
        help="Rules that people set before the suite may be changed within the tolerance without review.",
    )
    trigger = fields.Selection(
        [("auto", "Automatic"), ("manual", "Manual")],
        default="auto",
        required=True,
        help="Trigger of the rules that are created: automatic ones order by themselves.",
    )

    slow_pass = fields.Boolean(
        help="Products with regular demand are forecast with AutoETS, AutoCES and DOT as well; their median counts where "
        "it wins the backtest. About a second per product: for the few that matter most. Needs the Python library "
        "statsforecast on the server.",
    )
    split_region = fields.Boolean(
        string="By Sales Region",
        help="Forecasts of these products are shared out over the sales regions of their customers; the parts add up to "
        "the product's forecast.",
    )
    split_grade = fields.Boolean(string="By Hospital Grade", help="Shared out over the grades of their hospitals.")
    split_department = fields.Boolean(
        string="By Department",
        help="Shared out over the departments of the delivery addresses, or over the wards that goods are issued to.",
    )
    split_channel = fields.Boolean(string="By Channel", help="Shared out over the sales channels of their customers.")
    split_customer = fields.Boolean(string="By Customer", help="Shared out over the delivery addresses.")

    _sane_numbers = models.Constraint(
        "CHECK (service_target >= 50 AND service_target < 100 AND review_days >= 0 AND review_days <= 366 "
        "AND tolerance_percent >= 0 AND max_change_percent >= 0)",
        "The service target is 50 to below 100 percent, the review 0 to 366 days; percentages are not negative.",
    )

    @api.model
    def _default_company_id(self):
        return self.env.company

    @api.constrains("slow_pass")
    def _check_slow_pass(self):
        if any(policy.slow_pass for policy in self) and not self._has_slow_pass():
            raise ValidationError(
                self.env._(
                    "The slow pass needs the Python library statsforecast, which this server does not have. "
                    "Ask your administrator to run 'pip install statsforecast', or leave the slow pass off."
                )
            )

    def _split_by(self):
        """What the forecasts of the policy's products are shared out by."""
        self.ensure_one()
        return [name for name in self._splits if self[f"split_{name}"]]

    @api.model
    def _has_slow_pass(self):
        """Whether the library of the slow pass is installed."""
        return bool(util.find_spec("statsforecast"))

    @api.depends("name", "version")
    def _compute_display_name(self):
        for policy in self:
            policy.display_name = f"{policy.name} v{policy.version}" if policy.name else ""

    def write(self, vals):
        changing = self.browse()
        if self._parameters & set(vals):
            for policy in self:
                current = policy._convert_to_write({name: policy[name] for name in self._parameters & set(vals)})
                if any(current[name] != vals[name] for name in current):
                    changing |= policy
        result = super().write(vals)
        for policy in changing:
            super(MedicalPolicy, policy).write({"version": policy.version + 1})
        return result

    def _by_pair(self, company, pairs):
        """Policy id of each pair; the most specific one wins.

        :param pairs: iterable of (category record, warehouse id)
        :return: list of policy records (empty where none fits)

        A policy for category and warehouse beats one for the category (deeper category
        first), then one for the warehouse, then the general one; then the sequence counts.
        """
        best = {}
        for policy in self.search([("company_id", "=", company.id)]):
            best.setdefault((policy.category_id.id, policy.warehouse_id.id), policy)
        chosen, found = [], {}
        for category, warehouse_id in pairs:
            key = (category.id, warehouse_id)
            if key not in found:
                ancestors = [int(part) for part in (category.parent_path or "").split("/") if part][::-1]
                candidates = [(ancestor, warehouse_id) for ancestor in ancestors]
                candidates += [(ancestor, False) for ancestor in ancestors]
                candidates += [(False, warehouse_id), (False, False)]
                found[key] = next((best[c] for c in candidates if c in best), self.browse())
            chosen.append(found[key])
        return chosen
