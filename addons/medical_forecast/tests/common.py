from odoo.addons.medical_demand.tests.common import DemandCase


class ForecastCase(DemandCase):
    """Runs on the demand of two products."""

    @classmethod
    def _run(cls, user=None, **values):
        run = (
            cls.env["medical.forecast.run"]
            .with_user(user or cls.env.user)
            .create({"company_id": cls.company.id, **values})
        )
        run._take("action_start")
        cls._finish(run)
        return run

    @classmethod
    def _finish(cls, run):
        while run.state == "running":
            run._work_batch()

    def _series(self, run, product):
        return run.series_ids.filtered(lambda series: series.product_id == product)
