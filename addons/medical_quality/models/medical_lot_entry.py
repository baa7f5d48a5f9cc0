from odoo import api, fields, models
from odoo.tools import SQL

REASONS = [
    ("receipt", "Receipt"),
    ("production", "Production"),
    ("return", "Return"),
    ("count", "Counted Up"),
    ("scrap_back", "Back from Scrap or Loss"),
    ("other_company", "Other Company"),
    ("untracked", "Stock without Number"),
    ("opening", "First Day of Control"),
    ("customer", "Delivery"),
    ("use", "Use"),
    ("loss", "Counted Down or Lost"),
    ("scrap", "Scrap"),
    ("vendor", "Back to Vendor"),
]


class MedicalLotEntry(models.Model):
    """What one stock move did to a controlled lot in one company. Written by the ledger only."""

    _name = "medical.lot.entry"
    _description = "Arrival or Departure of a Lot"
    _inherit = ["medical.append.only.mixin"]
    _order = "id desc"
    _rec_name = "reason"
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="restrict")
    lot_id = fields.Many2one("stock.lot", required=True, readonly=True, index=True, ondelete="restrict")
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="restrict")
    product_uom_id = fields.Many2one(related="product_id.uom_id")
    move_line_id = fields.Many2one(
        "stock.move.line", "Stock Move", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    picking_id = fields.Many2one(related="move_line_id.picking_id")
    date = fields.Datetime(required=True, readonly=True)
    kind = fields.Selection([("arrival", "Arrival"), ("departure", "Departure")], required=True, readonly=True)
    reason = fields.Selection(REASONS, required=True, readonly=True)
    quantity = fields.Float(digits="Product Unit", required=True, readonly=True)

    # Of an arrival
    state = fields.Selection([("open", "Open"), ("decided", "Decided")], readonly=True)
    released = fields.Float(digits="Product Unit", readonly=True, help="Of the arrival, so much may be used.")
    gone = fields.Float("Left Blocked", digits="Product Unit", readonly=True, help="So much left without a release.")
    waiting = fields.Float(
        digits="Product Unit", compute="_compute_left", help="Of the arrival, so much is not decided yet."
    )
    rejected = fields.Float(
        digits="Product Unit",
        compute="_compute_left",
        help="Of the arrival, so much was not released and is still there.",
    )

    # Of a departure
    charged = fields.Float("Of the Released", digits="Product Unit", readonly=True)

    # What is added up for each lot that is decided, and what leaves unreleased.
    _left_idx = models.Index("(lot_id, company_id) WHERE kind = 'arrival' AND quantity - released - gone > 0")
    _sums = models.Constraint(
        "CHECK (quantity >= 0 AND released >= 0 AND gone >= 0 AND charged >= 0 AND released + gone <= quantity + 0.000001)",
        "An arrival or departure does not add up.",
    )

    @api.depends("quantity", "released", "gone", "state")
    def _compute_left(self):
        for entry in self:
            left = entry.quantity - entry.released - entry.gone if entry.kind == "arrival" else 0.0
            entry.waiting = left if entry.state == "open" else 0.0
            entry.rejected = left if entry.state == "decided" else 0.0

    @api.model
    def _insert(self, rows):
        """Write entries; ``rows``: dicts of company_id, lot_id, product_id, move_line_id, kind, reason, quantity, …"""
        columns = {
            "company_id": ("int4", None),
            "lot_id": ("int4", None),
            "product_id": ("int4", None),
            "move_line_id": ("int4", None),
            "kind": ("varchar", None),
            "reason": ("varchar", None),
            "quantity": ("numeric", 0.0),
            "state": ("varchar", None),
            "released": ("numeric", 0.0),
            "gone": ("numeric", 0.0),
            "charged": ("numeric", 0.0),
            "disposition_id": ("int4", None),
        }
        self.env.execute_query(
            SQL(
                "INSERT INTO medical_lot_entry (date, %s) SELECT %s, entry.* FROM unnest(%s) AS entry RETURNING id",
                SQL(", ").join(map(SQL.identifier, columns)),
                fields.Datetime.now(),
                SQL(", ").join(
                    SQL("%s::%s[]", [row.get(name, default) for row in rows], SQL.identifier(kind))
                    for name, (kind, default) in columns.items()
                ),
            )
        )
        self.invalidate_model()

    @api.model
    def _change(self, rows):
        """Write what has changed of entries; ``rows``: dicts of id, quantity, released, gone, charged, state."""
        names = ("id", "quantity", "released", "gone", "charged", "state")
        self.env.execute_query(
            SQL(
                """
                UPDATE medical_lot_entry entry
                   SET quantity = new.quantity, released = new.released, gone = new.gone, charged = new.charged,
                       state = new.state
                  FROM unnest(%s::int4[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::varchar[])
                       AS new(id, quantity, released, gone, charged, state)
                 WHERE entry.id = new.id RETURNING entry.id
                """,
                *([row[name] for row in rows] for name in names),
            )
        )
        self.invalidate_model()
