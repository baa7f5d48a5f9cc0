from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


class IrSequence(models.Model):
    _inherit = "ir.sequence"

    @api.model
    def _medical_numbers(self, code, company, count):
        """The next ``count`` numbers of the sequence ``code``, in order; core's ``next_by_code`` asks for each one.

        Raises UserError where the company has no such sequence.
        """
        # sudo: whoever makes a record gets a number for it.
        sequence = self.sudo().search(
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
        if sequence.use_date_range or sequence.implementation != "standard":
            return [sequence.next_by_id() for _number in range(count)]
        rows = self.env.execute_query(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"ir_sequence_{sequence.id:03d}", count)
        )
        # Prefix and suffix hold dates, the same for all of them.
        prefix, suffix = sequence._get_prefix_suffix()
        return [f"{prefix}{number:0{sequence.padding}d}{suffix}" for (number,) in rows]
