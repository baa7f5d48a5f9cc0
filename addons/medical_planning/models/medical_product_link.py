from odoo import api, models

from odoo.addons.medical_demand.models.medical_demand_event import MASKING


class MedicalProductLink(models.Model):
    """What a product gets of the demand of another one that cannot be had."""

    _inherit = "medical.product.link"

    @api.model
    def _substitution(self, run, series, starts):
        """Position in ``series`` → [(name, (h,) units that come over from a product that cannot be had)].

        What comes over is a share of the blocked product's forecast in use, in the same warehouse.
        """
        import numpy as np

        links = self.search(
            [
                ("kind", "=", "substitute"),
                ("company_id", "in", (run.company_id.id, False)),
                ("other_id", "in", series.product_id.ids),
            ]
        )
        if not links:
            return {}
        blocked = links._blocked_shares(run, starts)
        links = links.filtered(lambda link: blocked[link].any())
        place = {start: index for index, start in enumerate(starts)}
        means = {}
        for product, warehouse, start, mean in self.env["medical.forecast.line"]._read_group(
            [
                ("company_id", "=", run.company_id.id),
                ("series_id.is_current", "=", True),
                ("series_id.product_id", "in", links.product_id.ids),
                ("date", "in", starts),
            ],
            ["series_id.product_id", "series_id.warehouse_id", "date:day"],
            ["mean:sum"],
        ):
            means.setdefault((product.id, warehouse.id), np.zeros(len(starts)))[place[start]] = mean
        found = {}
        for row, record in enumerate(series):
            for link in links:
                mean = means.get((link.product_id.id, record.warehouse_id.id))
                if link.other_id == record.product_id and mean is not None:
                    name = self.env._("In place of %(product)s", product=link.product_id.display_name)
                    found.setdefault(row, []).append((name, mean * blocked[link] * link.rate_percent / 100.0))
        return found

    def _blocked_shares(self, run, starts):
        """Link → (h,) share of each period in which its first product cannot be had."""
        import numpy as np

        effects = self.env["medical.demand.effects"]
        ends = effects._ends(starts, run.company_id.medical_period)
        spans = {link: [(link.blocked_from, link.blocked_to)] if link.blocked_from else [] for link in self}
        for event in self.env["medical.demand.event"]._for_run(run.company_id, starts[0], ends[-1]):
            if event.kind in MASKING:
                for link in self:
                    if event._is_about(link.product_id):
                        spans[link].append((event.date_from, event.date_to))
        lives = self.env["medical.product.lifecycle"].search(
            [
                ("company_id", "=", run.company_id.id),
                ("state", "=", "confirmed"),
                ("end_of_sale", "!=", False),
                ("product_id", "in", self.product_id.ids),
            ]
        )
        for link in self:
            spans[link] += [(life.end_of_sale, False) for life in lives if life.product_id == link.product_id]
        shares = {}
        for link in self:
            share = np.zeros(len(starts))
            for first, last in spans[link]:
                periods, parts = effects._spread(first, last or ends[-1], starts, ends)
                np.add.at(share, periods, parts)
            shares[link] = np.minimum(share, 1.0)
        return shares
