from odoo import api, fields, models

from odoo.addons.medical_base.document import PLANNER


class MedicalDemandHistory(models.Model):
    """Demand from before Odoo, or from another system: one period of one product in one warehouse."""

    _name = "medical.demand.history"
    _description = "Imported Demand"
    _inherit = ["medical.bulk.mixin"]
    _order = "date desc, id"
    _check_company_auto = True

    import_id = fields.Many2one("medical.demand.import", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade", index=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, check_company=True, ondelete="cascade", index=True
    )
    date = fields.Date(required=True, readonly=True, index=True)
    quantity = fields.Float(required=True, readonly=True, digits="Product Unit")
    stockout_days = fields.Float(readonly=True, help="Days of the period without stock.")
    flagged = fields.Boolean(
        readonly=True,
        help="A flagged row does not count as demand until somebody clears the flag.",
        index="btree_not_null",
    )
    flag_reason = fields.Char(readonly=True)

    _unique_period = models.Constraint(
        "UNIQUE (company_id, product_id, warehouse_id, date)",
        "This product and warehouse have imported demand for this date already.",
    )

    @api.depends("product_id", "warehouse_id", "date")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.product_id.display_name} / {row.warehouse_id.code} / {row.date}"

    def _set_flag(self, flagged, reason):
        self.env.user._medical_check_group(PLANNER, doing=self.env._("Flag imported demand"))
        self.check_access("read")
        # sudo: planners have no write right on imported demand, so that quantities cannot be edited.
        self.sudo().write({"flagged": flagged, "flag_reason": reason})
        self.env["medical.audit.entry"]._log(
            self,
            [(row.id, row.display_name, "flagged", str(not flagged), str(flagged)) for row in self._medical_once()],
        )

    def action_flag(self):
        """Leave these rows out of the demand history."""
        self._set_flag(True, self.env._("Flagged by %(user)s", user=self.env.user.name))

    def action_clear_flag(self):
        self._set_flag(False, False)
