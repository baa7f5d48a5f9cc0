"""Where lots came from and where they went: one recursive statement over lots, plain rows over their move lines.

A lot leads to another where core links their move lines (consumed for, produced from: production, subcontracting,
unbuild, repair), where one goes into a virtual place and the other comes out of it in the same transfer or by a chained
move (repacking and kits without a production order), and where the same lot of the same product belongs to another
company that received it from us or sent it. The walk is over lots and by UNION: a loop ends by itself.
"""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

DIRECTIONS = ("forward", "backward")
LIMIT = 10_000
MOST = 100_000
# Document of a line by the column of its move; those of apps that are not installed are left out.
_DOCUMENTS = (
    ("scrap_id", "stock.scrap"),
    ("production_id", "mrp.production"),
    ("raw_material_production_id", "mrp.production"),
    ("unbuild_id", "mrp.unbuild"),
    ("consume_unbuild_id", "mrp.unbuild"),
    ("repair_id", "repair.order"),
)
KIND = SQL(
    """CASE WHEN source.usage = 'supplier' AND target.usage = 'customer' THEN 'dropship'
            WHEN source.usage = 'customer' AND target.usage = 'supplier' THEN 'dropship_return'
            WHEN source.usage = 'supplier' THEN 'receipt'
            WHEN target.usage = 'supplier' THEN 'supplier_return'
            WHEN source.usage = 'customer' AND target.usage = 'customer' THEN 'passed_on'
            WHEN target.usage = 'customer' THEN 'delivery'
            WHEN source.usage = 'customer' THEN 'return'
            WHEN target.usage = 'production' THEN 'consume'
            WHEN source.usage = 'production' THEN 'produce'
            WHEN target.usage = 'inventory' AND move.scrap_id IS NOT NULL THEN 'scrap'
            WHEN target.usage = 'inventory' THEN 'loss'
            WHEN source.usage = 'inventory' THEN 'gain'
            ELSE 'transfer' END"""
)
# Whom the goods came from or went to. What comes back belongs to whom it was sent, whoever is named on the return.
PARTNER = SQL(
    """CASE WHEN source.usage = 'customer' AND target.usage <> 'customer'
            THEN COALESCE(returned.partner_id, move.partner_id, picking.partner_id)
            ELSE COALESCE(move.partner_id, picking.partner_id) END"""
)


@dataclass
class Trace:
    """A trace while it is answered: the lots it began with, its way, the lots reached, edges between them (backward
    only), the query over its lines, and when it began."""

    lots: Any
    direction: str
    reached: list[int]
    edges: list[tuple]
    query: Any
    started: float = field(default_factory=monotonic)


