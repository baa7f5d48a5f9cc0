from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import PLANNER, step

_lt = LazyTranslate(__name__)
# Periods of these tell nothing about ordinary demand: they are left out of the history.
MASKING = ("recall", "stockout")


class MedicalDemandEvent(models.Model):
    """Something that people know and a history cannot: why demand was, or will be, out of the ordinary.

    Past events are taken out of the history before the forecast is made, future ones are put on top of it.
    """

    _name = "medical.demand.event"
    _description = "Demand Event"
    _inherit = ["medical.document.mixin", "mail.thread"]
    _order = "date_from desc, id desc"
    _check_company_auto = True
    # A confirmed event explains forecasts that were made.
    _kept_from = "confirmed"
    _dropped_states = ("cancelled",)
    _audited_fields = (
        *("name", "kind", "state", "date_from", "date_to", "size_by", "percent", "units", "probability"),
        *("product_ids", "category_ids", "warehouse_ids"),
    )

    name = fields.Char(required=True)
    kind = fields.Selection(
        [
            ("promotion", "Promotion"),
            ("tender", "Tender"),
            ("golive", "Go-live"),
            ("recall", "Recall"),
            ("stockout", "Stock-out"),
            ("other", "Other"),
        ],
        required=True,
        default="promotion",
        tracking=True,
        help="The size of an event is learned from earlier ones of its kind. Periods of a recall or stock-out are left "
        "out of the history.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users", "Owner", default=lambda self: self.env.user, domain="[('share', '=', False)]"
    )
    date_from = fields.Date("From", required=True, tracking=True)
    date_to = fields.Date("To", required=True, tracking=True)
    product_ids = fields.Many2many("product.product", string="Products", check_company=True)
    category_ids = fields.Many2many("product.category", string="Categories", help="With their subcategories.")
    warehouse_ids = fields.Many2many(
        "stock.warehouse", check_company=True, domain="[('company_id', '=', company_id)]", help="Empty for all."
    )
    size_by = fields.Selection(
        [("learn", "Learned from earlier ones"), ("units", "Quantity")],
        "Size",
        default="learn",
        required=True,
        help="Learned: from earlier events of this kind; the percentage counts as long as there are too few. "
        "Quantity: so much is added to each product, over the whole event.",
    )
    percent = fields.Float(
        help="By how many percent ordinary demand changes, where it cannot be learned. 0: such a past event is left out "
        "of the history, a future one changes nothing."
    )
    units = fields.Float("Quantity", digits="Product Unit", help="Added to each product, over the whole event.")
    probability = fields.Float(
        default=100.0,
        help="That it comes about, in percent. A tender that may be lost has two futures: the quantiles show both.",
    )
    state = fields.Selection([("draft", "Draft"), ("confirmed", "Confirmed"), ("cancelled", "Cancelled")])
    note = fields.Text()

    _sane_dates = models.Constraint("CHECK (date_to >= date_from)", "An event ends on or after the day it begins.")
    _sane_numbers = models.Constraint(
        "CHECK (probability BETWEEN 0 AND 100 AND percent BETWEEN -95 AND 900)",
        "The probability is 0 to 100 percent, the change of demand -95 to 900 percent.",
    )

    @api.constrains("product_ids", "category_ids", "state")
    def _check_about_something(self):
        for event in self:
            if event.state == "confirmed" and not event.product_ids and not event.category_ids:
                raise ValidationError(
                    self.env._("%(event)s: choose the products or categories it is about.", event=event.name)
                )

    @step("draft", to="confirmed", label=_lt("Confirm"), group=PLANNER)
    def action_confirm(self):
        """From now on forecast runs count with it."""

    @step("draft", "confirmed", to="cancelled", label=_lt("Cancel"), group=PLANNER)
    def action_cancel(self):
        """It does not come about; what was forecast with it stays explained by it."""

    @step("confirmed", "cancelled", to="draft", label=_lt("Set to Draft"), group=PLANNER)
    def action_draft(self):
        """Change it, then confirm it again."""

    # What runs ask for

    @api.model
    def _for_run(self, company, first, last):
        """Confirmed events of ``company`` between two dates."""
        return self.search(
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "confirmed")
            & Domain("date_to", ">=", first)
            & Domain("date_from", "<=", last),
            order="date_from, id",
        )

    def _is_about(self, product):
        """Whether the event speaks of ``product``, in whatever warehouse."""
        self.ensure_one()
        category = product.categ_id
        return product in self.product_ids or any(
            category.parent_path.startswith(above.parent_path) for above in self.category_ids if category
        )

    def _touched(self, series):
        """Positions in ``series`` that the event is about."""
        self.ensure_one()
        products, warehouses = set(self.product_ids.ids), set(self.warehouse_ids.ids)
        categories = set(self.env["product.category"].search([("id", "child_of", self.category_ids.ids)]).ids)
        return [
            place
            for place, row in enumerate(series)
            if (row.product_id.id in products or row.product_id.categ_id.id in categories)
            and (not warehouses or row.warehouse_id.id in warehouses)
        ]
