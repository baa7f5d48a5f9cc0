from odoo import api, fields, models
from odoo.exceptions import ValidationError


class MedicalPolicySettings(models.AbstractModel):
    """What a policy in force and each of its versions say."""

    _name = "medical.policy.settings"
    _description = "Settings of a Replenishment Policy"

    category_id = fields.Many2one("product.category", help="With its subcategories; empty for all products.")
    warehouse_id = fields.Many2one("stock.warehouse", check_company=True, help="Empty for all warehouses.")
    abc = fields.Selection(
        [("A", "A"), ("B", "B"), ("C", "C")],
        "Value Class",
        help="A: the products that make up most of the demand's value. Empty: all.",
    )
    xyz = fields.Selection(
        [("X", "X"), ("Y", "Y"), ("Z", "Z")],
        "Variability Class",
        help="X: even demand, Z: demand that varies most. Empty: all.",
    )
    service_type = fields.Selection(
        [("cycle", "Cycle service level"), ("fill", "Fill rate")],
        default="cycle",
        required=True,
        help="Cycle service level: share of replenishment cycles without stock-out. "
        "Fill rate: share of the demanded quantity served from stock.",
    )
    service_target = fields.Float(default=95.0, required=True, help="In percent.")
    is_shared = fields.Boolean(
        "Shared Target",
        help="The products that are planned together reach the target together, with the least money in stock: each demand class "
        "stays near it, a single product may have more or less. Off: every product gets the target.",
    )
    least_service = fields.Float(
        "Least Service (%)",
        default=85.0,
        required=True,
        help="No product is planned below it where the target is shared.",
    )
    review_days = fields.Float(
        default=7.0, required=True, help="Days between two looks at the rule, added to the lead time."
    )
    tolerance_percent = fields.Float(
        default=25.0,
        required=True,
        help="A change of minimum and maximum up to this many percent applies by itself; a larger one waits for a planner.",
    )
    max_change_percent = fields.Float(
        default=0.0, help="The most that one run may move the minimum, in percent of the old one; 0 for no limit."
    )
    surge_percent = fields.Float(
        "Surge (%)",
        default=50.0,
        help="When demand jumps, what the product and those used together with it have to cover is raised at once by up to "
        "this many percent. The rule changes by no more than this and the tolerance together, without review and whatever "
        "the limit per run; 0: never.",
    )
    decline_periods = fields.Integer(
        "Decline (periods)",
        default=3,
        help="After so many periods in a row that stayed under their forecast, the first by a fifth or more, targets are lowered and draft order "
        "lines that are not needed any more are listed; 0: never.",
    )
    create_rules = fields.Boolean(
        "Create Missing Rules",
        default=True,
        help="A product without a reorder rule in a warehouse gets one; otherwise its proposal waits for a planner.",
    )
    take_over = fields.Boolean(
        "Take Over Existing Rules",
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
        "statsforecast on the server."
    )

    _sane_numbers = models.Constraint(
        "CHECK (service_target >= 50 AND service_target < 100 AND least_service BETWEEN 0 AND 100 AND review_days >= 0 AND review_days <= 366 "
        "AND tolerance_percent >= 0 AND max_change_percent >= 0 AND surge_percent BETWEEN 0 AND 500 "
        "AND decline_periods BETWEEN 0 AND 12)",
        "The service target is 50 to below 100 percent, the least service 0 to 100, the review 0 to 366 days, the surge 0 to 500 percent, a decline 0 to "
        "12 periods; percentages are not negative.",
    )

    @api.constrains("slow_pass")
    def _check_slow_pass(self):
        if any(settings.slow_pass for settings in self) and not self.env["medical.model.version"]._has_slow_pass():
            raise ValidationError(
                self.env._(
                    "The slow pass needs the Python library statsforecast, which this server does not have. "
                    "Ask your administrator to run 'pip install statsforecast', or leave the slow pass off."
                )
            )

    @api.model
    def _setting_names(self):
        """Names of the settings, those of extensions included."""
        return SETTINGS

    def _settings(self):
        """Settings as values to write."""
        self.ensure_one()
        return self._convert_to_write({name: self[name] for name in self._setting_names()})

    def _setting_rows(self, other):
        """(setting, here, there) of every setting, as people read it."""
        return [
            (
                self._fields[name]._description_string(self.env),
                self._setting_text(name),
                other and other._setting_text(name),
            )
            for name in self._setting_names()
        ]

    def _setting_text(self, name):
        field, value = self._fields[name], self[name]
        if field.type == "many2one":
            return value.display_name or self.env._("all")
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "")
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        return f"{value:g}"


# What a version of a policy says; none of it changes while it is in force.
SETTINGS = tuple(name for name, value in vars(MedicalPolicySettings).items() if isinstance(value, fields.Field))
