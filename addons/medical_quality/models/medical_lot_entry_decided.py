"""Who said what becomes of an arrival, and of what left: inspections and dispositions."""

from odoo import api, fields, models
from odoo.tools import SQL


class MedicalLotEntry(models.Model):
    # The entry itself asks for no other model of quality; they ask for it.
    _inherit = "medical.lot.entry"  # pylint: disable=consider-merging-classes-inherited

    inspection_id = fields.Many2one(
        "medical.inspection",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",  # at the end of its retention
        help="The inspection that says how much of the arrival may be released.",
    )
    disposition_id = fields.Many2one(
        "medical.nonconformity.disposition", readonly=True, index="btree_not_null", ondelete="set null"
    )

    @api.model
    def _inspected(self, inspections, lines=None):
        """Note which of ``inspections`` says how much of an arrival may be released.

        :param lines: for each inspection the move lines that brought its goods; by default it is about all that waits
        """
        if lines:
            pairs = [(line.id, one.id) for one, brought in zip(inspections, lines, strict=True) for line in brought]
            where = SQL("entry.move_line_id = new.id")
        else:
            pairs = [(one.lot_id.id, one.id) for one in inspections]
            where = SQL("entry.lot_id = new.id AND entry.state = 'open'")
        if pairs:
            self.env.execute_query(
                SQL(
                    """
                    UPDATE medical_lot_entry entry SET inspection_id = new.inspection_id
                      FROM unnest(%s::int4[], %s::int4[]) AS new(id, inspection_id)
                      JOIN medical_inspection inspection ON inspection.id = new.inspection_id
                     WHERE entry.kind = 'arrival' AND entry.company_id = inspection.company_id AND %s
                    RETURNING entry.id
                    """,
                    *map(list, zip(*pairs, strict=True)),
                    where,
                )
            )
            self.invalidate_model()
