from odoo import models
from odoo.fields import Domain

_LOG = {"company_id": "company_id", "date": "date"}


class MedicalMeasure(models.Model):
    _inherit = "medical.measure"

    def _measure_trace_time(self, domain, first, last, grain):
        model, facts = self._facts_trace_time(domain, first, last)
        return self._group_facts(model, facts, _LOG, grain, ["duration"])

    def _facts_trace_time(self, domain, first, last):
        """Answers as they were asked for; turning the page of one is none."""
        facts = self._fact_domain("medical.trace.log", _LOG, domain, first, last)
        return "medical.trace.log", facts & Domain("purpose", "!=", "page")
