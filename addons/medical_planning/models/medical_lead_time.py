"""Lead times as they really were: from the approval of the order to the receipt."""

from datetime import timedelta

from odoo import models
from odoo.tools import SQL


class MedicalLeadTime(models.AbstractModel):
    _name = "medical.lead.time"
    _description = "Measured Lead Times"

    # How far back receipts count, and how many it takes to trust them.
    _window_days = 730
    _enough_receipts = 3
    # Assumed standard deviation, as a share of the vendor's delay, until receipts tell.
    _assumed_variation = 0.25

    def _measure(self, company, product_ids, as_of):
        """Days from order approval to receipt, per product and vendor and per vendor.

        :return: ``(by_product, by_vendor)``: dicts (product id, vendor id) or vendor id →
            (receipts, mean days, standard deviation of days)

        One statement, because the ORM cannot aggregate a difference of two columns.
        A receipt counts once per order line and day, weighted equally: a late partial
        delivery is a late delivery.
        """
        for name in ("stock.move", "purchase.order.line", "purchase.order"):
            self.env[name].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                WITH receipt AS (
                    SELECT line.product_id, purchase.partner_id,
                           extract(epoch FROM max(%(usable)s) - coalesce(purchase.date_approve, purchase.date_order))
                               / 86400.0 AS days
                      FROM stock_move move
                      JOIN purchase_order_line line ON line.id = move.purchase_line_id
                      JOIN purchase_order purchase ON purchase.id = line.order_id
                      JOIN stock_location source ON source.id = move.location_id
                      %(join)s
                     WHERE move.state = 'done' AND source.usage = 'supplier' AND move.company_id = %(company)s
                       AND move.date >= %(begin)s AND move.date < %(end)s
                       AND purchase.partner_id IN (
                           SELECT DISTINCT info.partner_id FROM product_supplierinfo info
                             JOIN product_product variant ON variant.product_tmpl_id = info.product_tmpl_id
                            WHERE variant.id = ANY(%(products)s))
                     GROUP BY line.id, line.product_id, purchase.partner_id, purchase.date_approve,
                              purchase.date_order, move.date::date
                )
                SELECT product_id, partner_id, count(*), avg(days), coalesce(stddev_samp(days), 0)
                  FROM receipt WHERE days >= 0
                 GROUP BY GROUPING SETS ((product_id, partner_id), (partner_id))
                """,
                usable=self._usable_on(),
                join=self._usable_join(),
                company=company.id,
                begin=as_of - timedelta(days=self._window_days),
                end=as_of + timedelta(days=1),
                products=list(product_ids),
            )
        )
        by_product, by_vendor = {}, {}
        for product_id, partner_id, count, mean, deviation in rows:
            figures = (count, float(mean), float(deviation))
            if product_id is None:
                by_vendor[partner_id] = figures
            else:
                by_product[product_id, partner_id] = figures
        return by_product, by_vendor

    def _usable_on(self) -> SQL:
        """When the goods of a receipt (``move``) could be used; other addons add what takes its time after it."""
        return SQL("move.date")

    def _usable_join(self) -> SQL:
        """Joins that ``_usable_on`` needs."""
        return SQL("")

    def _choose(self, measured, product_id, vendor_id, vendor_delay):
        """(mean days, standard deviation, source code) for one product of one vendor.

        Own receipts where there are enough, else all receipts of the vendor, else the
        delay promised on the price list.
        """
        by_product, by_vendor = measured
        for figures, source in (
            (by_product.get((product_id, vendor_id)), "product"),
            (by_vendor.get(vendor_id), "vendor"),
        ):
            if figures and figures[0] >= self._enough_receipts:
                return figures[1], figures[2], source
        return float(vendor_delay), self._assumed_variation * vendor_delay, "promised"
