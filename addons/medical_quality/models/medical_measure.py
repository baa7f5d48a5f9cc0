from odoo import models
from odoo.fields import Domain

_LOT = {"date": "quality_decided", "product_id": "product_id", "category_id": "product_id.categ_id"}
_INSPECTION = {
    "company_id": "company_id",
    "date": "decided_on",
    "partner_id": "partner_id",
    "product_id": "product_id",
    "category_id": "product_id.categ_id",
}
# A lot that is used on concession was not what was asked for, and yet it is used.
_ON_CONCESSION = 0.5


class MedicalMeasure(models.Model):
    _inherit = "medical.measure"

    def _measure_release_hours(self, domain, first, last, grain):
        model, facts = self._facts_release_hours(domain, first, last)
        return self._group_facts(model, facts, _LOT, grain, ["quality_release_hours"])

    def _facts_release_hours(self, domain, first, last):
        facts = self._fact_domain("stock.lot", _LOT, domain, first, last) & Domain(
            [("quality_state", "=", "released"), ("quality_received", "!=", False)]
        )
        # Lots of products that companies share belong to those through whose stock they went.
        shared = self.env["stock.lot"].search(facts & Domain("company_id", "=", False))
        moved = self.env["stock.move.line"]._read_group(
            [("lot_id", "in", shared.ids), ("company_id", "=", self.env.company.id), ("state", "=", "done")], ["lot_id"]
        )
        ours = Domain("company_id", "=", self.env.company.id) | Domain("id", "in", [lot.id for (lot,) in moved])
        return "stock.lot", facts & ours

    def _measure_lot_acceptance(self, domain, first, last, grain):
        model, facts = self._facts_lot_acceptance(domain, first, last)
        rows = []
        for whole, part in (
            (1.0, Domain("state", "=", "passed")),
            (_ON_CONCESSION, self._on_concession()),
            (0.0, Domain("state", "=", "failed") & ~self._on_concession()),
        ):
            rows += [
                (*key, whole * count, count)
                for *key, count in self._group_facts(model, facts & part, _INSPECTION, grain)
            ]
        return rows

    def _facts_lot_acceptance(self, domain, first, last):
        """Lots as they came in: neither what customers sent back or was reworked, nor a second inspection of one lot."""
        return "medical.inspection", self._fact_domain("medical.inspection", _INSPECTION, domain, first, last) & Domain(
            [
                ("state", "in", ("passed", "failed")),
                ("operation", "in", ("receipt", "production")),
                ("repeated_ids", "=", False),
            ]
        )

    def _on_concession(self):
        return Domain([("state", "=", "failed"), ("concession_quantity", ">", 0), ("rejected_quantity", "=", 0)])
