from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from .medical_forecast_line import QUANTILES as LEVELS

# Demand of this many periods says which customers a product goes to.
_LEAST_SPLIT = 3


class MedicalForecastLevel(models.Model):
    """Forecast of a sum of products, or of a part of one. Written in bulk by runs; each level adds up to the same.

    The forecasts of product and warehouse are the base, the levels are their sums. The band of a level keeps the
    spread of the level's own forecast, made from the demand of the level, around the sum; where that cannot be
    made, and for a level of one product, the bands of the members are added. Parts by customer add up to the
    product's forecast in every period, and the totals of the parts, with what is not shared out, to the company's.
    """

    _name = "medical.forecast.level"
    _description = "Forecast by Level"
    _inherit = ["medical.run.follower", "medical.bulk.mixin"]
    _order = "level, categ_id, warehouse_id, product_id, customer_group, date"
    _log_access = False

    run_id = fields.Many2one("medical.forecast.run", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True)
    version_id = fields.Many2one(related="run_id.version_id")
    is_current = fields.Boolean("In Use", index=True, help="Comes from the newest finished run.")
    level = fields.Selection(
        [
            ("company", "Company"),
            ("warehouse", "Warehouse"),
            ("category", "Category"),
            ("category_warehouse", "Category in Warehouse"),
            ("model", "Model"),
            ("product", "Product"),
            ("region_total", "Sales Region"),
            ("grade_total", "Hospital Grade"),
            ("department_total", "Department"),
            ("channel_total", "Sales Channel"),
            ("customer_total", "Customer"),
            ("region", "Product by Sales Region"),
            ("grade", "Product by Hospital Grade"),
            ("department", "Product by Department"),
            ("channel", "Product by Sales Channel"),
            ("customer", "Product by Customer"),
        ],
        required=True,
    )
    categ_id = fields.Many2one("product.category", "Product Category", ondelete="cascade")
    warehouse_id = fields.Many2one("stock.warehouse", ondelete="cascade")
    product_id = fields.Many2one("product.product", ondelete="cascade", index="btree_not_null")
    product_tmpl_id = fields.Many2one("product.template", "Model", ondelete="cascade", index="btree_not_null")
    customer_group = fields.Char("Customers")
    date = fields.Date("Period", required=True)
    mean = fields.Float("Forecast", digits="Product Unit")
    q10 = fields.Float("10 %", digits="Product Unit", aggregator=None)
    q50 = fields.Float("50 %", digits="Product Unit", aggregator=None)
    q90 = fields.Float("90 %", digits="Product Unit", aggregator=None)
    q95 = fields.Float("95 %", digits="Product Unit", aggregator=None)
    q99 = fields.Float("99 %", digits="Product Unit", aggregator=None)

    _in_use = models.Index("(company_id, level, date) WHERE is_current")

    @api.depends("level", "date")
    def _compute_display_name(self):
        labels = dict(self._fields["level"]._description_selection(self.env))
        for row in self:
            names = [labels.get(row.level), row.categ_id.name, row.warehouse_id.code, row.product_tmpl_id.name]
            names += [row.product_id.display_name, row.customer_group]
            row.display_name = " / ".join(name for name in names if name)

    # What a run does

    @api.model
    def _after_run(self, run):
        self._make(run)
        if run.scenario == "base":
            self._put_in_use(run)

    @api.model
    def _make(self, run):
        """Write the levels of ``run`` anew; a run that is resumed does not double them."""
        self.search([("run_id", "=", run.id)]).unlink()
        base = self._read_base(run)
        if base["ids"]:
            self._make_sums(run, base)
            self._make_parts(run, base)

    @api.model
    def _read_base(self, run):
        """The run's planned series as arrays: keys, forecast (n, h, 6) of mean and quantiles, demand (n, T)."""
        import numpy as np

        from odoo.addons.medical_demand.engine.panel import aligned

        self.env["medical.forecast.series"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT series.id, series.product_id, series.warehouse_id, series.categ_id, series.history->'values',
                       product.product_tmpl_id
                  FROM medical_forecast_series series
                  JOIN product_product product ON product.id = series.product_id
                 WHERE series.run_id = %s
                   AND EXISTS (SELECT FROM medical_forecast_line line WHERE line.series_id = series.id)
                 ORDER BY series.id
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
        return {
            "ids": [row[0] for row in rows],
            "products": [row[1] for row in rows],
            "warehouses": [row[2] for row in rows],
            "categories": [row[3] for row in rows],
            "models": [row[5] for row in rows],
            "values": aligned([row[4] or [] for row in rows]),
            "dates": [line[0] for line in lines[:horizon]],
            "figures": np.array([line[1:] for line in lines], dtype=float).reshape(len(rows), horizon, 6),
        }

    @api.model
    def _make_sums(self, run, base):
        from ..engine import reconcile

        products, models = base["products"], base["models"]
        # A level of one member is the member itself and is not written twice.
        places = Counter(products)
        variants = Counter(model for model, _product in set(zip(models, products, strict=True)))
        columns = defaultdict(list)
        for category, warehouse, product, model in zip(
            base["categories"], base["warehouses"], products, models, strict=True
        ):
            columns["company"].append((None, None, None, None))
            columns["warehouse"].append((None, warehouse, None, None))
            columns["category"].append((category, None, None, None))
            columns["category_warehouse"].append((category, warehouse, None, None))
            columns["model"].append((category, None, None, model) if variants[model] > 1 else None)
            columns["product"].append((category, None, product, None) if places[product] > 1 else None)
        keys, figures = reconcile.summed(columns, base["figures"], base["values"], self._forecast_of(run))
        self._insert(run, [(name, *key, None) for name, key in keys], base["dates"], figures)

    @api.model
    def _forecast_of(self, run):
        """Function from demand (n, T) to the rows that could be forecast and their figures (k, h, 6), with the run's settings."""
        import numpy as np

        from odoo.addons.medical_demand.engine.panel import Panel

        from ..engine import forecast as engine

        def forecast(values):
            panel = Panel(tuple(range(len(values))), values, run.company_id._medical_season())
            result = engine.forecast(panel, run.version_id._engine_settings(run.horizon))
            places = [result.levels.index(level) for level in LEVELS]
            figures = np.concatenate([result.mean[:, :, None], result.quantiles[:, :, places]], axis=2)
            return np.array(result.keys, dtype=np.int64), figures

        return forecast

    # Parts by customer

    @api.model
    def _make_parts(self, run, base):
        import numpy as np

        from ..engine import reconcile

        wanted = self._splits(base["ids"])
        if not wanted:
            return
        keys, owners, values = [], [], []
        demand = self._customer_demand(run, base, wanted)
        for row, splits in wanted.items():
            category, warehouse, product = base["categories"][row], base["warehouses"][row], base["products"][row]
            for by in splits:
                for group, numbers in sorted(demand.get((by, product, warehouse), {}).items()):
                    keys.append((by, category, warehouse, product, None, group))
                    owners.append((row, by))
                    values.append(numbers)
        if not keys:
            return
        values = np.array(values)
        figures = reconcile.parts(values, owners, base["figures"], self._forecast_of(run))
        self._insert(run, keys, base["dates"], figures)
        self._make_part_totals(run, base, keys, owners, values, figures)

    @api.model
    def _splits(self, series_ids):
        """Position in ``series_ids`` → what its forecast is shared out by (region, grade, …); other addons say so."""
        return {}

    @api.model
    def _make_part_totals(self, run, base, keys, owners, values, figures):
        """All products of each region, grade, ...; what is not shared out stands beside them, so that the sum is whole."""
        import numpy as np

        from ..engine import reconcile

        columns = {"total": [(key[0], key[5]) for key in keys]}
        found, totals = reconcile.summed(columns, figures, values, self._forecast_of(run))
        names = [label for _total, label in found]
        rest_keys, rest = [], []
        for by in dict.fromkeys(by for by, _group in names):
            shared = {row for row, of in owners if of == by}
            others = [row for row in range(len(base["ids"])) if row not in shared]
            if others:
                rest_keys.append((f"{by}_total", None, None, None, None, self.env._("Not shared out")))
                rest.append(base["figures"][others].sum(axis=0))
        total_keys = [(f"{by}_total", None, None, None, None, group) for by, group in names]
        self._insert(
            run, total_keys + rest_keys, base["dates"], np.concatenate([totals, *(part[None] for part in rest)])
        )

    @api.model
    def _customer_demand(self, run, base, rows):
        """(split, product, warehouse) → group of customers → demand per period, oldest first (numpy, T).

        From deliveries net of returns. The group is that of the delivery address, else of its company; the department
        of goods without an address is the ward, a customer location of the company. Imported demand names no
        customer and has no part.
        """
        import numpy as np

        from odoo.addons.medical_demand.engine import calendar

        company, period = run.company_id, run.company_id.medical_period
        panel = self.env["medical.demand.panel"]
        starts = panel._window(company, run.as_of)
        begin, end = panel._bounds(company, starts[0], calendar.period_end(starts[-1], period))
        self.env["stock.move"].flush_model()
        self.env["stock.picking"].flush_model()
        found = self.env.execute_query(
            SQL(
                """
                SELECT move.product_id, coalesce(source.warehouse_id, target.warehouse_id),
                       coalesce(move.partner_id, picking.partner_id),
                       CASE WHEN target.usage = 'customer' THEN target.id ELSE source.id END,
                       date_trunc(%(period)s, move.date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date,
                       sum(CASE WHEN target.usage = 'customer' THEN move.product_qty ELSE -move.product_qty END)::float8
                  FROM stock_move move
                  JOIN stock_location source ON source.id = move.location_id
                  JOIN stock_location target ON target.id = move.location_dest_id
             LEFT JOIN stock_picking picking ON picking.id = move.picking_id
                 WHERE move.state = 'done' AND move.company_id = %(company)s AND move.product_id = ANY(%(products)s)
                   AND move.date >= %(begin)s AND move.date < %(end)s
                   AND (source.usage = 'customer') <> (target.usage = 'customer')
                 GROUP BY 1, 2, 3, 4, 5
                """,
                period=period,
                zone=company.partner_id.tz or "UTC",
                company=company.id,
                products=[base["products"][row] for row in rows],
                begin=begin,
                end=end,
            )
        )
        names = self._group_names({(row[2], row[3]) for row in found})
        column = {start: place for place, start in enumerate(starts)}
        unknown = self.env._("Not known")
        demand = {}
        for product, warehouse, partner, location, start, quantity in found:
            if start not in column:
                continue
            for by, group in names[partner, location].items():
                parts = demand.setdefault((by, product, warehouse), {})
                parts.setdefault(group or unknown, np.zeros(len(starts)))[column[start]] += quantity
        for parts in demand.values():
            for group in list(parts):
                parts[group] = np.maximum(parts[group], 0.0)
                if np.count_nonzero(parts[group]) < _LEAST_SPLIT and group != unknown:
                    parts[unknown] = parts.get(unknown, np.zeros(len(starts))) + parts.pop(group)
        return demand

    @api.model
    def _group_names(self, places):
        """(delivery address id, customer location id) → split → name of the group, empty where it is not known."""
        partners = self.env["res.partner"].browse({partner for partner, _location in places if partner})
        groups = ["medical_region", "medical_hospital_grade", "medical_department", "medical_channel"]
        partners.fetch(["name", "commercial_partner_id", *groups])
        locations = self.env["stock.location"].browse({location for _partner, location in places})
        # The customer location that all companies share is no ward.
        wards = {location.id: location.name for location in locations if location.company_id}
        grades = dict(partners._fields["medical_hospital_grade"]._description_selection(self.env))
        channels = dict(partners._fields["medical_channel"]._description_selection(self.env))
        found = {}
        for partner_id, location_id in places:
            partner = partners.browse(partner_id)
            owner = partner.commercial_partner_id
            found[partner_id, location_id] = {
                "region": partner.medical_region or owner.medical_region,
                "grade": grades.get(partner.medical_hospital_grade or owner.medical_hospital_grade),
                "department": partner.medical_department or (not partner and wards.get(location_id)),
                "channel": channels.get(partner.medical_channel or owner.medical_channel),
                "customer": partner.display_name,
            }
        return found

    @api.model
    def _insert(self, run, keys, dates, figures):
        """keys: (level, category, warehouse, product, model, customers) ids; dates: h; figures: (n, h, 6)."""
        of_key = ("level", "categ_id", "warehouse_id", "product_id", "product_tmpl_id", "customer_group")
        of_figures = ("mean", *(f"q{round(level * 100)}" for level in LEVELS))
        self._insert_rows(
            {"run_id": run.id, "company_id": run.company_id.id, "is_current": False},
            {
                **{name: [key[place] or None for key in keys for _ in dates] for place, name in enumerate(of_key)},
                "date": list(dates) * len(keys),
                **{name: figures[:, :, place].ravel().tolist() for place, name in enumerate(of_figures)},
            },
        )

    @api.model
    def _put_in_use(self, run):
        """The levels of ``run`` take the place of its predecessors'."""
        mine = [("company_id", "=", run.company_id.id), ("is_current", "=", True)]
        self.search([*mine, ("run_id", "!=", run.id)]).write({"is_current": False})
        self.search([("run_id", "=", run.id)]).write({"is_current": True})
