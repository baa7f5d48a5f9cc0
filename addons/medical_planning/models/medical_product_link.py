from odoo import api, models

from odoo.addons.medical_demand.models.medical_demand_event import MASKING


class MedicalProductLink(models.Model):
    """What a product gets of the demand of another one that cannot be had."""

    _inherit = "medical.product.link"

    @api.model
    def _substitution(self, company, series, starts):
        """Position in ``series`` → [(name, (h,) units that come over from a product that cannot be had)].

        What comes over is a share of the blocked product's forecast in use, in the same warehouse.
        """
        import numpy as np

        links = self.search(
            [
                ("kind", "=", "substitute"),
                ("company_id", "in", (company.id, False)),
                ("other_id", "in", series.product_id.ids),
            ]
        )
        if not links:
            return {}
        blocked = links._blocked_shares(company, starts)
        links = links.filtered(lambda link: blocked[link].any())
        means = self.env["medical.forecast.line"]._in_use(company, links.product_id, starts)
        found = {}
        for row, record in enumerate(series):
            for link in links.filtered(lambda link, record=record: link.other_id == record.product_id):
                mean = means.get((link.product_id.id, record.warehouse_id.id))
                if mean is not None:
                    name = self.env._("In place of %(product)s", product=link.product_id.display_name)
                    more = np.nan_to_num(mean) * blocked[link] * link.rate_percent / 100.0
                    found.setdefault(row, []).append((name, more))
        return found

    def _blocked_shares(self, company, starts):
        """Link → (h,) share of each period in which its first product cannot be had."""
        import numpy as np

        from odoo.addons.medical_demand.engine import calendar

        ends = [calendar.period_end(start, company.medical_period) for start in starts]
        events = self.env["medical.demand.event"]._for_run(company, starts[0], ends[-1])
        masking = events.filtered(lambda event: event.kind in MASKING)
        lives = self.env["medical.product.lifecycle"].search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "confirmed"),
                ("end_of_sale", "!=", False),
                ("product_id", "in", self.product_id.ids),
            ]
        )
        shares = {}
        for link in self:
            spans = [(link.blocked_from, link.blocked_to)] if link.blocked_from else []
            spans += [(event.date_from, event.date_to) for event in masking if event._is_about(link.product_id)]
            spans += [(life.end_of_sale, False) for life in lives if life.product_id == link.product_id]
            share = np.zeros(len(starts))
            for first, last in spans:
                places, parts = calendar.covered(first, last or ends[-1], starts, ends)
                np.add.at(share, places, parts)
            shares[link] = np.minimum(share, 1.0)
        return shares
