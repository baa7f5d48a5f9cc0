"""The first day of control: what lies there becomes one arrival for each lot."""

from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.ledger import EPSILON
from .lot_booking import Booking


class MedicalLotLedger(models.Model):
    # Opening is one statement for all lots, and of its own kind.
    _inherit = "medical.lot.ledger"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _open_stock(self, company, products, released):
        """Book what lies in the stock of ``company`` of ``products``.

        :param released: it may be used as it stands; otherwise it has to be decided on. Lots that were decided against stay so,
            and of lots that share a number nobody knows which is which.
        :return: how many lots were opened
        """
        if not products:
            return 0
        self.env.flush_all()
        now = fields.Datetime.now()
        there = SQL(
            """
            SELECT quant.lot_id, quant.product_id, sum(quant.quantity) AS quantity,
                   %s AND lot.quality_state IS NOT DISTINCT FROM 'released' AND quant.lot_id <> ALL(%s) AS released
              FROM stock_quant quant
              JOIN stock_location location ON location.id = quant.location_id
              JOIN stock_lot lot ON lot.id = quant.lot_id
             WHERE location.usage IN ('internal', 'transit') AND location.company_id = %s AND quant.product_id = ANY(%s)
             GROUP BY quant.lot_id, quant.product_id, lot.id HAVING sum(quant.quantity) > %s
            """,
            released,
            self._twins(company, products),
            company.id,
            products.ids,
            EPSILON,
        )
        # Whoever moves them at this moment, and does not know of control yet, fails and is repeated.
        before = self.search_count([("company_id", "=", company.id), ("product_id", "in", products.ids)], limit=1)
        self.env.cr.execute(
            SQL(
                """
                UPDATE stock_quant quant SET write_date = %s FROM stock_location location
                 WHERE location.id = quant.location_id AND location.usage IN ('internal', 'transit')
                   AND location.company_id = %s AND quant.product_id = ANY(%s) AND quant.lot_id IS NOT NULL
                """,
                now,
                company.id,
                products.ids,
            )
        )
        [(opened, waiting)] = self.env.execute_query(
            SQL(
                """
                WITH there AS (%s), ledger AS (
                    INSERT INTO medical_lot_ledger
                           (company_id, product_id, lot_id, version, used, gone, held, arrived, released, waiting, free)
                    SELECT %s, product_id, lot_id, 1, 0, 0, 0, quantity,
                           CASE WHEN released THEN quantity ELSE 0 END, CASE WHEN released THEN 0 ELSE quantity END,
                           CASE WHEN released THEN quantity ELSE 0 END
                      FROM there ORDER BY lot_id
                        ON CONFLICT (lot_id, company_id) DO NOTHING
                    RETURNING company_id, product_id, lot_id, arrived, released, waiting
                ), entry AS (
                    INSERT INTO medical_lot_entry
                           (company_id, product_id, lot_id, date, kind, reason, quantity, released, gone, charged, state)
                    SELECT company_id, product_id, lot_id, %s, 'arrival', 'opening', arrived, released, 0, 0,
                           CASE WHEN waiting > 0 THEN 'open' ELSE 'decided' END
                      FROM ledger
                ), lot AS (
                    UPDATE stock_lot lot
                       SET quality_state = 'quarantine', quality_blocked = TRUE, quality_received = %s,
                           quality_decided = NULL
                      FROM ledger
                     WHERE lot.id = ledger.lot_id AND ledger.waiting > 0 AND lot.quality_state = 'released'
                )
                SELECT count(*), count(*) FILTER (WHERE waiting > 0) FROM ledger
                """,
                there,
                company.id,
                now,
                now,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO medical_lot_number (product_id, company, number, lot_id)
                SELECT product_id, COALESCE(company_id, 0), name, id FROM stock_lot
                 WHERE product_id = ANY(%s) AND (company_id IS NULL OR company_id = %s)
                 ORDER BY id ON CONFLICT (product_id, company, number) DO NOTHING
                """,
                products.ids,
                company.id,
            )
        )
        self.env.invalidate_all()
        # What another company has of a lot that both share makes it one that is released in part.
        shared = self.search([("product_id", "in", products.ids), ("company_id", "!=", company.id)]).lot_id
        self._show(self._take(shared.ids))
        if before:
            self._reconcile(company, products, there, released)
        held = self.env["medical.hold.line"].search(
            [("company_id", "=", company.id), ("lot_id.product_id", "in", products.ids), ("state", "=", "active")]
        )
        self._holds_changed(held.filtered("quantity").lot_id, company)
        if waiting:
            # Reservations of what waits now go in a transaction of their own.
            self.env["stock.quant"]._quality_free_later()
        return opened

    @api.model
    def _twins(self, company, products):
        """Ids of the lots of ``products`` whose number another lot has as well."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT unnest(array_agg(id)) FROM stock_lot
                 WHERE product_id = ANY(%s) AND (company_id IS NULL OR company_id = %s)
                 GROUP BY product_id, name HAVING count(*) > 1
                """,
                products.ids,
                company.id,
            )
        )
        return [lot_id for (lot_id,) in rows]

    @api.model
    def _reconcile(self, company, products, there, released):
        """Lots that were under control before: what has changed since is booked, without a move that says why."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT ledger.lot_id, COALESCE(there.quantity, 0) - (ledger.arrived - ledger.used - ledger.gone),
                       COALESCE(there.released, FALSE)
                  FROM medical_lot_ledger ledger LEFT JOIN (%s) there ON there.lot_id = ledger.lot_id
                 WHERE ledger.company_id = %s AND ledger.product_id = ANY(%s)
                   AND (NOT %s OR abs(COALESCE(there.quantity, 0) - (ledger.arrived - ledger.used - ledger.gone)) > %s)
                """,
                there,
                company.id,
                products.ids,
                released,
                EPSILON,
            )
        )
        changed = {lot: float(quantity) for lot, quantity, _free in rows}
        if not changed:
            return
        booking = Booking(self.env(su=True), None, self._take(changed))
        booking.load_arrivals()
        for lot, quantity in changed.items():
            if not released:
                # Nobody knows what left since, and what came.
                booking.decide((company.id, lot), "quarantine")
            booking.reconcile((company.id, lot), quantity)
        # Those that are new are among the arrivals from here on.
        booking.write_entries()
        booking.load_arrivals()
        for lot, quantity, free in rows:
            if quantity > 0 and free and released:
                booking.decide((company.id, lot), "released")
        booking.store()
