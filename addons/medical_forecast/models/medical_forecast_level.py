from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

QUANTILES = ("q10", "q50", "q90", "q95", "q99")
# Demand of this many periods says which customers a product goes to.
_LEAST_SPLIT = 3


class MedicalForecastLevel(models.Model):
    """Forecast of a sum of products, or of a part of one. Written in bulk by runs; each level adds up to the same.

    The forecasts of product and warehouse are the base, the levels are their sums. The band of a level keeps the
    spread of the level's own forecast, made from the demand of the level, around the sum; where that cannot be
    made, and for a level of one product, the bands of the members are added. Parts by customer add up to the
    product's forecast in every period.
    """

    _name = "medical.forecast.level"
    _description = "Forecast by Level"
    _order = "level, categ_id, warehouse_id, product_id, customer_group, date"
    _log_access = False

    run_id = fields.Many2one("medical.forecast.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True)
    version_id = fields.Many2one(related="run_id.version_id")
    is_current = fields.Boolean(string="In Use", index=True, help="Comes from the newest finished run.")
    level = fields.Selection(
        [
            ("company", "Company"),
            ("warehouse", "Warehouse"),
            ("category", "Category"),
            ("category_warehouse", "Category in Warehouse"),
            ("product", "Product"),
            ("region", "Product by Sales Region"),
            ("grade", "Product by Hospital Grade"),
            ("customer", "Product by Customer"),
        ],
        required=True,
    )
    categ_id = fields.Many2one("product.category", string="Product Category", ondelete="cascade")
    warehouse_id = fields.Many2one("stock.warehouse", ondelete="cascade")
    product_id = fields.Many2one("product.product", ondelete="cascade", index="btree_not_null")
    customer_group = fields.Char(string="Customers")
    date = fields.Date(string="Period", required=True)
    mean = fields.Float(string="Forecast", digits="Product Unit")
    q10 = fields.Float(string="10 %", digits="Product Unit", aggregator=None)
    q50 = fields.Float(string="50 %", digits="Product Unit", aggregator=None)
    q90 = fields.Float(string="90 %", digits="Product Unit", aggregator=None)
    q95 = fields.Float(string="95 %", digits="Product Unit", aggregator=None)
    q99 = fields.Float(string="99 %", digits="Product Unit", aggregator=None)

    _in_use = models.Index("(company_id, level, date) WHERE is_current")

    @api.depends("level", "date")
    def _compute_display_name(self):
        labels = dict(self._fields["level"]._description_selection(self.env))
        for row in self:
            names = [labels.get(row.level), row.categ_id.name, row.warehouse_id.code, row.product_id.display_name]
            row.display_name = " / ".join(name for name in (*names, row.customer_group) if name)

    # What a run does

    @api.model
    def _make(self, run):
        """Write the levels of ``run`` anew; a run that is resumed does not double them."""
        self.search([("run_id", "=", run.id)]).unlink()
        base = self._read_base(run)
        if not base["ids"]:
            return
        self._make_sums(run, base)
        self._make_parts(run, base)

    @api.model
    def _read_base(self, run):
        """The run's planned series as arrays: keys, forecast (n, h, 6) of mean and quantiles, demand (n, T)."""
        import numpy as np

        self.env["medical.forecast.series"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, product_id, warehouse_id, categ_id, history->'values', policy_id
                  FROM medical_forecast_series
                 WHERE run_id = %s AND EXISTS (SELECT FROM medical_forecast_line line WHERE line.series_id = medical_forecast_series.id)
                 ORDER BY id
                """,
                run.id,
            )
        )
        lines = self.env.execute_query(
            SQL(
                """
                SELECT line.date, line.mean, line.q10, line.q50, line.q90, line.q95, line.q99
                  FROM medical_forecast_line line JOIN medical_forecast_series series ON series.id = line.series_id
                 WHERE series.run_id = %s ORDER BY series.id, line.date
                """,
                run.id,
            )
        )
        horizon = len(lines) // len(rows) if rows else 0
        demand = [row[4] or [] for row in rows]
        values = np.full((len(rows), max((len(numbers) for numbers in demand), default=0)), np.nan)
        for place, numbers in enumerate(demand):
            if numbers:
                values[place, -len(numbers) :] = np.array(numbers, dtype=float)
        return {
            "ids": [row[0] for row in rows],
            "products": [row[1] for row in rows],
            "warehouses": [row[2] for row in rows],
            "categories": [row[3] for row in rows],
            "policies": [row[5] for row in rows],
            "values": values,
            "dates": [line[0] for line in lines[:horizon]],
            "figures": np.array([line[1:] for line in lines], dtype=float).reshape(len(rows), horizon, 6),
        }

    @api.model
    def _make_sums(self, run, base):
        import numpy as np

        from ..engine import reconcile

        several = {}
        for product, warehouse in zip(base["products"], base["warehouses"], strict=True):
            several.setdefault(product, set()).add(warehouse)
        columns = {
            "company": [(None, None, None)] * len(base["ids"]),
            "warehouse": [(None, warehouse, None) for warehouse in base["warehouses"]],
            "category": [(category, None, None) for category in base["categories"]],
            "category_warehouse": [
                (category, warehouse, None)
                for category, warehouse in zip(base["categories"], base["warehouses"], strict=True)
            ],
            "product": [
                (category, None, product) if len(several[product]) > 1 else None
                for category, product in zip(base["categories"], base["products"], strict=True)
            ],
        }
        hierarchy = reconcile.levels(columns)
        added = hierarchy.sums(base["figures"])
        mean, quantiles = added[:, :, 0], added[:, :, 1:]
        lone = np.bincount(hierarchy.level, minlength=len(hierarchy.keys)) == 1
        found, own = self._forecast_values(run, hierarchy.histories(base["values"]))
        if len(found):
            usable = ~lone[found] & (own[:, :, 0].min(axis=1) > 0)
            found, own = found[usable], own[usable]
            quantiles[found] = reconcile.around(own[:, :, 1:], own[:, :, 0], mean[found])
        keys = [(name, *key, None) for name, key in hierarchy.keys]
        self._insert(run, keys, base["dates"], np.concatenate([mean[:, :, None], quantiles], axis=2))

    @api.model
    def _forecast_values(self, run, values):
        """Rows that could be forecast and their figures (k, h, 6), from demand (n, T), with the run's settings."""
        import numpy as np

        from ..engine import forecast as engine
        from ..engine.panel import Panel

        season = self.env["medical.planner"]._season_of(run.company_id)
        panel = Panel(tuple(range(len(values))), values, season)
        result = engine.forecast(panel, run.version_id._engine_settings(run.horizon))
        places = [result.levels.index(level) for level in self.env["medical.forecast.line"]._quantile_columns]
        figures = np.concatenate([result.mean[:, :, None], result.quantiles[:, :, places]], axis=2)
        return np.array(result.keys, dtype=np.int64), figures

    # Parts by customer, where a policy asks for them

    @api.model
    def _make_parts(self, run, base):
        import numpy as np

        from ..engine import reconcile

        policies = self.env["medical.policy"].browse({id_ for id_ in base["policies"] if id_})
        wanted = {policy.id: policy.split_by for policy in policies if policy.split_by}
        rows = [row for row, policy in enumerate(base["policies"]) if policy in wanted]
        if not rows:
            return
        keys, owners, values = [], [], []
        demand = self._customer_demand(run, base, rows)
        for row in rows:
            by = wanted[base["policies"][row]]
            parts = demand.get((by, base["products"][row], base["warehouses"][row]), {})
            for group, numbers in sorted(parts.items()):
                keys.append((by, base["categories"][row], base["warehouses"][row], base["products"][row], group))
                owners.append(row)
                values.append(numbers)
        if not keys:
            return
        values, owners = np.array(values), np.array(owners)
        mean = np.repeat(values[:, -12:].mean(axis=1)[:, None], len(base["dates"]), axis=1)
        started = np.maximum.accumulate(values > 0, axis=1)
        found, own = self._forecast_values(run, np.where(started, values, np.nan))
        figures = np.zeros((*mean.shape, 6))
        figures[:, :, 0] = mean
        figures[found] = own
        coherent = np.zeros_like(mean)
        for row in np.unique(owners):
            of_row = owners == row
            coherent[of_row] = reconcile.share_out(figures[of_row, :, 0], base["figures"][row, :, 0])
        bands = reconcile.around(figures[:, :, 1:], figures[:, :, 0], coherent)
        self._insert(run, keys, base["dates"], np.concatenate([coherent[:, :, None], bands], axis=2))

    @api.model
    def _customer_demand(self, run, base, rows):
        """(split, product, warehouse) → group of customers → demand per period, oldest first (numpy, T).

        From deliveries net of returns. The group is that of the delivery address, else of its company.
        Imported demand names no customer and has no part.
        """
        import numpy as np

        from ..engine import calendar

        company, period = run.company_id, run.company_id.medical_period
        panel = self.env["medical.demand.panel"]
        starts = panel._window(company, run.as_of)
        last_day = calendar.add_periods(starts[-1], 1, period) - timedelta(days=1)
        begin, end = panel._bounds(company, starts[0], last_day)
        self.env["stock.move"].flush_model()
        self.env["stock.picking"].flush_model()
        found = self.env.execute_query(
            SQL(
                """
                SELECT move.product_id, coalesce(source.warehouse_id, target.warehouse_id),
                       coalesce(move.partner_id, picking.partner_id),
                       date_trunc(%(period)s, move.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date,
                       sum(CASE WHEN target.usage = 'customer' THEN move.product_qty ELSE -move.product_qty END)::float8
                  FROM stock_move move
                  JOIN stock_location source ON source.id = move.location_id
                  JOIN stock_location target ON target.id = move.location_dest_id
             LEFT JOIN stock_picking picking ON picking.id = move.picking_id
                 WHERE move.state = 'done' AND move.company_id = %(company)s AND move.product_id = ANY(%(products)s)
                   AND move.date >= %(begin)s AND move.date < %(end)s
                   AND (source.usage = 'customer') <> (target.usage = 'customer')
                 GROUP BY 1, 2, 3, 4
                """,
                period=period,
                zone=company.partner_id.tz or "UTC",
                company=company.id,
                products=[base["products"][row] for row in rows],
                begin=begin,
                end=end,
            )
        )
        partners = self.env["res.partner"].browse({row[2] for row in found if row[2]})
        partners.fetch(["name", "commercial_partner_id", "medical_region", "medical_hospital_grade"])
        grades = dict(partners._fields["medical_hospital_grade"]._description_selection(self.env))
        unknown = self.env._("Not known")
        names = {False: {"region": unknown, "grade": unknown, "customer": unknown}}
        for partner in partners:
            owner = partner.commercial_partner_id
            grade = partner.medical_hospital_grade or owner.medical_hospital_grade
            names[partner.id] = {
                "region": partner.medical_region or owner.medical_region or unknown,
                "grade": grades.get(grade, unknown),
                "customer": partner.display_name or unknown,
            }
        column = {start: place for place, start in enumerate(starts)}
        demand = {}
        for product, warehouse, partner, start, quantity in found:
            if start not in column:
                continue
            for by, group in names[partner or False].items():
                parts = demand.setdefault((by, product, warehouse), {})
                parts.setdefault(group, np.zeros(len(starts)))[column[start]] += quantity
        for parts in demand.values():
            for group in list(parts):
                parts[group] = np.maximum(parts[group], 0.0)
                if np.count_nonzero(parts[group]) < _LEAST_SPLIT and group != unknown:
                    parts[unknown] = parts.get(unknown, np.zeros(len(starts))) + parts.pop(group)
        return demand

    @api.model
    def _insert(self, run, keys, dates, figures):
        """One statement. keys: (level, category, warehouse, product, customers) ids; figures: (n, h, 6)."""
        horizon = len(dates)

        def column(place):
            return [key[place] or None for key in keys for _ in range(horizon)]

        names = ("mean", *QUANTILES)
        self.env.execute_query(
            SQL(
                """
                INSERT INTO medical_forecast_level (run_id, company_id, is_current, level, categ_id, warehouse_id,
                                                    product_id, customer_group, date, mean, q10, q50, q90, q95, q99)
                SELECT %(run)s, %(company)s, false, row.*
                  FROM unnest(%(level)s::varchar[], %(categories)s::int[], %(warehouses)s::int[], %(products)s::int[],
                              %(customers)s::varchar[], %(dates)s::date[], %(mean)s::float8[], %(q10)s::float8[],
                              %(q50)s::float8[], %(q90)s::float8[], %(q95)s::float8[], %(q99)s::float8[]) AS row
             RETURNING 1
                """,
                run=run.id,
                company=run.company_id.id,
                level=column(0),
                categories=column(1),
                warehouses=column(2),
                products=column(3),
                customers=column(4),
                dates=list(dates) * len(keys),
                **{name: figures[:, :, place].ravel().tolist() for place, name in enumerate(names)},
            )
        )
        self.invalidate_model()

    @api.model
    def _put_in_use(self, run):
        """The levels of ``run`` take the place of its predecessors'."""
        others = self.search([("company_id", "=", run.company_id.id), ("is_current", "=", True), ("run_id", "!=", run.id)])
        others.write({"is_current": False})
        self.search([("run_id", "=", run.id)]).write({"is_current": True})
