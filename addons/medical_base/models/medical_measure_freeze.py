from odoo import api, fields, models
from odoo.tools import SQL


class MedicalMeasureFreeze(models.Model):
    """When which periods of a measure were frozen, or why they could not be."""

    _name = "medical.measure.freeze"
    _description = "Freezing of a Measure"
    _inherit = ["medical.append.only.mixin"]
    _order = "id desc"
    _rec_name = "measure_id"
    _log_access = False

    measure_id = fields.Many2one("medical.measure", required=True, readonly=True, index=True, ondelete="cascade")
    version = fields.Integer("Formula Version", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    date_from = fields.Date(required=True, readonly=True)
    date_to = fields.Date(required=True, readonly=True)
    as_of = fields.Datetime(required=True, readonly=True)
    row_count = fields.Integer("Values", readonly=True)
    failure = fields.Text(readonly=True, help="Why it could not be frozen; it is tried again the next night.")

    # Two jobs at once, or one that is repeated, cannot freeze a period twice.
    _once = models.UniqueIndex("(measure_id, version, company_id, date_from) WHERE failure IS NULL")

    @api.model
    def _newest(self, measures, companies):
        """(measure id, company id) → (last day that is frozen under the present formula, when that was)."""
        if not measures.ids or not companies.ids:
            return {}
        self.env["medical.measure"].flush_model(["version"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT note.measure_id, note.company_id, max(note.date_to), max(note.as_of)
                  FROM medical_measure_freeze note
                  JOIN medical_measure measure ON measure.id = note.measure_id AND measure.version = note.version
                 WHERE note.failure IS NULL AND note.measure_id IN %s AND note.company_id IN %s
                 GROUP BY note.measure_id, note.company_id
                """,
                tuple(measures.ids),
                tuple(companies.ids),
            )
        )
        return {(measure, company): (to, as_of) for measure, company, to, as_of in rows}

    @api.model
    def _note(self, measure, company, first, last, count, failure=None):
        self._insert_row(
            {
                "measure_id": measure.id,
                "version": measure.version,
                "company_id": company.id,
                "date_from": first,
                "date_to": last,
                "as_of": fields.Datetime.now(),
                "row_count": count,
                "failure": failure,
            }
        )
