from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    @api.model
    def _medical_numbers(self, code, company, count):
        """The next ``count`` numbers of the sequence ``code`` in ``company``, in order, in one statement.

        Of the suite's own sequences each company gets one when it needs its first number, and each year begins with
        one where the sequence has date ranges. Core's ``next_by_code`` asks for each number.

        Raises UserError where there is no such sequence.
        """
        # sudo: whoever makes a record gets a number for it. Its year is today's, whatever the context says.
        forged = {"ir_sequence_date", "ir_sequence_date_range"}
        context = {key: value for key, value in self.env.context.items() if key not in forged}
        sequence = self.with_env(self.env(su=True, context=context)).search(
            Domain("code", "=", code) & Domain("company_id", "in", (company.id, False)), order="company_id", limit=1
        )
        if not sequence:
            raise UserError(
                self.env._(
                    "There is no sequence with the code %(code)s for %(company)s: an administrator adds it under Technical → "
                    "Sequences.",
                    code=code,
                    company=company.name,
                )
            )
        if not sequence.company_id and code.startswith("medical."):
            sequence._medical_take_row()
            sequence = sequence.copy({"company_id": company.id})
        return sequence._medical_next(count)

    def _medical_next(self, count):
        """The next ``count`` numbers of this sequence, in one statement where it may have gaps."""
        if self.implementation != "standard":
            return [self.next_by_id() for _number in range(count)]
        table, day = f"ir_sequence_{self.id:03d}", None
        if self.use_date_range:
            part = self._medical_range(fields.Date.context_today(self))
            table, day = f"{table}_{part.id:03d}", part.date_from
        rows = self.env.execute_query(SQL("SELECT nextval(%s) FROM generate_series(1, %s)", table, count))
        # Prefix and suffix hold dates, the same for all of them.
        prefix, suffix = self._get_prefix_suffix(date_range=day and fields.Date.to_string(day))
        return [f"{prefix}{number:0{self.padding}d}{suffix}" for (number,) in rows]

    def _medical_range(self, day):
        """The date range of ``day``, made by the first who needs it."""
        domain = [("sequence_id", "=", self.id), ("date_from", "<=", day), ("date_to", ">=", day)]
        ranges = self.env["ir.sequence.date_range"].sudo()  # sudo: as above
        found = ranges.search(domain, limit=1)
        if not found:
            self._medical_take_row()
            found = self._create_date_range_seq(fields.Date.to_string(day))
        return found

    def _medical_take_row(self):
        """Two who need the first number at once meet here: the second one is repeated and finds what the first made."""
        self.env.cr.execute(SQL("UPDATE ir_sequence SET write_date = now() AT TIME ZONE 'UTC' WHERE id = %s", self.id))
