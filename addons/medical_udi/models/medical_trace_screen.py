"""What the trace screen asks for: the drawn graph, one branch of the tree, a page of movements, lots for a scan."""

import time
from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .medical_trace import KIND, PARTNER

# More lots of one product at one level are drawn as one box, more boxes at one level as one for the rest.
LOTS_DRAWN = 5
BOXES_DRAWN = 9
PARTNERS_DRAWN = 8
PAGE = 80
# A workbook of more movements is written in the background.
LARGE = 50_000


class MedicalTraceScreen(models.AbstractModel):
    _name = "medical.trace.screen"
    _description = "Lot Trace Screen"
    _inherit = "medical.trace"

    def _source_lots(self, model, ids):
        """The lots a trace from some records of any model that can be traced begins with."""
        self._check_user()
        if model not in self.env or not hasattr(self.env.registry[model], "_medical_trace_lots"):
            raise UserError(self.env._("%(model)s has no lots that could be traced.", model=model))
        records = self.env[model].browse(ids).exists()
        records.check_access("read")
        return records._medical_trace_lots()

    @api.model
    def open_trace(self, model, ids, direction):
        """Everything the screen shows at first."""
        lots = self._source_lots(model, ids)
        trace = self._run(lots, direction)
        total, shown = self._counts(trace)
        trace.edges = trace.edges or self._edges(trace.reached, direction)
        answer = {
            "subject": self._subject(lots),
            "roots": self._nodes(lots.ids[:PAGE], direction),
            "more_roots": max(0, len(lots) - PAGE),
            "lots": len(trace.reached),
            "total": shown,
            "hidden": total - shown,
            "large": shown > LARGE,
            "kinds": self._count_kinds(trace.query),
            "graph": self._graph(trace),
            "partners": self._totals_by_partner(trace),
            "places": self._totals_by_place(trace.reached),
        }
        answer["seconds"] = round(time.monotonic() - trace.started, 2)
        self._log(trace, "screen", total)
        return answer

    @api.model
    def read_page(self, model, ids, direction, kind=False, limit=PAGE, offset=0):
        """Movements of one page, all or of one kind."""
        self._check_page(limit, offset)
        trace = self._run(self._source_lots(model, ids), direction)
        rows = self._page(trace.query, limit, offset, SQL("WHERE page.kind = %s", kind) if kind else None)
        self._log(trace, "page", len(rows))
        return self._with_kind_names(rows)

    @api.model
    def read_branch(self, lot_id, direction, root=False, offset=0):
        """One lot of the tree opened: the lots it leads to and its own movements."""
        self._check_user()
        self._check_direction(direction)
        self._check_page(PAGE, offset)
        lot = self.env["stock.lot"].browse(lot_id).exists()
        lot.check_access("read")
        self.env.flush_all()
        edges = self._edges(lot.ids, direction)
        # What an ancestor is asked for here is its own story; which of its uses belong to the trace was said above it.
        query = self._lines(lot.ids, lot.ids if root else [], direction, edges)
        quantities = {other: quantity for _lot, other, quantity, _lines in edges}
        ids = list(quantities)
        page = ids[offset : offset + PAGE]
        return {
            "nodes": [{**node, "quantity": quantities[node["id"]]} for node in self._nodes(page, direction)],
            "more": max(0, len(ids) - offset - PAGE),
            "rows": self._with_kind_names(self._page(query, PAGE, 0)) if not offset else [],
            "row_count": self._count(query) if not offset else 0,
        }

    @api.model
    def find_lots(self, text):
        """Ids of the lots that a scan, or a typed lot or serial number, means."""
        self._check_user()
        Lot = self.env["stock.lot"]
        if not isinstance(text, str) or not text.strip():
            return []
        udi = self.env["medical.udi.scanner"]._read(text, self.env.company)
        if udi.di:
            di = self.env["medical.udi.di"]._find(udi.issuing_agency, udi.di)
            domain = [("product_id", "=", di.product_id.id)]
            if di and udi.serial:
                found = Lot.search([*domain, ("name", "=", udi.serial)])
                if found:
                    return found.ids
            if di and udi.lot:
                return Lot.search([*domain, "|", ("name", "=", udi.lot), ("udi_lot", "=", udi.lot)]).ids
            if di:
                return Lot.search([("udi_di_id", "=", di.primary_di_id.id)]).ids
        text = text.strip()
        return Lot.search(["|", "|", ("name", "=", text), ("udi_lot", "=", text), ("ref", "=", text)]).ids

    # Words

    def _kind_names(self):
        return {
            "receipt": self.env._("Receipt"),
            "supplier_return": self.env._("Return to supplier"),
            "dropship": self.env._("Dropship"),
            "dropship_return": self.env._("Dropship return"),
            "delivery": self.env._("Delivery"),
            "return": self.env._("Customer return"),
            "passed_on": self.env._("Passed on"),
            "consume": self.env._("Consumed"),
            "produce": self.env._("Produced"),
            "scrap": self.env._("Scrap"),
            "loss": self.env._("Inventory loss"),
            "gain": self.env._("Inventory gain"),
            "transfer": self.env._("Transfer"),
        }

    def _with_kind_names(self, rows):
        names = self._kind_names()
        return [{**row, "kind_name": names[row["kind"]]} for row in rows]

    def _subject(self, lots):
        if len(lots) > 3:
            return self.env._("%(lot)s and %(count)d more", lot=lots[0].display_name, count=len(lots) - 1)
        return ", ".join(f"{lot.name} ({lot.product_id.display_name})" for lot in lots)

    def _count_kinds(self, query):
        names = self._kind_names()
        rows = self.env.execute_query(
            SQL(
                "SELECT kind, COUNT(*) FROM %s line GROUP BY kind ORDER BY kind",
                query.subselect(SQL("%s AS kind", KIND)),
            )
        )
        return [{"kind": kind, "name": names[kind], "count": count} for kind, count in rows]

    # The tree

    def _nodes(self, lot_ids, direction):
        """What the tree shows of lots; those of other companies are named as such and lead on all the same."""
        if not lot_ids:
            return []
        visible = self.env["stock.lot"].search_fetch(
            [("id", "in", lot_ids)], ["name", "product_id", "expiration_date", "udi_di_id"], order="id"
        )
        left = dict(
            self.env["stock.quant"]._read_group(
                [("lot_id", "in", visible.ids), ("location_id.usage", "in", ("internal", "transit"))],
                ["lot_id"],
                ["quantity:sum"],
            )
        )
        leads = {lot_id for lot_id, _other, _quantity, _lines in self._edges(lot_ids, direction)}
        nodes = []
        known = set(visible.ids)
        for lot in self.env["stock.lot"].browse(lot_ids):
            node = {"id": lot.id, "leads": lot.id in leads, "visible": lot.id in known}
            if node["visible"]:
                node.update(
                    name=lot.name,
                    product=lot.product_id.display_name,
                    unit=lot.product_id.uom_id.name,
                    di=lot.udi_di_id.code or "",
                    on_hand=left.get(lot, 0.0),
                    expiry=fields.Datetime.to_string(lot.expiration_date) or "",
                )
            nodes.append(node)
        return nodes

    def _levels(self, seed_ids, edges):
        """lot id → steps from the lots the trace began with; shortest way, so loops do no harm."""
        following = defaultdict(list)
        for lot_id, other_id, _quantity, _lines in edges:
            following[lot_id].append(other_id)
        levels = dict.fromkeys(seed_ids, 0)
        queue = list(levels)
        for lot_id in queue:  # which grows
            for other_id in following[lot_id]:
                if other_id not in levels:
                    levels[other_id] = levels[lot_id] + 1
                    queue.append(other_id)
        return levels

    # The graph

    def _graph(self, trace):
        """Boxes in columns and links between them, few enough to be drawn and read."""
        boxes, box_of = self._lot_boxes(self._levels(trace.lots.ids, trace.edges))
        links = defaultdict(lambda: [0.0, 0])
        for lot_id, other_id, quantity, _lines in trace.edges:
            pair = box_of.get(lot_id), box_of.get(other_id)
            if None not in pair and pair[0] != pair[1]:
                links[pair][0] += quantity or 0.0
                links[pair][1] += 1
        columns = max((box["level"] for box in boxes), default=0) + 1
        partner_boxes = self._add_partners(trace, box_of, len(boxes), links)
        return {
            "boxes": boxes + partner_boxes,
            "links": [
                {"from": source, "to": target, "quantity": quantity, "count": count}
                for (source, target), (quantity, count) in links.items()
            ],
            "columns": columns + bool(partner_boxes),
        }

    def _box(self, number, level, kind, label, sub, lot_ids=(), record=None):
        """A box of the graph; ``record``: what a click on it opens."""
        return {
            "id": number,
            "level": level,
            "kind": kind,
            "label": label,
            "sub": sub,
            "res_model": record._name if record else "",
            "res_id": record.id if record else False,
            "lot_ids": list(lot_ids),
        }

    def _lot_boxes(self, levels):
        Lot = self.env["stock.lot"]
        readable = Lot.search_fetch([("id", "in", list(levels))], ["name", "product_id", "expiration_date"], order="id")
        groups = defaultdict(list)
        for lot in readable:
            groups[levels[lot.id], lot.product_id].append(lot.id)
        by_level = defaultdict(list)
        for (level, product), ids in groups.items():
            parts = [ids] if len(ids) > LOTS_DRAWN else [[lot_id] for lot_id in ids]
            by_level[level] += [(product, part) for part in parts]
        lacking = defaultdict(list)
        known = set(readable.ids)
        for lot_id, level in levels.items():
            if lot_id not in known:
                lacking[level].append(lot_id)
        boxes, box_of = [], {}

        def add(level, label, sub, ids, shown=(), lot=None):
            box_of.update(dict.fromkeys(ids, len(boxes)))
            boxes.append(self._box(len(boxes), level, "lot" if lot else "lots", label, sub, shown[:500], lot))

        for level in sorted(set(by_level) | set(lacking)):
            parts = sorted(by_level[level], key=lambda part: (-len(part[1]), part[1][0]))
            room = len(parts) if len(parts) <= BOXES_DRAWN else BOXES_DRAWN - 1
            for product, ids in parts[:room]:
                if len(ids) == 1:
                    lot = Lot.browse(ids)
                    add(level, lot.name, product.display_name, ids, lot=lot)
                else:
                    add(level, self.env._("%(count)d lots", count=len(ids)), product.display_name, ids, ids)
            rest = [lot_id for _product, ids in parts[room:] for lot_id in ids]
            if rest:
                add(level, self.env._("%(count)d more lots", count=len(rest)), self.env._("other products"), rest, rest)
            if ids := lacking[level]:
                add(level, self.env._("%(count)d lots", count=len(ids)), self.env._("of other companies"), ids)
        return boxes, box_of

    def _add_partners(self, trace, box_of, first, links):
        """Boxes of the consignees (backward: suppliers) with the largest net quantity and one for the others, numbered
        from ``first`` on; ``links`` gets theirs."""
        there, back = self._partner_sides(trace.direction)
        line = trace.query.table
        moved = trace.query.subselect(
            SQL("%s AS partner_id", PARTNER),
            SQL.identifier(line, "lot_id"),
            SQL(
                "CASE WHEN %s THEN 1 ELSE -1 END * %s AS quantity", there, SQL.identifier(line, "quantity_product_uom")
            ),
            SQL("%s <> %s AS counts", there, back),
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT box.number, COALESCE(partner.commercial_partner_id, 0), SUM(moved.quantity), COUNT(*)
                  FROM %s moved
                  JOIN UNNEST(%s::int[], %s::int[]) AS box (lot_id, number) ON box.lot_id = moved.lot_id
                  LEFT JOIN res_partner partner ON partner.id = moved.partner_id
                 WHERE moved.counts
                 GROUP BY box.number, COALESCE(partner.commercial_partner_id, 0)
                """,
                moved,
                list(box_of),
                list(box_of.values()),
            )
        )
        totals = defaultdict(float)
        for _box, partner_id, quantity, _count in rows:
            totals[partner_id] += quantity
        ranked = sorted(totals, key=lambda partner_id: (-totals[partner_id], partner_id))
        room = len(ranked) if len(ranked) <= PARTNERS_DRAWN else PARTNERS_DRAWN - 1
        rest = ranked[room:]
        number_of = {partner_id: first + min(place, room) for place, partner_id in enumerate(ranked)}
        boxes = []
        # sudo: names of partners that are on the rows the user may see
        named = self.env["res.partner"].sudo().browse(filter(None, ranked[:room])).grouped("id")
        for partner_id in ranked[:room]:
            partner = named.get(partner_id)
            name = partner.display_name if partner else self.env._("Not named")
            total = f"{totals[partner_id]:g}"
            boxes.append(self._box(number_of[partner_id], "partner", "partner", name, total, record=partner))
        if rest:
            name = (
                self.env._("%(count)d more consignees", count=len(rest))
                if trace.direction == "forward"
                else self.env._("%(count)d more suppliers", count=len(rest))
            )
            total = f"{sum(totals[partner_id] for partner_id in rest):g}"
            boxes.append(self._box(first + room, "partner", "partners", name, total))
        for box, partner_id, quantity, count in rows:
            links[box, number_of[partner_id]][0] += quantity
            links[box, number_of[partner_id]][1] += count
        return boxes
