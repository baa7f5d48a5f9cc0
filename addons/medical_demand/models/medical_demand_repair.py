from odoo import api, fields, models

from odoo.addons.medical_base.document import PLANNER


class MedicalDemandRepair(models.Model):
    """A value of the demand history that a named rule corrected before forecasting."""

    _name = "medical.demand.repair"
    _description = "Repaired Demand"
    _order = "date desc, product_id, warehouse_id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True, ondelete="cascade", index=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", required=True, readonly=True, check_company=True, ondelete="cascade", index=True
    )
    date = fields.Date("Period", required=True, readonly=True)
    rule = fields.Selection(
        [
            ("negative", "More returned than delivered: counted as zero"),
            ("stockout", "Stock-out: scaled up or left out"),
            ("mask", "Recalled or one-off period: left out"),
            ("outlier", "Outlier: cut to the plausible maximum"),
            ("gap", "Missing period: filled"),
        ],
        required=True,
        readonly=True,
    )
    old_value = fields.Float(readonly=True, digits="Product Unit")
    new_value = fields.Float(
        readonly=True, digits="Product Unit", help="Empty (0) with 'left out': the period does not count."
    )
    left_out = fields.Boolean(readonly=True, help="The period does not count as an observation.")
    reverted = fields.Boolean(readonly=True, help="The next run uses the original value.")

    _one_per_period = models.Constraint(
        "UNIQUE (company_id, product_id, warehouse_id, date, rule)", "A rule repairs a period once."
    )

    def _set_reverted(self, reverted):
        self.env.user._medical_check_group(PLANNER, doing=self.env._("Accept or undo repairs of the demand history"))
        # Planners have no write right on repairs, so that values cannot be edited.
        self.check_access("read")
        self.sudo().write({"reverted": reverted})
        self.env["medical.audit.entry"]._log(
            self,
            [(row.id, row.display_name, "reverted", str(not reverted), str(reverted)) for row in self._medical_once()],
        )

    def action_revert(self):
        """Use the original values from the next run on."""
        self._set_reverted(True)

    def action_accept(self):
        self._set_reverted(False)

    @api.model
    def _repair(self, company, panel, masks, **values):
        """Repair the demand of a DemandPanel by named rules; log what is new, honour what planners took back.

        :param masks: (n, T) bool, periods to leave out; ``values``: further fields of the repairs that are logged
        :return: the engine's Cleaned
        """
        import numpy as np

        from ..engine import calendar, cleaning

        column = {start: index for index, start in enumerate(panel.starts)}
        row_of = {pair: row for row, pair in enumerate(panel.pairs)}
        logged, reverted = set(), set()
        domain = [("company_id", "=", company.id), ("date", ">=", panel.starts[0])]
        domain.append(("product_id", "in", [product for product, _warehouse in panel.pairs]))
        for repair in self.search_fetch(domain, ["product_id", "warehouse_id", "date", "rule", "reverted"]):
            row = row_of.get((repair.product_id.id, repair.warehouse_id.id))
            key = (row, column.get(repair.date), repair.rule)
            logged.add(key)
            if repair.reverted:
                reverted.add(key)
        days = [calendar.days_in_period(start, company.medical_period) for start in panel.starts]
        cleaned = cleaning.clean(
            panel.quantity,
            stockout_days=panel.stockout_days,
            days=np.array(days, dtype=float),
            masks=masks,
            season=company._medical_season(),
            reverted=reverted,
        )
        self.create(
            [
                {
                    "company_id": company.id,
                    "product_id": panel.pairs[row][0],
                    "warehouse_id": panel.pairs[row][1],
                    "date": panel.starts[place],
                    "rule": rule,
                    "old_value": old if np.isfinite(old) else 0.0,
                    "new_value": new if np.isfinite(new) else 0.0,
                    "left_out": not np.isfinite(new),
                    **values,
                }
                for row, place, rule, old, new in cleaned.repairs
                if (row, place, rule) not in logged
            ]
        )
        return cleaned
