"""Demand per product, warehouse and period: the one place that knows what demand is."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL


@dataclass(frozen=True)
class DemandPanel:
    """What is known about ``n`` pairs over ``T`` periods (numpy arrays).

    ``quantity`` (n, T) is NaN before the first demand, zero where nothing was asked;
    ``stockout_days`` (n, T) counts days without stock; ``starts`` are the T period starts.
    """

    pairs: list
    starts: list
    quantity: object
    stockout_days: object


class MedicalDemandPanel(models.AbstractModel):
    """Consumption net of returns, from done stock moves and from imported history.

    Demand is what left a warehouse for customers or production. What came back from
    them counts against it in the period of the return. Transfers inside the company are
    not demand. Where a period was imported, the import replaces the moves.
    """

    _name = "medical.demand.panel"
    _description = "Demand Panel"

    def _last_period(self, company, as_of):
        """First day of the last period that ended by ``as_of``."""
        from ..engine import calendar

        return calendar.add_periods(
            calendar.period_start(as_of + timedelta(days=1), company.medical_period), -1, company.medical_period
        )

    def _default_as_of(self, company):
        """End of the imported data where that is newer than every stock move, else yesterday."""
        imported = self.env["medical.demand.import"]._end_of_data(company)
        newest = self.env["stock.move"].search(
            self._demand_domain(company) | self._return_domain(company), order="date desc", limit=1
        )
        if imported and (not newest or newest.date.date() < imported):
            return imported
        return date.today() - timedelta(days=1)

    def _window(self, company, as_of):
        """Starts of the periods that are looked at, oldest first."""
        from ..engine import calendar

        last = self._last_period(company, as_of)
        first = calendar.add_periods(last, 1 - company._medical_history_length(), company.medical_period)
        return calendar.period_range(first, last, company.medical_period)

    def _demand_domain(self, company, stock="location_id", outside="location_dest_id"):
        done = Domain("state", "=", "done") & Domain("company_id", "=", company.id)
        held = Domain(f"{stock}.usage", "in", ("internal", "transit"))
        return done & held & Domain(f"{outside}.usage", "in", ("customer", "production"))

    def _return_domain(self, company):
        # Finished goods also come out of production; only what went in before is a return.
        back = Domain("location_id.usage", "=", "customer") | Domain("origin_returned_move_id", "!=", False)
        return self._demand_domain(company, "location_dest_id", "location_id") & back

    def _bounds(self, company, first, last):
        """UTC datetimes of the beginning of ``first`` and the end of ``last`` (dates)."""
        return self.env["medical.measure"]._bounds(company, first, last)

    def _find_pairs(self, company, as_of, warehouses=None, categories=None):
        """(product id, warehouse id) of everything that could be planned, sorted by product.

        Pairs with demand in the window, and pairs with a reorder rule: a rule without
        demand has to show up in the run with the reason why nothing is planned.
        """
        allowed = (warehouses or self.env["stock.warehouse"].search([("company_id", "=", company.id)])).ids
        demand, returns, history = self._source_domains(company, as_of)
        pairs = self._more_pairs(company, allowed)
        for model, domain, place in (
            ("stock.move", demand, "location_id"),
            ("stock.move", returns, "location_dest_id"),
            ("medical.demand.history", history, "warehouse_id"),
            ("stock.warehouse.orderpoint", Domain("company_id", "=", company.id), "warehouse_id"),
        ):
            for product, where in self.env[model]._read_group(domain, ["product_id", place]):
                pairs.add((product.id, where.id if place == "warehouse_id" else where.warehouse_id.id))
        products = self.env["product.product"].browse({product_id for product_id, _warehouse in pairs})
        domain = Domain("id", "in", products.ids) & Domain("is_storable", "=", True)
        if categories:
            domain &= Domain("categ_id", "child_of", categories.ids)
        wanted = set(products.with_context(active_test=False).search(domain).ids)
        return sorted(pair for pair in pairs if pair[0] in wanted and pair[1] in set(allowed))

    def _more_pairs(self, company, warehouses):
        """(product id, warehouse id) of what has no demand yet but is expected to; other addons know such."""
        return set()

    def _sources(self, company, as_of):
        """What demand is counted from: code, number of records and date of the newest, per source."""
        demand, returns, history = self._source_domains(company, as_of)
        repairs = Domain("company_id", "=", company.id) & Domain("reverted", "=", True)
        return [
            self._source("moves", "stock.move", demand | returns),
            self._source("history", "medical.demand.history", history),
            self._source("repairs", "medical.demand.repair", repairs, "write_date:max"),
        ]

    def _source_domains(self, company, as_of):
        """Demand and returns among the stock moves, and imported demand, of the periods that are looked at."""
        first = self._window(company, as_of)[0]
        begin, end = self._bounds(company, first, as_of)
        dated = Domain("date", ">=", begin) & Domain("date", "<", end)
        history = self._history_domain(company, first, as_of)
        return self._demand_domain(company) & dated, self._return_domain(company) & dated, history

    def _history_domain(self, company, first, last):
        counted = Domain("company_id", "=", company.id) & Domain("flagged", "=", False)
        # Whoever sees demand need not see the imports; half an import is no demand yet.
        counted &= Domain("import_id", "any!", [("state", "=", "done")])
        return counted & Domain("date", ">=", first) & Domain("date", "<=", last)

    def _source(self, code, model, domain, newest="date:max"):
        count, latest = self.env[model]._read_group(domain, [], ["__count", newest])[0]
        return {"code": code, "count": count, "newest": latest and str(latest)[:10] or False}

    def _load(self, company, pairs, as_of):
        """The :class:`DemandPanel` of ``pairs`` (list of id pairs) as known at ``as_of``."""
        import numpy as np

        from ..engine import calendar, flows

        starts = self._window(company, as_of)
        last_day = calendar.period_end(starts[-1], company.medical_period)
        column = flows.columns(starts, (last_day - starts[0]).days + 1)
        moved = self._read_flows(company, pairs, starts[0], last_day)
        quantity, seen = flows.per_period(moved, column, (len(pairs), len(starts)))
        stockout = flows.days_without_stock(moved, self._on_hand(pairs), column, len(starts))
        self._add_history(company, pairs, starts, last_day, column, quantity, stockout, seen)
        quantity[~np.maximum.accumulate(seen, axis=1)] = np.nan
        return DemandPanel(pairs, starts, quantity, stockout)

    def _read_flows(self, company, pairs, first_day, last_day):
        """Daily flows of the pairs' warehouses, in and out, from done moves; see ``engine.flows``."""
        from ..engine import flows

        moved = self._read_moves(company, {product_id for product_id, _warehouse in pairs}, first_day, last_day)
        places = self._places(company, int(moved[:, 1:3].max()) if len(moved) else 0)
        return flows.daily(moved, pairs, (last_day - first_day).days + 1, *places)

    def _by_day(self, company, pairs, first_day, last_day):
        """(quantity on hand at the end of ``last_day`` (n,), its change (n, days), demand (n, days)) of the pairs."""
        from ..engine import flows

        moved, days = self._read_flows(company, pairs, first_day, last_day), (last_day - first_day).days + 1
        change, demand = flows.per_day(moved, len(pairs), days)
        return self._on_hand(pairs) - change[:, days], change[:, :days], demand[:, :days]

    def _read_moves(self, company, products, first_day, last_day):
        """Done moves as an array (product, source, target, day since ``first_day``, is a return, quantity).

        One statement: three years of 10,000 series are more than a million groups, of which
        ``_read_group`` would make records and datetimes.
        """
        import numpy as np

        begin, _end = self._bounds(company, first_day, last_day)
        self.env["stock.move"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT product_id, location_id, location_dest_id,
                       (date AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s)::date - %(first)s::date AS day,
                       (origin_returned_move_id IS NOT NULL)::int AS is_return, sum(product_qty)::float8
                  FROM stock_move
                 WHERE state = 'done' AND company_id = %(company)s AND product_id = ANY(%(products)s)
                   AND date >= %(begin)s
                 GROUP BY product_id, location_id, location_dest_id, day, is_return
                """,
                zone=company.partner_id.tz or "UTC",
                first=first_day,
                company=company.id,
                products=sorted(products),
                begin=begin,
            )
        )
        return np.array(rows, dtype=float).reshape(-1, 6)

    def _places(self, company, highest):
        """What the locations are, as arrays over location ids up to ``highest``.

        :return: warehouse id (0 outside of warehouses), is customer or production, is customer
        """
        import numpy as np

        locations = (
            self.env["stock.location"]
            .with_context(active_test=False)
            .search_fetch([("company_id", "in", (company.id, False)), ("id", "<=", highest)], ["usage", "warehouse_id"])
        )
        warehouse = np.zeros(highest + 1, dtype=np.int64)
        consumes, customer = np.zeros(highest + 1, dtype=bool), np.zeros(highest + 1, dtype=bool)
        for location in locations:
            if location.usage in ("internal", "transit"):
                warehouse[location.id] = location.warehouse_id.id
            consumes[location.id] = location.usage in ("customer", "production")
            customer[location.id] = location.usage == "customer"
        return warehouse, consumes, customer

    def _on_hand(self, pairs):
        """Quantity on hand of each pair today, in internal and transit locations of the warehouse."""
        import numpy as np

        domain = Domain("product_id", "in", sorted({product for product, _warehouse in pairs}))
        domain &= Domain("location_id.usage", "in", ("internal", "transit"))
        groups = self.env["stock.quant"]._read_group(domain, ["product_id", "location_id"], ["quantity:sum"])
        total = defaultdict(float)
        for product, location, quantity in groups:
            total[product.id, location.warehouse_id.id] += quantity
        return np.array([total[pair] for pair in pairs])

    def _add_history(self, company, pairs, starts, last_day, column, quantity, stockout, seen):
        """Put imported periods in place of those counted from moves (arrays change in place)."""
        row_of = {pair: row for row, pair in enumerate(pairs)}
        domain = self._history_domain(company, starts[0], last_day)
        domain &= Domain("product_id", "in", sorted({product for product, _warehouse in pairs}))
        rows = self.env["medical.demand.history"].search_fetch(
            domain, ["product_id", "warehouse_id", "date", "quantity", "stockout_days"]
        )
        imported = defaultdict(lambda: [0.0, 0.0])
        for row in rows:
            index = row_of.get((row.product_id.id, row.warehouse_id.id))
            if index is not None:
                cell = imported[index, column[(row.date - starts[0]).days]]
                cell[0] += row.quantity
                cell[1] += row.stockout_days
        for cell, (amount, days) in imported.items():
            quantity[cell], stockout[cell], seen[cell] = amount, days, True
