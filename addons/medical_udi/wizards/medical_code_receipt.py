import re

from odoo import fields, models
from odoo.exceptions import UserError


class MedicalCodeReceipt(models.TransientModel):
    """Lines of a delivery note, pasted as the other plant writes them."""

    _name = "medical.code.receipt"
    _description = "Add Lines by Plant Code"
    _inherit = ["medical.window.mixin"]

    picking_id = fields.Many2one("stock.picking", "Transfer", required=True, readonly=True, ondelete="cascade")
    medical_source_id = fields.Many2one(related="picking_id.medical_source_id", readonly=False)
    text = fields.Text(
        "Lines",
        help="One line each: code, quantity and the unit's code, with a tab or semicolon between; without unit: the mapped one.",
    )
    added = fields.Integer(readonly=True)
    reasons = fields.Text("Stopped", readonly=True)

    def action_add(self):
        """Add what is understood; what is not stays here with its reason."""
        self.ensure_one()
        rows = [row for row in (self.text or "").splitlines() if row.strip()]
        if not rows:
            raise UserError(
                self.env._("Paste the lines first: code, quantity and unit, with a tab or semicolon between.")
            )
        answers = self.picking_id.medical_receive_by_code([self._parse(row) for row in rows])
        stopped = [
            (row, answer["message"]) for row, answer in zip(rows, answers, strict=True) if answer["status"] == "stopped"
        ]
        if not stopped:
            return {"type": "ir.actions.act_window_close"}
        self.write(
            {
                "text": "\n".join(row for row, _message in stopped),
                "reasons": "\n".join(message for _row, message in stopped),
                "added": self.added + len(rows) - len(stopped),
            }
        )
        return self._medical_form(self.env._("Add Lines by Plant Code"))

    def _parse(self, row):
        code, quantity, unit, *_more = [*(cell.strip() for cell in re.split(r"[\t;]", row)), "", ""]
        # A comma is a decimal sign to some and a thousands separator to others.
        plain = re.fullmatch(r"\d+(\.\d+)?", quantity)
        return {"code": code, "quantity": float(quantity) if plain else None, "unit": unit}
