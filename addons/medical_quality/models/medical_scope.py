from odoo import api, fields, models, tools
from odoo.fields import Domain


class MedicalScope(models.Model):
    _inherit = "medical.scope"

    _settles = {"draft": ("quality_opening",)}
    _guarded_fields = ("quality_opened",)
    _audited_fields = ("quality_opening", "quality_opened")

    feature_code = fields.Char(related="feature_id.code")
    # Superuser counts, as the others of the preview.
    quality_expired_count = fields.Integer(
        "Expired Lots in Stock",
        compute="_compute_quality_preview",
        compute_sudo=True,
        help="Lots that could not be delivered or used any more.",
    )
    quality_untracked_count = fields.Integer(
        "Products Not Tracked",
        compute="_compute_quality_preview",
        compute_sudo=True,
        help="Products without lots or serial numbers: quality control does not reach them.",
    )

    quality_twin_count = fields.Integer(
        "Lots That Share a Number",
        compute="_compute_quality_preview",
        compute_sudo=True,
        help="Another lot of the product has the same number. They wait for a decision whatever is chosen for the others.",
    )
    quality_opening = fields.Selection(
        [("released", "Released as It Stands"), ("quarantine", "In Quarantine")],
        "What Is in Stock",
        default="released",
        required=True,
        copy=False,
        help="On the first day of control what lies there is one arrival for each lot: it may be used as it stands, or quality "
        "decides on each lot first. Lots that quality has decided against before stay as they are.",
    )
    quality_opened = fields.Date("Stock Taken over on", readonly=True, copy=False)

    @api.depends("feature_id", "company_id", "warehouse_id", "category_id")
    def _compute_quality_preview(self):
        # Shown on the form only, so there is one record.
        for scope in self:
            shown = scope.feature_code == "quality" and scope.company_id
            scope.quality_expired_count = (
                self.env["stock.lot"].search_count(scope._quality_expired_domain()) if shown else 0
            )
            scope.quality_twin_count = len(scope._quality_twins()) if shown else 0
            scope.quality_untracked_count = (
                self.env["product.product"].search_count(scope._quality_untracked_domain()) if shown else 0
            )

    def _quality_expired_domain(self):
        return self._preview_domain("stock.lot") & Domain("expiration_date", "<=", fields.Datetime.now())

    def _quality_untracked_domain(self):
        return self._preview_domain("product.product") & Domain("tracking", "=", "none")

    def _quality_products(self):
        """The products that come under control."""
        # sudo: who sets scopes need not read stock.
        products = self.env["product.product"].sudo().with_context(active_test=False)
        return products.search(self._preview_domain("product.product") & Domain("tracking", "!=", "none"))

    def _quality_twins(self):
        return self.env["medical.lot.ledger"]._twins(self.company_id, self._quality_products())

    def action_view_quality_twins(self):
        return self._action_preview("stock.lot", self.env._("Lots That Share a Number")) | {
            "domain": [("id", "in", self._quality_twins())]
        }

    def action_view_quality_expired(self):
        return self._action_preview("stock.lot", self.env._("Expired Lots in Stock")) | {
            "domain": list(self._quality_expired_domain())
        }

    def action_view_quality_untracked(self):
        return self._action_preview("product.product", self.env._("Products Not Tracked")) | {
            "domain": list(self._quality_untracked_domain())
        }

    @api.model
    @tools.ormcache()
    def _quality_company_ids(self):
        # sudo: where quality control is switched on does not depend on who asks.
        scopes = self.sudo().search([("feature_id.code", "=", "quality"), ("state", "=", "active")])
        return tuple(scopes.company_id.ids)

    @api.model
    def _quality_companies(self):
        """The companies where quality control is switched on for something."""
        return self.env["res.company"].browse(self._quality_company_ids())

    # The first day of control

    def _after_activate(self):
        self._quality_open()

    def _quality_open(self):
        """Take over what lies in stock, of scopes that hold by now."""
        today = fields.Date.today()
        for scope in self.filtered(
            lambda scope: scope.feature_code == "quality" and scope.state == "active" and scope.valid_from <= today
        ):
            products = scope._quality_products()
            for other in self.search(
                [
                    ("id", "!=", scope.id),
                    ("company_id", "=", scope.company_id.id),
                    ("feature_id.code", "=", "quality"),
                    ("state", "=", "active"),
                    ("quality_opened", "!=", False),
                ]
            ):
                # Under control already.
                products -= other._quality_products()
            # sudo: who sets scopes need not read stock.
            self.env["medical.lot.ledger"].sudo()._open_stock(
                scope.company_id, products, scope.quality_opening == "released"
            )
            scope._guarded_write({"quality_opened": today})

    @api.model
    def _cron_quality_open(self):
        """Scopes that were activated before their first day."""
        self.search(
            [("feature_id.code", "=", "quality"), ("state", "=", "active"), ("quality_opened", "=", False)]
        )._quality_open()
