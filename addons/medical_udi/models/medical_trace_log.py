from odoo import api, fields, models
from odoo.tools import SQL

DIRECTIONS = [("forward", "Where it went"), ("backward", "Where it came from")]


class MedicalTraceLog(models.Model):
    """Each trace with how long it took: how fast 'where is it' was answered is a figure of its own."""

    _name = "medical.trace.log"
    _description = "Trace Log"
    _inherit = ["medical.append.only.mixin"]
    _order = "id desc"
    _rec_name = "subject"
    _log_access = False

    date = fields.Datetime(readonly=True, index=True)
    user_id = fields.Many2one("res.users", readonly=True, index="btree_not_null")
    company_id = fields.Many2one("res.company", readonly=True, index=True)
    subject = fields.Char("Traced", readonly=True, help="The lots the trace began with.")
    lot_id = fields.Many2one(
        "stock.lot",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The first of the lots it began with.",
    )
    direction = fields.Selection(DIRECTIONS, readonly=True)
    purpose = fields.Selection(
        [("api", "Called by a program"), ("screen", "Screen"), ("page", "Next page"), ("export", "Export")],
        readonly=True,
    )
    lot_count = fields.Integer("Lots", readonly=True, help="Lots that were reached, those it began with included.")
    row_count = fields.Integer("Rows", readonly=True, help="Movements in the answer, of all its pages.")
    duration = fields.Float("Seconds", readonly=True, digits=(16, 3), aggregator="avg")
    # The same figure twice more, so that lists and pivots can show its median and its 95th percentile.
    duration_median = fields.Float("Median Seconds", readonly=True, digits=(16, 3), aggregator="avg")
    duration_p95 = fields.Float("95 % Within Seconds", readonly=True, digits=(16, 3), aggregator="avg")

    def _read_group_select(self, aggregate_spec, query):
        share = {"duration_median:avg": 0.5, "duration_p95:avg": 0.95}.get(aggregate_spec)
        if share:
            return SQL(
                "PERCENTILE_CONT(%s) WITHIN GROUP (ORDER BY %s)",
                share,
                self._field_to_sql(self._table, "duration", query),
            )
        return super()._read_group_select(aggregate_spec, query)

    @api.model
    def _insert(self, lots, direction, purpose, lot_count, row_count, seconds):
        """Write one trace.

        :param lots: the lots it began with
        """
        first = lots[:5].mapped("name")
        duration = round(seconds, 3)
        self._insert_row(
            {
                "date": fields.Datetime.now(),
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
                "subject": ", ".join(first) + (f" … ({len(lots)})" if len(lots) > len(first) else ""),
                "lot_id": lots[:1].id or None,
                "direction": direction,
                "purpose": purpose,
                "lot_count": lot_count,
                "row_count": row_count,
                "duration": duration,
                "duration_median": duration,
                "duration_p95": duration,
            }
        )
