from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, LazyTranslate, float_round

from odoo.addons.medical_base.document import step

_lt = LazyTranslate(__name__)
# Days in which rejects pile up to a burst, and days before those that say what is usual.
REJECT_DAYS, USUAL_DAYS = 30, 365


class MedicalForecastAlert(models.Model):
    """Orders that are late or not needed, and goods that are rejected."""

    _inherit = "medical.forecast.alert"
    _company_wide = ("target", "late_order", "reject_burst", "excess_order")

    kind = fields.Selection(
        selection_add=[
            ("late_order", "Late Order"),
            ("reject_burst", "Burst of Rejects"),
            ("excess_order", "Order Not Needed"),
        ],
        ondelete={"late_order": "cascade", "reject_burst": "cascade", "excess_order": "cascade"},
    )
    purchase_line_id = fields.Many2one(
        "purchase.order.line", "Order Line", readonly=True, ondelete="cascade", index="btree_not_null"
    )

    @api.depends("purchase_line_id")
    def _compute_display_name(self):
        return super()._compute_display_name()

    def _about_name(self):
        # sudo: the name of an order is shown to planners who do not read orders.
        return self.product_id.display_name or self.purchase_line_id.sudo().order_id.name or super()._about_name()

    def action_view_source(self):
        if len(self) == 1 and self.kind == "reject_burst":
            return self._view_rejects()
        return super().action_view_source()

    def _source(self):
        return self.target_id or self.purchase_line_id.order_id or super()._source()

    def _view_rejects(self):
        since = self.last_seen - timedelta(days=REJECT_DAYS)
        domain = [
            ("product_id", "=", self.product_id.id),
            ("company_id", "=", self.company_id.id),
            ("state", "=", "done"),
            ("date", ">=", since),
            "|",
            ("location_dest_id.usage", "=", "supplier"),
            ("scrap_id", "!=", False),
        ]
        return self._medical_records("stock.stock_move_action", domain)

    @step(
        *("open", "acknowledged"),
        to="closed",
        label=_lt("Cancel Order Line"),
        group="purchase.group_purchase_user",
        access="read",
        on="closed_date",
        single=True,
    )
    def action_cancel_order_line(self):
        """Take a draft order line that is not needed off its request for quotation; cancel that when nothing is left."""
        self.ensure_one()
        line = self.purchase_line_id
        line.check_access("unlink")
        order = line.order_id
        texts = {"product": line.product_id.display_name, "reason": self.sentence}
        order.message_post(body=self.env._("%(product)s taken off: %(reason)s", **texts))
        # sudo: owners who are no planners may do this with their own alerts, which stay when the line goes.
        self.sudo().purchase_line_id = False
        self._close("person")
        self.flush_recordset()
        line.unlink()
        if not order.order_line:
            order.button_cancel()

    def _unmet_cancel_order_line(self):
        unmet = {}
        for alert in self:
            # sudo: whether an order can still change is a fact, whoever reads orders.
            order = alert.sudo().purchase_line_id.order_id
            if alert.kind != "excess_order" or not order:
                text = self.env._("%(alert)s proposes no order line to cancel.", alert=alert.display_name)
            elif order.state not in ("draft", "sent"):
                text = self.env._(
                    "%(order)s is no request for quotation any more: talk to the vendor.", order=order.name
                )
            else:
                continue
            unmet[alert] = text
        return unmet

    # What runs do

    @api.model
    def _company_findings(self, run):
        return [
            *super()._company_findings(run),
            *self._late_orders(run),
            *self._reject_bursts(run),
            *self._excess_orders(run),
        ]

    @api.model
    def _settled_domain(self, run):
        """A late order stays late; rejects are news again when none of those seen are counted any more."""
        special = Domain("kind", "in", ("late_order", "reject_burst"))
        counted = Domain("last_seen", ">=", run.as_of - timedelta(days=REJECT_DAYS))
        return (
            Domain("kind", "=", "late_order")
            | Domain("kind", "=", "reject_burst") & counted
            | ~special & super()._settled_domain(run)
        )

    @api.model
    def _late_orders(self, run):
        """Confirmed order lines past their date with something still to come."""
        today = self.env.cr.now().date()
        lines = self.env["purchase.order.line"].search_fetch(
            [
                ("company_id", "=", run.company_id.id),
                ("state", "=", "purchase"),
                ("date_planned", "<", today),
                ("product_id.is_storable", "=", True),
            ],
            ["order_id", "product_id", "date_planned", "product_qty", "qty_received", "product_uom_id"],
        )
        values = []
        for line in lines:
            if line.product_uom_id.compare(line.qty_received, line.product_qty) >= 0:
                continue
            days = (today - line.date_planned.date()).days
            values.append(
                {
                    "kind": "late_order",
                    "key": f"late_order:{line.id}",
                    "product_id": line.product_id.id,
                    "warehouse_id": line.order_id.picking_type_id.warehouse_id.id,
                    "purchase_line_id": line.id,
                    "severity": "1_high" if days > 14 else "2_medium",
                    "user_id": line.order_id.user_id.id,
                    "sentence": self.env._(
                        "%(order)s of %(vendor)s is %(days)d days late: %(open)s of %(ordered)s %(unit)s are still to come.",
                        order=line.order_id.name,
                        vendor=line.order_id.partner_id.name,
                        days=days,
                        open=f"{line.product_qty - line.qty_received:g}",
                        ordered=f"{line.product_qty:g}",
                        unit=line.product_uom_id.name,
                    ),
                }
            )
        return values

    @api.model
    def _reject_bursts(self, run):
        """Products of which more is rejected of late than chance explains."""
        import numpy as np

        from odoo.addons.medical_forecast.engine import anomaly

        rows = self._rejects(run)
        if not rows:
            return []
        recent, before, rejected, received = np.array([row[1:] for row in rows], dtype=float).T
        share = np.where(received > 0, rejected / np.where(received > 0, received, 1.0), np.nan)
        found = anomaly.bursts(recent, before, REJECT_DAYS, USUAL_DAYS, share)
        products = self.env["product.product"].browse([row[0] for row in rows])
        values = []
        for place in np.flatnonzero(found.hit).tolist():
            product = products[place]
            values.append(
                {
                    "kind": "reject_burst",
                    "key": f"reject_burst:{product.id}",
                    "product_id": product.id,
                    "severity": "1_high" if found.grave[place] else "2_medium",
                    "sentence": self.env._(
                        "%(count)d rejects in %(days)d days, returned to the vendor or scrapped: %(quantity)s %(unit)s, while "
                        "%(received)s were received. In the year before there were %(before)d.",
                        count=int(recent[place]),
                        days=REJECT_DAYS,
                        quantity=f"{float_round(rejected[place], precision_digits=1):g}",
                        received=f"{float_round(received[place], precision_digits=1):g}",
                        unit=product.uom_id.name,
                        before=int(before[place]),
                    ),
                }
            )
        return values

    @api.model
    def _rejects(self, run):
        """(product, rejects of late, in the year before, quantity rejected of late, received of late) per product.

        A reject is a done move back to a vendor, or a scrap of goods that had not expired.
        """
        end = run.as_of + timedelta(days=1)
        for name in ("stock.move", "stock.scrap", "stock.lot"):
            self.env[name].flush_model()
        return self.env.execute_query(
            SQL(
                """
                WITH moved AS (
                    SELECT move.product_id, move.product_qty, move.date >= %(late)s AS late,
                           (target.usage = 'supplier' AND source.usage <> 'supplier')
                           OR (move.scrap_id IS NOT NULL
                               AND (lot.expiration_date IS NULL OR lot.expiration_date > move.date)) AS rejected,
                           source.usage = 'supplier' AND target.usage <> 'supplier' AS received
                      FROM stock_move move
                      JOIN stock_location source ON source.id = move.location_id
                      JOIN stock_location target ON target.id = move.location_dest_id
                 LEFT JOIN stock_scrap scrap ON scrap.id = move.scrap_id
                 LEFT JOIN stock_lot lot ON lot.id = scrap.lot_id
                     WHERE move.state = 'done' AND move.company_id = %(company)s
                       AND move.date >= %(begin)s AND move.date < %(end)s
                       AND (source.usage = 'supplier' OR target.usage = 'supplier' OR move.scrap_id IS NOT NULL)
                )
                SELECT product_id,
                       count(*) FILTER (WHERE rejected AND late), count(*) FILTER (WHERE rejected AND NOT late),
                       coalesce(sum(product_qty) FILTER (WHERE rejected AND late), 0)::float8,
                       coalesce(sum(product_qty) FILTER (WHERE received AND late), 0)::float8
                  FROM moved
                 GROUP BY product_id
                HAVING count(*) FILTER (WHERE rejected AND late) > 0
                 ORDER BY product_id
                """,
                company=run.company_id.id,
                begin=end - timedelta(days=REJECT_DAYS + USUAL_DAYS),
                late=end - timedelta(days=REJECT_DAYS),
                end=end,
            )
        )

    @api.model
    def _excess_orders(self, run):
        """Draft order lines of products whose demand has been low, where what is there and comes is enough without them."""
        series = self.env["medical.forecast.series"].search(
            [("run_id", "=", run.id), ("state", "=", "done"), ("turn_kind", "=", "decline")]
        )
        if not series:
            return []
        pairs = {(row.product_id.id, row.warehouse_id.id): row for row in series}
        lines = self.env["purchase.order.line"].search_fetch(
            [
                ("company_id", "=", run.company_id.id),
                ("product_id", "in", series.product_id.ids),
                ("order_id.state", "in", ("draft", "sent")),
            ],
            ["order_id", "product_id", "product_qty", "product_uom_id"],
        )
        lines = lines.filtered(lambda one: (one.product_id.id, one.order_id.picking_type_id.warehouse_id.id) in pairs)
        if not lines:
            return []
        rules = self.env["medical.planning.master"]._rules(run.company_id, lines.product_id)
        values = []
        for warehouse, mine in lines.grouped(lambda line: line.order_id.picking_type_id.warehouse_id).items():
            there = mine.product_id.with_context(warehouse_id=warehouse.id)._compute_quantities_dict(None, None, None)
            for line in mine:
                row = pairs[line.product_id.id, warehouse.id]
                rule = rules.get((line.product_id.id, warehouse.lot_stock_id.id))
                least = row.proposal_ids[:1].new_min if row.proposal_ids else rule.product_min_qty if rule else 0.0
                comes = there[line.product_id.id]["virtual_available"]
                if comes < least:
                    continue
                values.append(
                    {
                        "kind": "excess_order",
                        "key": f"excess_order:{line.id}",
                        "product_id": line.product_id.id,
                        "warehouse_id": warehouse.id,
                        "series_id": row.id,
                        "purchase_line_id": line.id,
                        "severity": "2_medium",
                        "user_id": line.order_id.user_id.id,
                        "sentence": self.env._(
                            "Demand has been low: without the %(quantity)s %(unit)s of %(order)s there are %(there)s, and "
                            "the minimum is %(least)s. Cancel the line.",
                            quantity=f"{line.product_qty:g}",
                            unit=line.product_uom_id.name,
                            order=line.order_id.name,
                            there=f"{comes:g}",
                            least=f"{least:g}",
                        ),
                    }
                )
        return values
