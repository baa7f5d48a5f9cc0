"""Demand per product, warehouse and period: the one place that knows what demand is."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytz

from odoo import api, models
from odoo.fields import Domain


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

    @api.model
    def _last_period(self, company, as_of):
        """First day of the last period that ended by ``as_of``."""
        from ..engine import calendar

        return calendar.add_periods(
            calendar.period_start(as_of + timedelta(days=1), company.medical_period), -1, company.medical_period
        )

    @api.model
    def _default_as_of(self, company):
        """End of the imported data where that is newer than every stock move, else yesterday."""
        imported = self.env["medical.demand.import"]._end_of_data(company)
        newest = self.env["stock.move"].search(
            self._demand_domain(company) | self._return_domain(company), order="date desc", limit=1
        )
        if imported and (not newest or newest.date.date() < imported):
            return imported
        return date.today() - timedelta(days=1)

    @api.model
    def _window(self, company, as_of):
        """Starts of the periods that are looked at, oldest first."""
        from ..engine import calendar

        last = self._last_period(company, as_of)
        first = calendar.add_periods(last, 1 - company._medical_history_length(), company.medical_period)
        return calendar.period_range(first, last, company.medical_period)

    @api.model
    def _demand_domain(self, company):
        return Domain(
            [
                ("state", "=", "done"),
                ("company_id", "=", company.id),
                ("location_id.usage", "in", ("internal", "transit")),
                ("location_dest_id.usage", "in", ("customer", "production")),
            ]
        )

    @api.model
    def _return_domain(self, company):
        # Finished goods also come out of production; only what went in before is a return.
        return Domain(
            [
                ("state", "=", "done"),
                ("company_id", "=", company.id),
                ("location_dest_id.usage", "in", ("internal", "transit")),
                ("location_id.usage", "in", ("customer", "production")),
            ]
        ) & (Domain("location_id.usage", "=", "customer") | Domain("origin_returned_move_id", "!=", False))

    def _in_company_time(self, company):
        """Days and periods are those of the company's own time zone."""
        return self.with_context(tz=company.partner_id.tz or "UTC")

    @api.model
    def _bounds(self, company, first, last):
        """UTC datetimes of the beginning of ``first`` and the end of ``last`` (dates)."""
        zone = pytz.timezone(company.partner_id.tz or "UTC")

        def moment(day):
            return zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)

        return moment(first), moment(last + timedelta(days=1))

    @api.model
    def _find_pairs(self, company, as_of, warehouses=None, categories=None):
        """(product id, warehouse id) of everything that could be planned, sorted by product.

        Pairs with demand in the window, and pairs with a reorder rule: a rule without
        demand has to show up in the run with the reason why nothing is planned.
        """
        starts = self._window(company, as_of)
        begin, end = self._bounds(company, starts[0], as_of)
        allowed = (warehouses or self.env["stock.warehouse"].search([("company_id", "=", company.id)])).ids
        pairs = set()
        for domain, side in (
            (self._demand_domain(company), "location_id"),
            (self._return_domain(company), "location_dest_id"),
        ):
            groups = self.env["stock.move"]._read_group(
                domain & Domain("date", ">=", begin) & Domain("date", "<", end), ["product_id", side]
            )
            pairs |= {(product.id, location.warehouse_id.id) for product, location in groups}
        groups = self.env["medical.demand.history"]._read_group(
            [("company_id", "=", company.id), ("date", ">=", starts[0]), ("date", "<=", as_of), ("flagged", "=", False)],
            ["product_id", "warehouse_id"],
        )
        pairs |= {(product.id, warehouse.id) for product, warehouse in groups}
        groups = self.env["stock.warehouse.orderpoint"]._read_group(
            [("company_id", "=", company.id)], ["product_id", "warehouse_id"]
        )
        pairs |= {(product.id, warehouse.id) for product, warehouse in groups}
        products = self.env["product.product"].browse({product_id for product_id, _warehouse in pairs})
        domain = Domain("id", "in", products.ids) & Domain("is_storable", "=", True)
        if categories:
            domain &= Domain("categ_id", "child_of", categories.ids)
        wanted = set(products.with_context(active_test=False).search(domain).ids)
        return sorted(pair for pair in pairs if pair[0] in wanted and pair[1] in set(allowed))

    @api.model
    def _sources(self, company, as_of):
        """What the plan is made from: code, number of records and date of the newest, per source."""
        starts = self._window(company, as_of)
        begin, end = self._bounds(company, starts[0], as_of)
        mine = Domain("company_id", "=", company.id)
        moves = (self._demand_domain(company) | self._return_domain(company)) & Domain("date", ">=", begin)
        receipts = mine & Domain(
            [("state", "=", "done"), ("purchase_line_id", "!=", False), ("location_id.usage", "=", "supplier")]
        )
        history = mine & Domain([("flagged", "=", False), ("date", ">=", starts[0]), ("date", "<=", as_of)])
        found = []
        for code, model, domain, newest in (
            ("moves", "stock.move", moves & Domain("date", "<", end), "date:max"),
            ("history", "medical.demand.history", history, "date:max"),
            ("receipts", "stock.move", receipts & Domain("date", "<", end), "date:max"),
            ("vendors", "product.supplierinfo", Domain("company_id", "in", (company.id, False)), "write_date:max"),
            ("repairs", "medical.demand.repair", mine & Domain("reverted", "=", True), "write_date:max"),
        ):
            count, latest = self.env[model]._read_group(domain, [], ["__count", newest])[0]
            found.append({"code": code, "count": count, "newest": latest and str(latest)[:10] or False})
        return found

    @api.model
    def _load(self, company, pairs, as_of):
        """The :class:`DemandPanel` of ``pairs`` (list of id pairs) as known at ``as_of``."""
        import numpy as np

        from ..engine import calendar

        starts = self._window(company, as_of)
        n, periods = len(pairs), len(starts)
        row_of = {pair: row for row, pair in enumerate(pairs)}
        last_day = calendar.add_periods(starts[-1], 1, company.medical_period) - timedelta(days=1)
        column_of_day = self._columns(starts, last_day, company.medical_period)
        first_day = starts[0]
        quantity = np.zeros((n, periods))
        seen = np.zeros((n, periods), dtype=bool)
        flows = self._read_flows(company, pairs, first_day, last_day)
        demand = flows[flows["demand"] != 0]
        cells = demand["row"] * periods + column_of_day[demand["day"]]
        quantity.ravel()[:] = np.bincount(cells, demand["demand"], minlength=n * periods)
        seen.ravel()[cells] = True
        stockout = self._stockout_days(pairs, flows, column_of_day, periods)
        self._add_history(company, row_of, starts, last_day, column_of_day, quantity, stockout, seen)
        started = np.maximum.accumulate(seen, axis=1)
        quantity[~started] = np.nan
        return DemandPanel(pairs, starts, quantity, stockout)

    @api.model
    def _columns(self, starts, last_day, freq):
        """Period index of every day from the first to ``last_day``."""
        import numpy as np

        days = np.arange((last_day - starts[0]).days + 1)
        offsets = np.array([(start - starts[0]).days for start in starts])
        return np.searchsorted(offsets, days, side="right") - 1

    @api.model
    def _read_flows(self, company, pairs, first_day, last_day):
        """Daily flows of the pairs' warehouses, in and out, from done moves.

        :return: structured array (row, day since ``first_day``, demand, stock); demand is
            consumption net of returns, stock the change of the quantity on hand.
            Flows after ``last_day`` carry its day + 1, so that stock can be counted back
            from today's.
        """
        import numpy as np

        kind = np.dtype([("row", "i8"), ("day", "i8"), ("demand", "f8"), ("stock", "f8")])
        row_of = {pair: row for row, pair in enumerate(pairs)}
        products = sorted({product_id for product_id, _warehouse in pairs})
        begin, _end = self._bounds(company, first_day, last_day)
        locations = self.env["stock.location"].with_context(active_test=False).search_fetch(
            [("company_id", "in", (company.id, False))], ["usage", "warehouse_id"]
        )
        inside = {loc.id: loc.warehouse_id.id for loc in locations if loc.usage in ("internal", "transit")}
        consumes = {loc.id for loc in locations if loc.usage in ("customer", "production")}
        customers = {loc.id for loc in locations if loc.usage == "customer"}
        horizon = (last_day - first_day).days + 1
        rows = []
        for is_return in (False, True):
            groups = self._in_company_time(company).env["stock.move"]._read_group(
                [
                    ("state", "=", "done"),
                    ("company_id", "=", company.id),
                    ("product_id", "in", products),
                    ("date", ">=", begin),
                    ("origin_returned_move_id", "!=" if is_return else "=", False),
                ],
                ["product_id", "location_id", "location_dest_id", "date:day"],
                ["product_qty:sum"],
            )
            for product, source, target, day, amount in groups:
                left, entered = inside.get(source.id), inside.get(target.id)
                if left == entered:
                    continue
                index = min((day.date() - first_day).days, horizon)
                within = index < horizon
                row = row_of.get((product.id, left))
                if row is not None:
                    rows.append((row, index, amount if within and target.id in consumes else 0.0, -amount))
                row = row_of.get((product.id, entered))
                if row is not None:
                    back = source.id in customers or (is_return and source.id in consumes)
                    rows.append((row, index, -amount if within and back else 0.0, amount))
        return np.array(rows, dtype=kind)

    @api.model
    def _stockout_days(self, pairs, flows, column_of_day, periods):
        """Days without stock per pair and period, counted back from today's quantity on hand.

        A day counts when nothing was there in the morning and nothing at night. Where
        the count turns negative the moves do not tell the whole story (stock kept
        elsewhere, moves imported in part): then no day of that pair counts.
        """
        import numpy as np

        n, days = len(pairs), len(column_of_day)
        result = np.zeros((n, periods))
        if not len(flows):
            return result
        on_hand = self._on_hand(pairs)
        order = np.lexsort((flows["day"], flows["row"]))
        flows = flows[order]
        for row in np.unique(flows["row"]):
            first, last = np.searchsorted(flows["row"], [row, row + 1])
            change = np.bincount(flows["day"][first:last], flows["stock"][first:last], minlength=days + 1)
            night = on_hand[row] - (change[::-1].cumsum()[::-1] - change)
            morning = night - change
            if min(night.min(), morning.min()) < -1e-6 * max(1.0, np.abs(night).max()):
                continue
            out = (morning[:days] <= 1e-9) & (night[:days] <= 1e-9)
            if out.any():
                result[row] = np.bincount(column_of_day[out], minlength=periods)
        return result

    @api.model
    def _on_hand(self, pairs):
        """Quantity on hand of each pair today, in internal and transit locations of the warehouse."""
        import numpy as np

        groups = self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", sorted({product for product, _warehouse in pairs})),
                ("location_id.usage", "in", ("internal", "transit")),
            ],
            ["product_id", "location_id"],
            ["quantity:sum"],
        )
        total = defaultdict(float)
        for product, location, quantity in groups:
            total[product.id, location.warehouse_id.id] += quantity
        return np.array([total[pair] for pair in pairs])

    @api.model
    def _add_history(self, company, row_of, starts, last_day, column_of_day, quantity, stockout, seen):
        """Put imported periods in place of those counted from moves (arrays change in place)."""
        rows = self.env["medical.demand.history"].search_fetch(
            [
                ("company_id", "=", company.id),
                ("product_id", "in", sorted({product for product, _warehouse in row_of})),
                ("date", ">=", starts[0]),
                ("date", "<=", last_day),
                ("flagged", "=", False),
            ],
            ["product_id", "warehouse_id", "date", "quantity", "stockout_days"],
        )
        imported = defaultdict(lambda: [0.0, 0.0])
        for row in rows:
            index = row_of.get((row.product_id.id, row.warehouse_id.id))
            if index is not None:
                cell = imported[index, column_of_day[(row.date - starts[0]).days]]
                cell[0] += row.quantity
                cell[1] += row.stockout_days
        for (index, column), (amount, days) in imported.items():
            quantity[index, column] = amount
            stockout[index, column] = days
            seen[index, column] = True
