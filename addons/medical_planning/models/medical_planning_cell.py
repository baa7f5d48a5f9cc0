from odoo import api, fields, models
from odoo.tools import SQL


class MedicalPlanningCell(models.Model):
    """Class of a product in a warehouse: A, B, C by the value of its demand, X, Y, Z by how much that varies.

    Every finished run looks again; the next one plans by it. A product leaves its class only when it is clearly beyond the
    limit, so that policies do not change back and forth.
    """

    _name = "medical.planning.cell"
    _description = "ABC/XYZ Class"
    _inherit = ["medical.run.follower"]
    _order = "value desc, id"
    _check_company_auto = True
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade", index=True)
    warehouse_id = fields.Many2one("stock.warehouse", required=True, readonly=True, ondelete="cascade", index=True)
    categ_id = fields.Many2one(related="product_id.categ_id", string="Product Category", store=True)
    abc = fields.Selection([("A", "A"), ("B", "B"), ("C", "C")], "Value Class", required=True, readonly=True)
    xyz = fields.Selection([("X", "X"), ("Y", "Y"), ("Z", "Z")], "Variability Class", required=True, readonly=True)
    cell = fields.Char(compute="_compute_cell")
    before = fields.Char("Class Before", readonly=True)
    since = fields.Date(readonly=True, help="Data up to this day moved it here.")
    value = fields.Monetary("Demand per Year", readonly=True, help="At cost.")
    share_ahead = fields.Float(
        "Value Ahead (%)",
        readonly=True,
        aggregator=None,
        help="Share of the warehouse's demand made up by the products before it.",
    )
    variation = fields.Float(
        "Coefficient of Variation",
        readonly=True,
        aggregator="avg",
        help="Deviation over mean of the demand per period, last year.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    policy_id = fields.Many2one("medical.policy", compute="_compute_policy_id")

    _place = models.UniqueIndex("(company_id, product_id, warehouse_id)")

    @api.depends("abc", "xyz")
    def _compute_cell(self):
        for cell in self:
            cell.cell = f"{cell.abc}{cell.xyz}"

    @api.depends("abc", "xyz", "product_id", "warehouse_id")
    def _compute_policy_id(self):
        policies = self.env["medical.policy"]
        for company, cells in self.grouped("company_id").items():
            pairs = [(cell.product_id.categ_id, cell.warehouse_id.id, (cell.abc, cell.xyz)) for cell in cells]
            for cell, policy in zip(cells, policies._by_pair(company, pairs), strict=True):
                cell.policy_id = policy

    @api.model
    def _after_run(self, run):
        """Classify what ``run`` has forecast, within each warehouse."""
        import numpy as np

        from odoo.addons.medical_demand.engine.panel import aligned

        from ..engine import cells

        company = run.company_id
        rows = self._rows(run) if run.scenario == "base" else []
        if not rows:
            return
        season = company._medical_season()
        products = self.env["product.product"].browse({row[0] for row in rows}).with_company(company)
        cost = {product.id: product.standard_price for product in products}
        place = np.array([row[1] for row in rows])
        value = np.array([cost[row[0]] * (row[2] or 0.0) * season for row in rows])
        recent = aligned([row[3] or [] for row in rows], season)
        abc, ahead = np.full(len(rows), "C"), np.zeros(len(rows))
        old_abc, old_xyz = (np.array([row[column] or "" for row in rows], dtype=object) for column in (4, 5))
        for warehouse_id in np.unique(place):
            here = place == warehouse_id
            abc[here], ahead[here] = cells.by_value(
                value[here], old_abc[here], (company.medical_abc_a, company.medical_abc_b), company.medical_abc_band
            )
        variation = cells.variation(recent)
        xyz = cells.by_variation(
            variation, old_xyz, (company.medical_xyz_x, company.medical_xyz_y), company.medical_xyz_band
        )
        found = {"abc": abc, "xyz": xyz, "value": value, "ahead": ahead, "variation": np.nan_to_num(variation)}
        self._upsert(run, rows, {name: column.tolist() for name, column in found.items()})

    def _rows(self, run):
        """(product, warehouse, demand per period, demand of the periods, abc, xyz) of the run's forecasts."""
        self.env["medical.forecast.series"].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT series.product_id, series.warehouse_id, series.rate, series.history->'values', cell.abc, cell.xyz
                  FROM medical_forecast_series series
                  LEFT JOIN medical_planning_cell cell
                         ON cell.company_id = series.company_id AND cell.product_id = series.product_id
                        AND cell.warehouse_id = series.warehouse_id
                 WHERE series.run_id = %s AND series.state = 'done'
                 ORDER BY series.id
                """,
                run.id,
            )
        )

    def _upsert(self, run, rows, found):
        """One statement for all classes; what has moved remembers where from and since when."""
        self.env.execute_query(
            SQL(
                """
                INSERT INTO medical_planning_cell AS cell
                    (company_id, product_id, warehouse_id, categ_id, abc, xyz, since, value, share_ahead, variation)
                SELECT %(company)s, row.product_id, row.warehouse_id, template.categ_id, row.abc, row.xyz, %(as_of)s,
                       row.value, row.ahead, row.variation
                  FROM unnest(%(products)s::int[], %(warehouses)s::int[], %(abc)s::text[], %(xyz)s::text[],
                              %(value)s::float8[], %(ahead)s::float8[], %(variation)s::float8[])
                       AS row(product_id, warehouse_id, abc, xyz, value, ahead, variation)
                  JOIN product_product product ON product.id = row.product_id
                  JOIN product_template template ON template.id = product.product_tmpl_id
                    ON CONFLICT (company_id, product_id, warehouse_id) DO UPDATE
                   SET abc = EXCLUDED.abc, xyz = EXCLUDED.xyz, value = EXCLUDED.value, categ_id = EXCLUDED.categ_id,
                       share_ahead = EXCLUDED.share_ahead, variation = EXCLUDED.variation,
                       before = CASE WHEN (cell.abc, cell.xyz) = (EXCLUDED.abc, EXCLUDED.xyz) THEN cell.before
                                     ELSE cell.abc || cell.xyz END,
                       since = CASE WHEN (cell.abc, cell.xyz) = (EXCLUDED.abc, EXCLUDED.xyz) THEN cell.since
                                    ELSE EXCLUDED.since END
             RETURNING 1
                """,
                company=run.company_id.id,
                as_of=run.as_of,
                products=[row[0] for row in rows],
                warehouses=[row[1] for row in rows],
                **found,
            )
        )
        self.invalidate_model()
