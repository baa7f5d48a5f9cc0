from datetime import timedelta
from functools import partialmethod

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.medical_base.engine import measure as periods

# Pairs whose daily flows are held at once.
_BATCH = 2000
_MOVE = {
    "company_id": "company_id",
    "date": "date",
    "product_id": "product_id",
    "category_id": "product_id.categ_id",
    "warehouse_id": ("location_id.warehouse_id", "location_dest_id.warehouse_id"),
}
_LINE = {
    "company_id": "company_id",
    "date": "medical_promised",
    "partner_id": "partner_id",
    "product_id": "product_id",
    "category_id": "product_id.categ_id",
}


class MedicalMeasure(models.Model):
    _inherit = "medical.measure"

    # Stock: four figures of the same daily flows

    def _stock_facts(self, domain, first, last):
        facts = self._fact_domain("stock.move", _MOVE, domain, first, last)
        return "stock.move", facts & Domain([("state", "=", "done"), ("product_id.is_storable", "=", True)])

    def _stock_rows(self, domain, first, last, grain, *, code):
        key = ("stock", tuple(map(str, domain)), first, last, grain)
        return self._once(key, lambda: self._stock_figures(domain, first, last, grain))[code]

    _measure_turnover_days = partialmethod(_stock_rows, code="turnover_days")
    _measure_service = partialmethod(_stock_rows, code="service")
    _measure_stockouts = partialmethod(_stock_rows, code="stockouts")
    _measure_storage_cost = partialmethod(_stock_rows, code="storage_cost")
    _facts_turnover_days = _facts_service = _facts_stockouts = _facts_storage_cost = _stock_facts

    def _stock_figures(self, domain, first, last, grain):
        """Code of a measure → its rows, one per period, product and warehouse that had stock or demand at all."""
        import numpy as np

        from ..engine import achieved

        company = self.env.company
        panel = self.env["medical.demand.panel"]
        pairs = self._stock_pairs(panel, domain)
        spans = self._spans(first, last, grain)
        found = {code: [] for code in achieved.MEASURES}
        for at in range(0, len(pairs), _BATCH):
            some = pairs[at : at + _BATCH]
            on_hand, change, demand = panel._by_day(company, some, first, last)
            products = self.env["product.product"].browse([product for product, _warehouse in some])
            cost = np.array([product.standard_price for product in products])
            parts = [
                achieved.by_product(on_hand - change[:, end:].sum(axis=1), change[:, begin:end], demand[:, begin:end])
                for _start, begin, end in spans
            ]
            alive = np.any([(part["stock"] != 0) | (part["demand"] != 0) for part in parts], axis=0).nonzero()[0]
            names = {
                "warehouse_id": [warehouse for _product, warehouse in some],
                "product_id": products.ids,
                "category_id": [product.categ_id.id for product in products],
            }
            for (start, begin, end), part in zip(spans, parts, strict=True):
                keys = [tuple(names[name][row] if name in names else start for name in grain) for row in alive]
                for code, (above, below) in achieved.sums(
                    part, cost, end - begin, company.medical_holding_percent / 100.0
                ).items():
                    found[code] += [
                        (*key, *both)
                        for key, *both in zip(keys, above[alive].tolist(), below[alive].tolist(), strict=True)
                    ]
        return found

    def _spans(self, first, last, grain):
        """(first day of the period, index of its first and behind its last day) from ``first`` to ``last``; one without periods."""
        days = (last - first).days + 1
        period = next((name for name in grain if name in periods.PERIODS), None)
        if not period:
            return [(first, 0, days)]
        spans, begin = [], 0
        while begin < days:
            day = first + timedelta(days=begin)
            end = min((periods.next_start(day, period) - first).days, days)
            spans.append((periods.period_start(day, period), begin, end))
            begin = end
        return spans

    def _stock_pairs(self, panel, domain):
        """(product id, warehouse id) of what has stock, rules or demand in the scope."""
        if {"|", "!"} & set(map(str, domain)):
            raise UserError(self.env._("Figures of stock are cut by conditions that all hold, without 'or' and 'not'."))
        self._mapped(domain, _MOVE)  # refuses what is not known here

        def about(paths):
            """The conditions on these; the others stand for whatever."""
            return domain.map_conditions(
                lambda one: self._mapped(one, paths) if one.field_expr in paths else Domain.TRUE
            )

        company = self.env.company
        warehouses = self.env["stock.warehouse"].search(
            about({"warehouse_id": "id"}) & Domain("company_id", "=", company.id)
        )
        if not warehouses:
            return []
        as_of = self.env.cr.now().date() - timedelta(days=1)
        pairs = set(panel._find_pairs(company, as_of, warehouses))
        for product, warehouse in self.env["stock.quant"]._read_group(
            [
                ("company_id", "=", company.id),
                ("location_id.usage", "=", "internal"),
                ("location_id.warehouse_id", "in", warehouses.ids),
                ("product_id.is_storable", "=", True),
            ],
            ["product_id", "location_id.warehouse_id"],
        ):
            pairs.add((product.id, warehouse.id))
        products = about({"product_id": "id", "category_id": "categ_id"})
        wanted = set(
            self.env["product.product"].search(products & Domain("id", "in", [product for product, _ in pairs])).ids
        )
        return sorted(pair for pair in pairs if pair[0] in wanted)

    # Receipts

    def _measure_receipts_on_time(self, domain, first, last, grain):
        """Ordered quantities by the day that was promised first, and what came in time; what never came is late."""
        from ..engine import achieved

        model, facts = self._facts_receipts_on_time(domain, first, last)
        lines = self.env[model].search_fetch(
            facts, ["medical_promised", "date_planned", "product_uom_qty", "partner_id", "product_id"]
        )
        moves = self.env["stock.move"].search_fetch(
            [("purchase_line_id", "in", lines.ids), ("state", "=", "done"), ("location_id.usage", "=", "supplier")],
            ["purchase_line_id", "date", "product_qty"],
        )
        came = {}
        for move in moves:
            came.setdefault(move.purchase_line_id.id, []).append((self._day(move.date), move.product_qty))
        rows = []
        for line in lines:
            due = self._day(line.medical_promised or line.date_planned)
            known = {
                "partner_id": line.partner_id.id,
                "product_id": line.product_id.id,
                "category_id": line.product_id.categ_id.id,
            }
            key = [known[name] if name in known else periods.period_start(due, name) for name in grain]
            in_time = achieved.in_time(due, came.get(line.id, ()), line.product_uom_qty)
            rows.append((*key, in_time, line.product_uom_qty))
        return rows

    def _facts_receipts_on_time(self, domain, first, last):
        model = "purchase.order.line"
        # Of orders from before this addon only what is promised now is known.
        now = _LINE | {"date": "date_planned"}
        facts = self._fact_domain(model, _LINE, domain, first, last) | (
            self._fact_domain(model, now, domain, first, last) & Domain("medical_promised", "=", False)
        )
        return model, facts & Domain(
            [("state", "=", "purchase"), ("product_id.type", "=", "consu"), ("product_uom_qty", ">", 0)]
        )
