from odoo import fields, models


class MedicalExternalSeries(models.Model):
    """What the backtest of the last run found about a series from outside."""

    _inherit = "medical.external.series"
    _guarded_fields = ("verdict", "lag", "gain", "driven_count", "last_run_id")

    verdict = fields.Selection(
        [("used", "Used"), ("useless", "Does not help"), ("short", "Too little data")],
        "Backtest",
        readonly=True,
        copy=False,
    )
    lag = fields.Integer(readonly=True, copy=False, help="In how many periods demand follows.")
    gain = fields.Float(readonly=True, copy=False, help="By how much the error of newer backtests fell.")
    driven_count = fields.Integer("Products Driven", readonly=True, copy=False)
    last_run_id = fields.Many2one(
        "medical.forecast.run", readonly=True, copy=False, ondelete="set null", index="btree_not_null"
    )

    def _record_verdict(self, run, driver, gain, count):
        """Remember what the last batch of ``run`` found; batches of one run add up."""
        same = self.last_run_id == run
        driven = count + (self.driven_count if same else 0)
        if driver is not None or same and self.verdict == "used":
            verdict = "used"
        else:
            verdict = "short" if gain is None else "useless"
        self._guarded_write(
            {
                "last_run_id": run.id,
                "verdict": verdict,
                "driven_count": driven,
                "lag": driver.lag if driver is not None else (self.lag if same else 0),
                "gain": driver.gain if driver is not None else (self.gain if same else gain or 0.0),
            }
        )