class MedicalTrace(models.AbstractModel):
    _name = "medical.trace"
    _description = "Lot Trace"

    def _screen_action(self, records):
        """The trace screen on ``records``, of any model with a method ``_medical_trace_lots``."""
        return {
            "type": "ir.actions.client",
            "tag": "medical_udi.trace",
            "name": self.env._("Trace"),
            "params": {"model": records._name, "ids": records.ids},
        }

    # Access

    def _check_user(self):
        if not self.env.su:
            self.env.user._medical_check_group("stock.group_stock_user", doing=self.env._("trace lots"))

    def _check_direction(self, direction):
        if direction not in DIRECTIONS:
            raise UserError(self.env._("A trace goes 'forward' or 'backward', not %(direction)r.", direction=direction))

    def _check_page(self, limit, offset):
        whole = all(isinstance(value, int) and not isinstance(value, bool) and value >= 0 for value in (limit, offset))
        if not whole or limit > MOST:
            raise UserError(
                self.env._(
                    "limit is a whole number from 0 to %(most)d and offset one from 0 on: ask for page after page.",
                    most=MOST,
                )
            )

    # The whole

    def _run(self, lots, direction) -> Trace:
        """Follow the lots; access is checked first."""
        self._check_user()
        self._check_direction(direction)
        lots.check_access("read")
        trace = Trace(lots, direction, [], [], None)
        self.env.flush_all()
        trace.reached = self._reached(lots.ids, direction)
        trace.edges = self._edges(trace.reached, direction) if direction == "backward" else []
        trace.query = self._lines(trace.reached, lots.ids, direction, trace.edges)
        return trace

    def _counts(self, trace):
        """How many rows there are with those of companies the user lacks, and how many without."""
        # sudo: they are counted and nothing else of them is told.
        every = self.sudo()._lines(trace.reached, trace.lots.ids, trace.direction, trace.edges)
        return self._count(every), self._count(trace.query)

    def _log(self, trace, purpose, row_count):
        """Write that ``trace`` was answered with so many rows."""
        self.env["medical.trace.log"]._insert(
            trace.lots, trace.direction, purpose, len(trace.reached), row_count, monotonic() - trace.started
        )

    # The walk

    def _virtual_places(self):
        """Ids of the places where goods change what they are."""
        # sudo: the walk follows the goods through all companies; rows are filtered by company afterwards.
        return (
            self.env["stock.location"]
            .sudo()
            .with_context(active_test=False)
            .search([("usage", "in", ("production", "inventory"))])
            .ids
        )

    def _many_companies(self):
        """Whether lots can have gone to another company: to spare the search for them where there is only one."""
        # sudo: also companies the user does not see
        return self.env["res.company"].sudo().search_count([], limit=2) > 1

    def _links(self, direction, lots):
        """Pairs of done lines by which a lot leads to another one.

        :param lots: SQL of which lots to begin with, a condition after ``mine.lot_id``
        :return: SQL: lot_id, line_id, quantity, and the same of the other lot
        """
        if direction == "forward":
            link, other, origin, following = "produce_line_id", "consume_line_id", "move_orig_id", "move_dest_id"
            out, back = "location_dest_id", "location_id"
        else:
            link, other, origin, following = "consume_line_id", "produce_line_id", "move_dest_id", "move_orig_id"
            out, back = "location_id", "location_dest_id"
        return SQL(
            """
            SELECT %(columns)s
              FROM stock_move_line mine
              JOIN stock_move_line_consume_rel link ON link.%(link)s = mine.id
              JOIN stock_move_line other ON other.id = link.%(other)s
             WHERE mine.lot_id %(lots)s AND mine.state = 'done' AND other.state = 'done' AND other.lot_id IS NOT NULL
            UNION ALL
            SELECT %(columns)s
              FROM stock_move_line mine
              JOIN stock_move_line other ON other.picking_id = mine.picking_id AND other.%(back)s = mine.%(out)s
             WHERE mine.lot_id %(lots)s AND mine.state = 'done' AND mine.%(out)s = ANY(%(places)s)
               AND other.state = 'done' AND other.lot_id <> mine.lot_id
            UNION ALL
            SELECT %(columns)s
              FROM stock_move_line mine
              JOIN stock_move_move_rel chain ON chain.%(origin)s = mine.move_id
              JOIN stock_move_line other ON other.move_id = chain.%(following)s AND other.%(back)s = mine.%(out)s
             WHERE mine.lot_id %(lots)s AND mine.state = 'done' AND mine.%(out)s = ANY(%(places)s)
               AND other.state = 'done' AND other.lot_id <> mine.lot_id
            """,
            columns=SQL(
                "mine.lot_id, mine.id AS line_id, mine.quantity_product_uom AS quantity, other.lot_id AS other_lot_id, "
                "other.id AS other_line_id, other.quantity_product_uom AS other_quantity"
            ),
            link=SQL.identifier(link),
            other=SQL.identifier(other),
            origin=SQL.identifier(origin),
            following=SQL.identifier(following),
            out=SQL.identifier(out),
            back=SQL.identifier(back),
            places=self._virtual_places(),
            lots=lots,
        )

    def _twins(self, lot):
        """Lots of other companies that are the lot ``lot`` (an SQL reference): it went from one to the other."""
        return SQL(
            """
            SELECT twin.id AS lot_id
              FROM stock_lot known
              JOIN stock_lot twin ON twin.product_id = known.product_id AND twin.name = known.name
                                 AND twin.company_id <> known.company_id
             WHERE known.id = %(lot)s
               AND EXISTS (SELECT FROM stock_move_line line
                             JOIN stock_move move ON move.id = line.move_id
                             LEFT JOIN stock_picking picking ON picking.id = line.picking_id
                             JOIN res_partner partner ON partner.id = COALESCE(move.partner_id, picking.partner_id)
                             JOIN res_company company ON company.partner_id = partner.commercial_partner_id
                            WHERE line.lot_id IN (known.id, twin.id) AND line.state = 'done'
                              AND company.id IN (known.company_id, twin.company_id) AND company.id <> line.company_id)
            """,
            lot=lot,
        )

    def _reached(self, lot_ids, direction):
        """Ids of all lots that the given ones became part of (backward: were made of), themselves included."""
        steps = SQL(
            "SELECT link.other_lot_id AS lot_id FROM (%s) link", self._links(direction, SQL("= reached.lot_id"))
        )
        if self._many_companies():
            steps = SQL("%s UNION ALL %s", steps, self._twins(SQL("reached.lot_id")))
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE reached (lot_id) AS (
                    SELECT unnest(%(lots)s::int[])
                     UNION
                    SELECT next.lot_id FROM reached CROSS JOIN LATERAL (%(steps)s) next
                )
                SELECT lot_id FROM reached
                """,
                lots=list(lot_ids),
                steps=steps,
            )
        )
        return [lot_id for (lot_id,) in rows]

    def _edges(self, lot_ids, direction):
        """(from lot, to lot, quantity, [line ids of the first]) for each lot of ``lot_ids`` and what it leads to.

        The quantity is of the lot that was consumed, whole for each lot that was made of it in the same order: core
        does not say how it was split between them.
        """
        lot_ids = list(lot_ids)
        edges = self._edges_by_line(lot_ids, direction)
        if self._many_companies():
            edges += self.env.execute_query(
                SQL(
                    "SELECT mine.id, twin.lot_id, NULL, '{}'::int[] FROM stock_lot mine CROSS JOIN LATERAL (%s) twin "
                    "WHERE mine.id = ANY(%s)",
                    self._twins(SQL("mine.id")),
                    lot_ids,
                )
            )
        return edges

    def _edges_by_line(self, lot_ids, direction):
        line, quantity = ("line_id", "quantity") if direction == "forward" else ("other_line_id", "other_quantity")
        return self.env.execute_query(
            SQL(
                """
                SELECT pair.lot_id, pair.other_lot_id, SUM(pair.quantity), ARRAY_AGG(pair.line_id)
                  FROM (SELECT DISTINCT link.lot_id, link.other_lot_id, link.%(line)s AS line_id, link.%(quantity)s AS quantity
                          FROM (%(links)s) link
                         WHERE link.other_lot_id <> link.lot_id) pair
                 GROUP BY pair.lot_id, pair.other_lot_id
                 ORDER BY pair.lot_id, pair.other_lot_id
                """,
                line=SQL.identifier(line),
                quantity=SQL.identifier(quantity),
                links=self._links(direction, SQL("= ANY(%s)", lot_ids)),
            )
        )

    # Rows

    def _lines(self, lot_ids, seed_ids, direction, edges=()):
        """Query over the done move lines that tell the story of the lots, within what the user may see.

        :param lot_ids: lots that were reached
        :param seed_ids: those the trace began with
        :param edges: backward, between the lots: what went into a lot that is not one of the trace's is left out
        """
        query = self.env["stock.move.line"]._search([("state", "=", "done")], order="id")
        query.order = None
        line = query.table
        for kind, alias, table, column in (
            ("LEFT JOIN", "move", "stock_move", "move_id"),
            ("JOIN", "source", "stock_location", "location_id"),
            ("JOIN", "target", "stock_location", "location_dest_id"),
            ("LEFT JOIN", "picking", "stock_picking", "picking_id"),
        ):
            query.add_join(
                kind, alias, table, SQL("%s = %s", SQL.identifier(alias, "id"), SQL.identifier(line, column))
            )
        query.add_join("LEFT JOIN", "returned", "stock_move", SQL("returned.id = move.origin_returned_move_id"))
        lot = SQL.identifier(line, "lot_id")
        query.add_where(SQL("%s = ANY(%s)", lot, list(lot_ids)))
        if direction == "forward":
            # Where the first lots came from is another question; the others came out of them.
            query.add_where(SQL("(source.usage <> 'supplier' OR target.usage = 'customer')"))
            query.add_where(SQL("(source.usage <> 'production' OR %s <> ALL(%s))", lot, list(seed_ids)))
        else:
            # Where else they went is another question, but for what came back to be used again.
            query.add_where(SQL("(target.usage NOT IN ('customer', 'inventory') OR source.usage = 'supplier')"))
            query.add_where(
                SQL("(source.usage <> 'customer' OR target.usage = 'supplier' OR %s = ANY(%s))", lot, list(seed_ids))
            )
            links = [line_id for edge in edges for line_id in edge[3]]
            query.add_where(SQL("(target.usage <> 'production' OR %s = ANY(%s))", SQL.identifier(line, "id"), links))
        return query

    def _carrier(self) -> tuple[SQL, SQL, SQL]:
        """Name of the carrier of ``picking``, tracking reference, and the joins they need; apps for delivery know them."""
        return SQL("NULL"), SQL("NULL"), SQL()

    def _page(self, query, limit, offset, where=None):
        """Plain rows of ``query``, oldest first."""
        line = query.table
        move = self.env["stock.move"]
        documents = [(name, model) for name, model in _DOCUMENTS if name in move._fields and model in self.env]
        name = SQL("COALESCE(%s, '')", self._translated("tmpl", "product.template", "name"))
        carrier, tracking, carriers = self._carrier()
        columns = SQL(", ").join(SQL.identifier("move", column) for column, _model in documents)
        # The page is cut first, from narrow rows; the words are joined to what is left.
        page = query.subselect(
            SQL.identifier(line, "id"), SQL.identifier(line, "date"), *([SQL("%s AS kind", KIND)] if where else [])
        )
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH page AS (
                    SELECT * FROM %(page)s page %(where)s ORDER BY page.date, page.id LIMIT %(limit)s OFFSET %(offset)s
                )
                SELECT page.id AS line_id, %(kind)s AS kind, page.date, line.company_id, company.name AS company,
                       line.lot_id, lot.name AS lot, lot.udi_lot, lot.ref AS lot_ref, lot.expiration_date,
                       line.product_id, product.default_code AS product_code, %(name)s AS product,
                       line.quantity_product_uom AS quantity, %(unit)s AS unit,
                       line.location_id, source.complete_name AS source,
                       line.location_dest_id, target.complete_name AS target,
                       partner.id AS partner_id, partner.complete_name AS partner, partner.commercial_partner_id,
                       COALESCE(picking.medical_ship_to, %(address)s) AS address,
                       line.picking_id, move.reference, move.origin, %(carrier)s AS carrier,
                       %(tracking)s AS tracking_reference, package.name AS package%(comma)s%(columns)s
                  FROM page
                  JOIN stock_move_line line ON line.id = page.id
                  LEFT JOIN stock_move move ON move.id = line.move_id
                  LEFT JOIN stock_move returned ON returned.id = move.origin_returned_move_id
                  JOIN stock_lot lot ON lot.id = line.lot_id
                  JOIN product_product product ON product.id = line.product_id
                  JOIN product_template tmpl ON tmpl.id = product.product_tmpl_id
                  JOIN uom_uom uom ON uom.id = tmpl.uom_id
                  JOIN stock_location source ON source.id = line.location_id
                  JOIN stock_location target ON target.id = line.location_dest_id
                  JOIN res_company company ON company.id = line.company_id
                  LEFT JOIN stock_picking picking ON picking.id = line.picking_id
                  LEFT JOIN stock_package package ON package.id = line.result_package_id
                  LEFT JOIN res_partner partner ON partner.id = %(partner)s
                  LEFT JOIN res_country_state state ON state.id = partner.state_id
                  LEFT JOIN res_country country ON country.id = partner.country_id
                  %(carriers)s
                 ORDER BY page.date, page.id
                """,
                page=page,
                kind=KIND,
                partner=PARTNER,
                where=where or SQL(),
                limit=limit,
                offset=offset,
                name=name,
                unit=self._translated("uom", "uom.uom", "name"),
                address=self._address(),
                carrier=carrier,
                tracking=tracking,
                carriers=carriers,
                comma=SQL(", ") if documents else SQL(),
                columns=columns,
            )
        )
        for row in self._plain(rows, moments=("date", "expiration_date")):
            model, record_id = next(
                ((model, row[column]) for column, model in documents if row[column]),
                ("stock.picking", row["picking_id"]),
            )
            row["document_model"], row["document_id"] = (model, record_id) if record_id else (None, None)
            for column, _model in documents:
                del row[column]
        return rows

    def _translated(self, alias, model, name):
        """SQL of a translated field in the user's language."""
        column = SQL.identifier(alias, name)
        if not self.env[model]._fields[name].translate:
            return column
        return SQL("COALESCE(%s->>%s, %s->>'en_US')", column, self.env.lang or "en_US", column)

    def _address(self):
        """SQL of the address of ``partner`` in one line."""
        return SQL(
            """NULLIF(CONCAT_WS(', ', NULLIF(partner.street, ''), NULLIF(partner.street2, ''),
                                NULLIF(CONCAT_WS(' ', NULLIF(partner.zip, ''), NULLIF(partner.city, '')), ''), state.name, %s),
                      '')""",
            self._translated("country", "res.country", "name"),
        )

    # Totals

    def _partner_sides(self, direction):
        """SQL of two conditions on a line: it goes there, to consignees (backward: from suppliers), or comes back."""
        usage = "customer" if direction == "forward" else "supplier"
        there, back = ("target", "source") if direction == "forward" else ("source", "target")
        return tuple(SQL("(%s = %s)", SQL.identifier(place, "usage"), usage) for place in (there, back))

    def _totals_by_partner(self, trace):
        """Net quantities per partner and product: of consignees forward, of suppliers backward."""
        there, back = self._partner_sides(trace.direction)
        line = trace.query.table
        moved = trace.query.subselect(
            SQL("%s AS partner_id", PARTNER),
            *(SQL.identifier(line, name) for name in ("product_id", "lot_id", "date")),
            SQL("%s AS quantity", SQL.identifier(line, "quantity_product_uom")),
            SQL("%s AS there", there),
            SQL("%s AS back", back),
            SQL("picking.id AS picking_id"),
            SQL("picking.medical_ship_to IS NOT NULL AS kept"),
        )
        rows = self.env.execute_query_dict(
            SQL(
                """
                WITH sums AS (
                    SELECT partner_id, product_id,
                           COALESCE(SUM(quantity) FILTER (WHERE there), 0) AS moved,
                           COALESCE(SUM(quantity) FILTER (WHERE back), 0) AS returned,
                           MIN(date) AS first_date, MAX(date) AS last_date, COUNT(DISTINCT lot_id) AS lots,
                           MAX(picking_id) FILTER (WHERE there AND kept) AS picking_id
                      FROM %(moved)s moved
                     WHERE there <> back
                     GROUP BY partner_id, product_id
                )
                SELECT sums.partner_id, partner.complete_name AS partner, partner.commercial_partner_id,
                       commercial.complete_name AS commercial_partner, partner.email, partner.phone, partner.lang,
                       country.code AS country, COALESCE(picking.medical_ship_to, %(address)s) AS address,
                       company.id IS NOT NULL AS own_company,
                       sums.product_id, product.default_code AS product_code, %(name)s AS product, %(unit)s AS unit,
                       sums.moved, sums.returned, sums.moved - sums.returned AS quantity, sums.lots,
                       sums.first_date, sums.last_date
                  FROM sums
                  JOIN product_product product ON product.id = sums.product_id
                  JOIN product_template tmpl ON tmpl.id = product.product_tmpl_id
                  JOIN uom_uom uom ON uom.id = tmpl.uom_id
                  LEFT JOIN stock_picking picking ON picking.id = sums.picking_id
                  LEFT JOIN res_partner partner ON partner.id = sums.partner_id
                  LEFT JOIN res_partner commercial ON commercial.id = partner.commercial_partner_id
                  LEFT JOIN res_company company ON company.partner_id = partner.commercial_partner_id
                  LEFT JOIN res_country_state state ON state.id = partner.state_id
                  LEFT JOIN res_country country ON country.id = partner.country_id
                 ORDER BY partner.complete_name, sums.partner_id, sums.product_id
                """,
                moved=moved,
                address=self._address(),
                name=self._translated("tmpl", "product.template", "name"),
                unit=self._translated("uom", "uom.uom", "name"),
            )
        )
        return self._plain(rows, ("moved", "returned", "quantity"), ("first_date", "last_date"))

    def _totals_by_place(self, lot_ids):
        """What is left of the lots in our own places, per place and product."""
        query = self.env["stock.quant"]._search([("location_id.usage", "in", ("internal", "transit"))], order="id")
        query.order = None
        query.add_where(SQL("%s = ANY(%s)", SQL.identifier(query.table, "lot_id"), list(lot_ids)))
        names = ("location_id", "product_id", "quantity", "reserved_quantity", "lot_id")
        quants = query.subselect(*(SQL.identifier(query.table, name) for name in names))
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT quant.location_id, place.complete_name AS location, place.usage, quant.product_id,
                       product.default_code AS product_code, %(name)s AS product, %(unit)s AS unit,
                       SUM(quant.quantity) AS quantity, SUM(quant.reserved_quantity) AS reserved,
                       COUNT(DISTINCT quant.lot_id) AS lots
                  FROM %(quants)s quant
                  JOIN stock_location place ON place.id = quant.location_id
                  JOIN product_product product ON product.id = quant.product_id
                  JOIN product_template tmpl ON tmpl.id = product.product_tmpl_id
                  JOIN uom_uom uom ON uom.id = tmpl.uom_id
                 GROUP BY quant.location_id, place.id, quant.product_id, product.id, tmpl.id, uom.id
                HAVING SUM(quant.quantity) <> 0
                 ORDER BY place.complete_name, quant.location_id, quant.product_id
                """,
                quants=quants,
                name=self._translated("tmpl", "product.template", "name"),
                unit=self._translated("uom", "uom.uom", "name"),
            )
        )
        return self._plain(rows, ("quantity", "reserved"))

    def _plain(self, rows, quantities=(), moments=()):
        """The rows with quantities rounded and moments as text."""
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        for row in rows:
            row.update({column: round(row[column], digits) for column in quantities})
            row.update({column: fields.Datetime.to_string(row[column]) for column in moments})
        return rows

    def _count(self, query):
        [(count,)] = self.env.execute_query(query.select(SQL("COUNT(*)")))
        return count
