from odoo import api, models


class MedicalRunFollower(models.AbstractModel):
    """Models that do their part whenever forecasts are run. ``medical.forecast.run._follower_names`` lists them in order.

    They are called as superuser: planners only read what runs find out.
    """

    _name = "medical.run.follower"
    _description = "Follower of Forecast Runs"

    @api.model
    def _before_run(self, run):
        """Before the first batch."""

    @api.model
    def _after_batch(self, batch):
        """After the forecasts of a batch were written."""

    @api.model
    def _after_run(self, run):
        """After the last batch, when the forecasts of the run are those in use."""
