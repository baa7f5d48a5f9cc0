import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import measure as engine


class MedicalMeasureValue(models.Model):
    """What a measure was in one period and cut, as known when it was frozen.

    ``numerator``, ``denominator`` and ``histogram`` add up; ``value`` and ``high`` of a group are worked out from their sums, also
    in lists, pivots and graphs. A level's denominator is the number of its days.
    """

    _name = "medical.measure.value"
    _description = "Value of a Measure"
    _inherit = ["medical.append.only.mixin"]
    _order = "date desc, measure_id, id"
    _rec_name = "measure_id"
    _log_access = False

    measure_id = fields.Many2one("medical.measure", required=True, readonly=True, index=True, ondelete="cascade")
    version = fields.Integer("Formula Version", required=True, readonly=True, aggregator=None)
    is_current = fields.Boolean(compute="_compute_is_current", search="_search_is_current")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    date = fields.Date("Period", required=True, readonly=True, index=True, help="Its first day.")
    # What a measure can be cut by. What is deleted is still counted, under no name.
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True, index="btree_not_null", ondelete="set null")
    category_id = fields.Many2one("product.category", readonly=True, index="btree_not_null", ondelete="set null")
    product_id = fields.Many2one("product.product", readonly=True, index="btree_not_null", ondelete="set null")
    partner_id = fields.Many2one(
        "res.partner", "Vendor or Customer", readonly=True, index="btree_not_null", ondelete="set null"
    )
    numerator = fields.Float(readonly=True)
    denominator = fields.Float(readonly=True)
    histogram = fields.Json(readonly=True, help="Of durations: how many lie in each bin.")
    value = fields.Float(readonly=True, aggregator="avg")
    high = fields.Float(readonly=True, aggregator="avg", help="Of durations: so many as the measure says lie within.")
    unit = fields.Char(related="measure_id.unit")
    as_of = fields.Datetime("Frozen on", required=True, readonly=True)

    _measured_idx = models.Index("(measure_id, company_id, date)")

    @api.model
    def _grain_fields(self) -> tuple[str, ...]:
        """Names of the fields that measures can be cut by; addons add theirs."""
        return ("warehouse_id", "category_id", "product_id", "partner_id")

    @api.depends("version", "measure_id.version")
    def _compute_is_current(self):
        for value in self:
            value.is_current = value.version == value.measure_id.version

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        measures = self.env["medical.measure"].with_context(active_test=False).search_fetch([], ["version"])
        current = Domain.OR(Domain("measure_id", "=", one.id) & Domain("version", "=", one.version) for one in measures)
        return (current if True in value else Domain.FALSE) | (~current if False in value else Domain.FALSE)

    def action_view_facts(self):
        """The records behind this value, as far as the reader may see them."""
        self.ensure_one()
        self.check_access("read")
        measure = self.measure_id
        domain = Domain.AND(Domain(name, "=", measure._plain(self[name])) for name in measure._grain())
        last = engine.next_start(self.date, measure.period) - timedelta(days=1)
        return measure._action_facts(self.company_id, domain, self.date, last)

    @api.model
    def _freeze(self, measure, company, rows) -> int:
        """Write the values of rows that are keyed by period and the measure's grains; return how many."""
        grain = measure._grain()
        found = engine.add_up(measure.kind, rows)
        if not found:
            return 0
        values = []
        for (start, *key), of in found.items():
            days = (engine.next_start(start, measure.period) - start).days
            figure = engine.figure(measure.kind, of, days, measure.factor, measure.share / 100.0)
            below = days if measure.kind == engine.LEVEL else of.denominator
            bins = json.dumps(of.bins) if of.bins else None
            ids = [id_ or None for id_ in key]
            values.append((start, *ids, of.numerator, below, bins, figure.value, figure.high))
        names = ["date", *grain, "numerator", "denominator", "histogram", "value", "high"]
        about = {"measure_id": measure.id, "version": measure.version, "company_id": company.id}
        self._insert_rows(
            {**about, "as_of": fields.Datetime.now()}, dict(zip(names, zip(*values, strict=True), strict=True))
        )
        return len(values)

    # Adding up

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec in ("value:avg", "high:avg"):
            return self._total_sql(*(self._field_to_sql(self._table, name, query) for name in self._total_columns()))
        return super()._read_group_select(aggregate_spec, query)

    def _read_group_postprocess_aggregate(self, aggregate_spec, raw_values):
        if aggregate_spec in ("value:avg", "high:avg"):
            name = aggregate_spec.partition(":")[0]
            # False, as where there is nothing to aggregate: screens show it empty, not as 0.
            values = (getattr(figure, name) for figure in self._figures_of(raw_values))
            return (False if value is None else value for value in values)
        return super()._read_group_postprocess_aggregate(aggregate_spec, raw_values)

    @api.model
    def _over(self, scopes) -> list[engine.Figure]:
        """Figures of what was frozen last, one per scope, in one statement.

        :param scopes: tuples of measure, company, warehouse, category (with those below it; both may be False) and days back
        """
        if not scopes:
            return []
        self.env["medical.measure"].flush_model(["version", "half_life"])
        self.env["product.category"].flush_model(["parent_path"])
        columns = zip(
            *(
                (measure.id or 0, company.id, warehouse and warehouse.id, category and category.parent_path, days)
                for measure, company, warehouse, category, days in scopes
            ),
            strict=True,
        )
        measures, companies, warehouses, paths, days = ([value or None for value in column] for column in columns)
        weighted = SQL(
            "CASE WHEN measure.half_life > 0 "
            "THEN power(2.0, -(frozen.date_to - val.date)::float8 / measure.half_life) ELSE 1.0 END"
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT scope.place, %(total)s
                  FROM unnest(%(measures)s::int[], %(companies)s::int[], %(warehouses)s::int[], %(paths)s::varchar[],
                              %(days)s::int[])
                       WITH ORDINALITY AS scope (measure_id, company_id, warehouse_id, path, days, place)
                  JOIN medical_measure measure ON measure.id = scope.measure_id
                  JOIN LATERAL (
                           SELECT max(date_to) AS date_to FROM medical_measure_freeze note
                            WHERE note.measure_id = measure.id AND note.version = measure.version
                              AND note.company_id = scope.company_id AND note.failure IS NULL
                       ) frozen ON TRUE
                  JOIN medical_measure_value val
                    ON val.measure_id = measure.id AND val.version = measure.version
                   AND val.company_id = scope.company_id AND val.date > frozen.date_to - scope.days
                  LEFT JOIN product_category category ON category.id = val.category_id
                 WHERE (scope.warehouse_id IS NULL OR val.warehouse_id = scope.warehouse_id)
                   AND (scope.path IS NULL OR starts_with(category.parent_path, scope.path))
                 GROUP BY scope.place
                """,
                total=self._total_sql(
                    *(SQL.identifier("val", name) for name in self._total_columns()), weight=weighted
                ),
                measures=measures,
                companies=companies,
                warehouses=warehouses,
                paths=paths,
                days=days,
            )
        )
        totals = dict(rows)
        return self._figures_of([totals.get(place) for place in range(1, len(scopes) + 1)])

    @api.model
    def _total_columns(self):
        return ("measure_id", "version", "date", "numerator", "denominator", "histogram")

    @api.model
    def _total_sql(self, measure, version, date, numerator, denominator, histogram, weight=None) -> SQL:
        """Everything that :meth:`_figures_of` needs of a group, as JSON."""
        weight = weight or SQL("1.0")
        return SQL(
            """
            jsonb_build_array(min(%(measure)s), max(%(measure)s), min(%(version)s), max(%(version)s),
                sum(%(numerator)s * %(weight)s), sum(%(denominator)s * %(weight)s),
                jsonb_object_agg(%(date)s, %(denominator)s),
                jsonb_agg(jsonb_build_array(%(weight)s, %(histogram)s)) FILTER (WHERE %(histogram)s IS NOT NULL))
            """,
            measure=measure,
            version=version,
            date=date,
            numerator=numerator,
            denominator=denominator,
            histogram=histogram,
            weight=weight,
        )

    @api.model
    def _figures_of(self, raw_values) -> list[engine.Figure]:
        """Figures of groups; None where different measures, or formulas of one, are mixed."""
        # Superuser: how a measure adds up does not depend on who asks.
        Measure = self.env["medical.measure"].sudo()
        # A total over no rows at all is a row of nulls.
        known = {one.id: one for one in Measure.browse({raw[0] for raw in raw_values if raw and raw[0]})}
        found = []
        for raw in raw_values:
            if not raw or not raw[0] or raw[0] != raw[1] or raw[2] != raw[3]:
                found.append(engine.Figure(None))
                continue
            measure, numerator, denominator, days, histograms = known[raw[0]], *raw[4:]
            of = engine.Total(numerator or 0.0, denominator or 0.0, engine.add_bins(histograms or ()))
            found.append(engine.figure(measure.kind, of, sum(days.values()), measure.factor, measure.share / 100.0))
        return found

    @api.autovacuum
    def _gc_old(self):
        """Values older than the parameter ``medical_base.measure_keep_days`` go; 0 keeps them for ever."""
        # Superuser: a parameter is read.
        days = int(self.env["ir.config_parameter"].sudo().get_param("medical_base.measure_keep_days", 3650))
        if days > 0:
            # The ORM refuses to delete these records, whoever asks.
            self.env.cr.execute(
                SQL("DELETE FROM medical_measure_value WHERE date < %s", fields.Date.today() - timedelta(days=days))
            )
            self.invalidate_model()
