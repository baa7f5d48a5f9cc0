from odoo import models


class MedicalForecastWhy(models.AbstractModel):
    _inherit = "medical.forecast.why"

    def _parts(self, series):
        parts = super()._parts(series)
        # Before the repairs, which are many lines.
        parts[-1:-1] = [
            (self.env._("Lead time"), self._lead_time(series)),
            (self.env._("Policy"), self._policy(series)),
            (self.env._("Reorder rule"), self._rule(series)),
        ]
        return parts

    def _lead_time(self, series):
        if series.state != "done" or not series.lead_source:
            return ""
        source = {
            "product": self.env._("Measured on receipts of this product."),
            "vendor": self.env._("Measured on receipts of this vendor's products."),
            "promised": self.env._("Promised by the vendor; there are too few receipts to measure it."),
        }[series.lead_source]
        return self._join(
            self.env._(
                "%(days)s ± %(deviation)s days from %(vendor)s.",
                days=self._bold(self._number(series.lead_days, 0)),
                deviation=self._bold(self._number(series.lead_deviation, 0)),
                vendor=series.vendor_id.display_name,
            ),
            source,
            self.env._(
                "With the review the reorder rule covers %(days)s days, in which %(mean)s %(unit)s are expected.",
                days=self._bold(self._number(series.cover_days, 0)),
                mean=self._bold(self._number(series.cover_mean)),
                unit=series.uom_id.name,
            ),
        )

    def _policy(self, series):
        policy = series.policy_id
        if not policy:
            return ""
        figures = {
            "policy": policy.name,
            "version": series.proposal_ids[:1].policy_version or policy.version,
            "target": self._bold(self._number(policy.service_target) + " %"),
        }
        if policy.service_type == "fill":
            return self.env._(
                "%(policy)s, version %(version)d: %(target)s fill rate (share of demand served from stock).", **figures
            )
        return self.env._(
            "%(policy)s, version %(version)d: %(target)s cycle service level (share of cycles without stock-out).",
            **figures,
        )

    def _rule(self, series):
        proposal = series.proposal_ids[:1]
        if not proposal:
            return self._label(series, "outcome")
        figures = {
            "old_min": self._number(proposal.old_min),
            "new_min": self._bold(self._number(proposal.new_min)),
            "old_max": self._number(proposal.old_max),
            "new_max": self._bold(self._number(proposal.new_max)),
            "state": self._label(proposal, "state"),
        }
        if proposal.had_rule:
            text = self.env._(
                "Minimum %(old_min)s → %(new_min)s, maximum %(old_max)s → %(new_max)s (%(state)s).", **figures
            )
        else:
            text = self.env._("New rule: minimum %(new_min)s, maximum %(new_max)s (%(state)s).", **figures)
        return self._join(text, proposal.reason)
