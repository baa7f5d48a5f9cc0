from functools import partialmethod

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import LazyTranslate, frozendict

from ..document import ADMINISTRATOR, QUALITY_APPROVER, step

_lt = LazyTranslate(__name__)


class MedicalScope(models.Model):
    """Where a feature of the suite is switched on.

    Installing the suite changes nothing. An administrator switches a feature on for a company, optionally for
    one warehouse and one product category with everything below it, having seen what that touches.
    """

    _name = "medical.scope"
    _description = "Medical Scope"
    _inherit = ["medical.document.mixin", "medical.control.mixin", "mail.thread"]
    _order = "company_id, feature_id, id"
    _check_company_auto = True

    _audited_fields = ("state", "feature_id", "company_id", "warehouse_id", "category_id", "valid_from", "active")
    _settles = {"draft": ("feature_id", "company_id", "warehouse_id", "category_id", "valid_from")}
    _control_fields = ("state", "feature_id", "company_id", "warehouse_id", "category_id", "valid_from", "active")
    _control_groups = (QUALITY_APPROVER, ADMINISTRATOR)
    _kept_from = "active"

    feature_id = fields.Many2one(
        "medical.scope.feature",
        required=True,
        index=True,
        ondelete="cascade",
        tracking=True,
        help="What is switched on.",
    )
    feature_description = fields.Text(related="feature_id.description")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        default=lambda self: self.env.company,
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Leave empty for all warehouses of the company, also future ones.",
    )
    category_id = fields.Many2one(
        "product.category",
        "Product Category",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="The categories below it are included. Leave empty for all products.",
    )
    # The day in UTC, as the resolver uses it: the user's own day may not have begun there.
    valid_from = fields.Date(
        required=True, tracking=True, default=fields.Date.today, help="An active scope takes effect on this day (UTC)."
    )
    active = fields.Boolean(default=True)
    state = fields.Selection([("draft", "Draft"), ("active", "Active"), ("ended", "Ended")])
    reason = fields.Char(copy=False, help="Why the scope is activated or ended; it is kept in the audit trail.")

    # Superuser counts: an administrator who sets the scope need not be a stock user.
    product_count = fields.Integer("Storable Products", compute="_compute_preview", compute_sudo=True)
    warehouse_count = fields.Integer("Warehouses", compute="_compute_preview", compute_sudo=True)
    orderpoint_count = fields.Integer("Reordering Rules", compute="_compute_preview", compute_sudo=True)
    lot_count = fields.Integer("Lots in Stock", compute="_compute_preview", compute_sudo=True)
    quant_count = fields.Integer("Stock Lines", compute="_compute_preview", compute_sudo=True)

    _active_unique = models.UniqueIndex(
        "(feature_id, company_id, COALESCE(warehouse_id, 0), COALESCE(category_id, 0)) WHERE state = 'active'",
        "This feature is already switched on for the same company, warehouse and product category.",
    )

    # Compute

    @api.depends("feature_id.name", "company_id.name", "warehouse_id.name", "category_id.complete_name")
    def _compute_display_name(self):
        # No super(): a scope has no name of its own.
        for scope in self:
            parts = [
                scope.feature_id.name or self.env._("New scope"),
                scope.warehouse_id.name or scope.company_id.name,
                scope.category_id.complete_name or self.env._("all products"),
            ]
            scope.display_name = " · ".join(part for part in parts if part)

    @api.depends("company_id", "warehouse_id", "category_id")
    def _compute_preview(self):
        # Shown on the form only, so there is one record; the counts differ per record and cannot be grouped.
        for scope in self:
            for name, model in scope._preview_models().items():
                count = self.env[model].search_count(scope._preview_domain(model)) if scope.company_id else 0
                scope[name] = count

    @api.model
    def _preview_models(self) -> dict[str, str]:
        """Count field -> model counted."""
        return {
            "product_count": "product.product",
            "warehouse_count": "stock.warehouse",
            "orderpoint_count": "stock.warehouse.orderpoint",
            "lot_count": "stock.lot",
            "quant_count": "stock.quant",
        }

    def _preview_domain(self, model: str) -> Domain:
        """The records of ``model`` that the scope touches."""
        self.ensure_one()
        company, warehouse, category = self.company_id, self.warehouse_id, self.category_id
        own_company = Domain("company_id", "=", company.id)
        below = Domain("categ_id", "child_of", category.ids) if category else Domain.TRUE
        of_product = Domain("product_id.categ_id", "child_of", category.ids) if category else Domain.TRUE
        in_warehouse = Domain("warehouse_id", "=", warehouse.id) if warehouse else Domain.TRUE
        in_stock = own_company & in_warehouse & Domain("location_id.usage", "in", ("internal", "transit"))
        return {
            "product.product": below
            & Domain("is_storable", "=", True)
            & Domain("company_id", "in", (False, company.id)),
            "stock.warehouse": own_company & (Domain("id", "=", warehouse.id) if warehouse else Domain.TRUE),
            "stock.warehouse.orderpoint": own_company & in_warehouse & of_product,
            "stock.lot": of_product & Domain("quant_ids", "any", in_stock),
            "stock.quant": in_stock & of_product,
        }[model]

    # CRUD

    @api.model_create_multi
    def create(self, vals_list):
        scopes = super().create(vals_list)
        self._forget_enabled()
        return scopes

    def write(self, vals):
        if "active" in vals and any(scope.state == "active" for scope in self):
            raise UserError(self.env._("A scope that is switched on cannot be changed or archived: end it first."))
        result = super().write(vals)
        self._forget_enabled()
        return result

    def unlink(self):
        result = super().unlink()
        self._forget_enabled()
        return result

    def _control_subjects(self):
        """The products that scopes which are switched on reach."""
        # No super(): a scope is no product itself.
        active = self.filtered(lambda scope: scope.state == "active")
        roots = active.category_id if all(active.mapped("category_id")) else active.category_id.browse()
        domain = Domain("categ_id", "child_of", roots.ids) if roots else Domain.TRUE
        return self.env["product.template"].search(domain) if active else self.env["product.template"]

    def _control_forget(self):
        self._forget_enabled()
        return super()._control_forget()

    def _control_log(self, subjects, left, before, after):
        """How many products are under control no more, on the scope itself."""
        # No super(): an entry for each product of a company tells nothing more.
        keys = [key for key, ids in left.items() if ids]

        def said(state):
            return "; ".join(f"{self._control_text({key})}: {len(state.get(key, ()))}" for key in keys)

        rows = [(scope.id, scope.display_name, "control", said(before), said(after)) for scope in self]
        self.env["medical.audit.entry"]._log(self, rows, self._reason())

    def _settled_advice(self):
        return self.env._("End it and make a new one, so that the audit trail shows both.")

    def _reason(self):
        return super()._reason() or "; ".join(dict.fromkeys(filter(None, self.mapped("reason")))) or None

    # Steps

    @step("draft", to="active", label=_lt("Activate"), group=ADMINISTRATOR, reason="optional")
    def action_activate(self):
        """Switch the feature on."""

    def _unmet_activate(self):
        def place(scope):
            return tuple(scope[name].id for name in ("feature_id", "company_id", "warehouse_id", "category_id"))

        there = self.search(Domain("state", "=", "active") & Domain("feature_id", "in", self.feature_id.ids))
        taken = {place(scope): scope for scope in there}
        twins = {scope: twin for scope in self if (twin := taken.setdefault(place(scope), scope)) != scope}
        return {
            scope: self.env._(
                "%(scope)s is already switched on since %(date)s. Use the existing scope, "
                "or choose another warehouse or product category.",
                scope=twin.display_name,
                date=fields.Date.to_string(twin.valid_from),
            )
            for scope, twin in twins.items()
        }

    @step("active", to="ended", label=_lt("End"), group=ADMINISTRATOR, reason="optional")
    def action_end(self):
        """Switch the feature off."""

    def _view_counted(self, name: str) -> dict:
        """The records that the figure ``name`` counts."""
        model, title = self._preview_models()[name], self._fields[name]._description_string(self.env)
        return self.env[model]._medical_list(title, list(self._preview_domain(model)), create=False)

    action_view_products = partialmethod(_view_counted, "product_count")
    action_view_warehouses = partialmethod(_view_counted, "warehouse_count")
    action_view_orderpoints = partialmethod(_view_counted, "orderpoint_count")
    action_view_lots = partialmethod(_view_counted, "lot_count")
    action_view_quants = partialmethod(_view_counted, "quant_count")

    # Resolver

    @api.model
    def _enabled_categories(self, feature: str, company_id: int, date=None) -> dict[int, frozenset]:
        """Product categories for which ``feature`` is switched on, per warehouse.

        :param feature: code of a ``medical.scope.feature``
        :param company_id: id of the company
        :param date: day for which ``valid_from`` is judged, today (UTC) by default
        :return: every active warehouse of the company -> ids of the categories, those below included. The set
            is empty where nothing is switched on; where all products are, it also has ``False`` for products
            without category. Do not change the result: it is cached.
        """
        return self._enabled_categories_on(feature, company_id, fields.Date.to_date(date) or fields.Date.today())

    @api.model
    def _enabled_by_company(self, feature: str | None = None) -> dict:
        """Company → ids of the categories for which ``feature`` (None: anything) is switched on there."""
        # Superuser: what is under control in one company is under control.
        domain = [("state", "=", "active")] + ([("feature_id.code", "=", feature)] if feature else [])
        found = {}
        for company, code in dict.fromkeys(
            (scope.company_id, scope.feature_id.code) for scope in self.sudo().search(domain)
        ):
            categories = self._enabled_categories(code, company.id)
            found[company] = found.get(company, frozenset()).union(*categories.values())
        return found

    @api.model
    def _enabled_anywhere(self, feature: str | None = None) -> frozenset:
        """Ids of the categories for which ``feature`` (None: anything) is switched on in one company or another."""
        return frozenset().union(*self._enabled_by_company(feature).values())

    @api.model
    @tools.ormcache("feature", "company_id", "date")
    def _enabled_categories_on(self, feature, company_id, date):
        # Superuser: what is switched on does not depend on who asks.
        scopes = (
            self.sudo()
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("feature_id.code", "=", feature),
                    ("company_id", "=", company_id),
                    ("state", "=", "active"),
                    ("valid_from", "<=", date),
                ],
                ["warehouse_id", "category_id"],
            )
        )
        warehouses = self.env["stock.warehouse"].sudo().search([("company_id", "=", company_id)])
        enabled = {warehouse_id: set() for warehouse_id in warehouses.ids}
        if scopes:
            below = self._categories_below(scopes.category_id)
            for scope in scopes:
                for warehouse_id in scope.warehouse_id.ids or warehouses.ids:
                    if warehouse_id in enabled:
                        enabled[warehouse_id] |= below[scope.category_id.id]
        return frozendict({warehouse_id: frozenset(ids) for warehouse_id, ids in enabled.items()})

    @api.model
    def _categories_below(self, roots) -> dict[int | bool, set]:
        """Category -> itself and all below it; ``False`` -> all categories and no category."""
        below = {root_id: set() for root_id in roots.ids}
        below[False] = {False}
        # Superuser as in the caller; categories carry no secrets and no company.
        for category in self.env["product.category"].sudo().search_fetch([], ["parent_path"]):
            below[False].add(category.id)
            for ancestor in category.parent_path.split("/")[:-1]:
                if (ancestor_id := int(ancestor)) in below:
                    below[ancestor_id].add(category.id)
        return below

    @api.model
    def _forget_enabled(self):
        self.env.registry.clear_cache()
