from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL


class MedicalProductLink(models.Model):
    """Products that planning has to see together."""

    _name = "medical.product.link"
    _description = "Related Products"
    _inherit = ["medical.audited.mixin"]
    _order = "product_id, kind, id"
    _check_company_auto = True
    _audited_fields = ("product_id", "other_id", "kind", "rate_percent", "blocked_from", "blocked_to", "active")

    # Measured: bought or issued together in at least this share of the documents, and in so many of them.
    _together_share = 0.5
    _together_documents = 5
    _together_days = 365

    product_id = fields.Many2one("product.product", required=True, ondelete="cascade", index=True, check_company=True)
    other_id = fields.Many2one(
        "product.product", "Related Product", required=True, ondelete="cascade", index=True, check_company=True
    )
    kind = fields.Selection(
        [("together", "Used together"), ("substitute", "Can be replaced by")],
        required=True,
        default="together",
        help="Used together: when demand of one jumps, the minimum of the other is raised in the same run, and the other "
        "way round. Products that left in the same transfers are found without being entered here. Can be replaced by: while "
        "the first cannot be had, the other's forecast rises.",
    )
    rate_percent = fields.Float(
        "Substitution (%)", default=100.0, help="Share of the first product's demand that goes to the other one."
    )
    blocked_from = fields.Date(
        help="From this day on the first product cannot be had. Confirmed recalls and stock-outs among the demand events and the "
        "end of sale of its lifecycle count without being entered here."
    )
    blocked_to = fields.Date(help="Empty: until further notice.")
    company_id = fields.Many2one(
        "res.company", index=True, default=lambda self: self.env.company, help="Empty for all."
    )
    active = fields.Boolean(default=True)
    note = fields.Char()

    _once = models.UniqueIndex(
        "(product_id, other_id, kind, coalesce(company_id, 0))", "These products are related already."
    )

    _sane_rate = models.Constraint(
        "CHECK (rate_percent BETWEEN 0 AND 200)", "The substitution rate is 0 to 200 percent."
    )
    _sane_dates = models.Constraint(
        "CHECK (blocked_to IS NULL OR blocked_from IS NOT NULL AND blocked_to >= blocked_from)",
        "A product is blocked from a day on, until that day or later.",
    )

    @api.constrains("product_id", "other_id")
    def _check_two_products(self):
        for link in self:
            if link.product_id == link.other_id:
                raise ValidationError(
                    self.env._("%(product)s: choose another product.", product=link.product_id.display_name)
                )

    @api.depends("product_id", "other_id")
    def _compute_display_name(self):
        for link in self:
            link.display_name = f"{link.product_id.display_name} – {link.other_id.display_name}"

    @api.model
    def _together(self, company, product_ids, as_of):
        """Product id → ids of the products used together with it: as entered, and as measured from transfers."""
        found = {product_id: set() for product_id in product_ids}
        domain = Domain("kind", "=", "together") & Domain("company_id", "in", (company.id, False))
        domain &= Domain("product_id", "in", list(product_ids)) | Domain("other_id", "in", list(product_ids))
        for link in self.search_fetch(domain, ["product_id", "other_id"]):
            for one, other in ((link.product_id.id, link.other_id.id), (link.other_id.id, link.product_id.id)):
                if one in found:
                    found[one].add(other)
        for one, other in self._measured(company, product_ids, as_of):
            found[one].add(other)
        return found

    @api.model
    def _measured(self, company, product_ids, as_of):
        """(product id, id of one that left in most of the same transfers) pairs.

        One statement: which moves share a document is a join that the ORM does not have.
        """
        self.env["stock.move"].flush_model(
            ["state", "company_id", "product_id", "picking_id", "date", "location_dest_id"]
        )
        return self.env.execute_query(
            SQL(
                """
                WITH left_with AS (
                    SELECT DISTINCT move.product_id, move.picking_id
                      FROM stock_move move
                      JOIN stock_location target ON target.id = move.location_dest_id
                     WHERE move.state = 'done' AND move.company_id = %(company)s AND move.product_id = ANY(%(products)s)
                       AND move.picking_id IS NOT NULL AND target.usage IN ('customer', 'production')
                       AND move.date >= %(as_of)s::date - %(days)s AND move.date < %(as_of)s::date + 1
                ), number AS (SELECT product_id, count(*) AS documents FROM left_with GROUP BY product_id)
                SELECT one.product_id, other.product_id
                  FROM left_with one
                  JOIN stock_move other ON other.picking_id = one.picking_id AND other.state = 'done'
                                       AND other.product_id <> one.product_id
                  JOIN number ON number.product_id = one.product_id
                 GROUP BY one.product_id, other.product_id, number.documents
                HAVING count(DISTINCT one.picking_id) >= greatest(%(least)s, %(share)s * number.documents)
                """,
                company=company.id,
                products=list(product_ids),
                as_of=as_of,
                days=self._together_days,
                least=self._together_documents,
                share=self._together_share,
            )
        )
