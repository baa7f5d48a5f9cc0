import logging

from odoo import models

_logger = logging.getLogger(__name__)


class MedicalForecaster(models.AbstractModel):
    """What planning knows of a batch, and what follows from its forecast."""

    _inherit = "medical.forecaster"

    def _load(self, run, series):
        batch = super()._load(run, series)
        policies = self.env["medical.policy"]
        chosen = policies._by_pair(batch.company, policies._pairs(series))
        batch.masters = self.env["medical.planning.master"]._masters(batch.company, series, run.as_of, chosen)
        return batch

    def _cover(self, batch):
        """Lead time and review."""
        # No super(): without planning there is nothing but one period to cover.
        import numpy as np

        days = [master.lead_days + (master.policy.review_days or 0.0) for master in batch.masters]
        return np.maximum(np.array(days) / batch.company._medical_period_days(), 0.1)

    def _forecast(self, batch):
        """With the slow models where a policy asks for them and they won the backtest."""
        from odoo.addons.medical_forecast.engine import slow

        super()._forecast(batch)
        masters = batch.masters
        wanted = [key for key in batch.forecast.keys if masters[key].policy.slow_pass and not masters[key].blocked]
        if not wanted:
            return
        try:
            batch.forecast = slow.admit(batch.history, batch.forecast, batch.forecast_of, only=wanted)[0]
        except slow.Missing as missing:
            # The run itself says so to people, see its `_step_watch`.
            _logger.warning("%s goes on without the slow pass: %s is not installed", batch.run.name, missing)

    def _put_on_top(self, batch):
        super()._put_on_top(batch)
        return self.env["medical.product.lifecycle"]._apply(batch)

    def _series_values(self, batch):
        values = super()._series_values(batch)
        for row, master in zip(values, batch.masters, strict=True):
            row.update(vendor_id=master.vendor.id, policy_id=master.policy.id)
            if row["state"] == "refused":
                continue
            row.update(
                lead_days=master.lead_days,
                lead_deviation=master.lead_deviation,
                lead_source=master.lead_source,
                cover_days=master.lead_days + (master.policy.review_days or 0.0),
            )
            if master.blocked:
                row.update(state="blocked", reason_code=master.blocked[0], reason=master.blocked[1])
        return values

    def _after_forecast(self, batch):
        super()._after_forecast(batch)
        self.env["medical.planner"]._turns(batch)
        return self.env["medical.planner"]._propose(batch)
