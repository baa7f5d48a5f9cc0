"""What follows where an inspection found something: quality rules, nonconformities."""

from odoo import fields, models


class MedicalInspection(models.Model):
    _inherit = "medical.inspection"

    # Superuser: buyers see inspections too, and nonconformities only where they are in stock.
    nonconformity_count = fields.Integer("Nonconformities", compute="_compute_nonconformity_count", compute_sudo=True)

    def _compute_nonconformity_count(self):
        sources = {f"{self._name},{id_}": id_ for id_ in self.ids}
        counts = {
            sources[source]: count
            for source, count in self.env["medical.nonconformity"]._read_group(
                [("source", "in", list(sources))], ["source"], ["__count"]
            )
        }
        for inspection in self:
            inspection.nonconformity_count = counts.get(inspection.id, 0)

    def _after_fail(self):
        result = super()._after_fail()
        for inspection in self:
            self.env["medical.quality.rule"]._fire(
                "inspection_failed", inspection.lot_id, inspection, inspection.partner_id
            )
        return result

    def action_view_nonconformity(self):
        """A new nonconformity of what did not pass."""
        self.ensure_one()
        # sudo: where it was put apart does not depend on who asks.
        parts = self.sudo().hold_id.line_ids.filtered(lambda line: line.quantity and line.state == "active")
        lines = [
            {"lot_id": self.lot_id.id, "source_location_id": place.id, "quantity": sum(there.mapped("quantity"))}
            for place, there in parts.grouped("location_id").items()
        ] or [{"lot_id": self.lot_id.id}]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("New Nonconformity"),
            "res_model": "medical.nonconformity",
            "view_mode": "form",
            "context": {
                "default_company_id": self.company_id.id,
                "default_description": self.env._(
                    "%(inspection)s: %(found)s",
                    inspection=self.name,
                    found=", ".join(self.result_ids.filtered("nonconforming").mapped("name"))
                    or self.env._("not accepted"),
                ),
                "default_origin": self._nonconformity_origin(),
                "default_source": f"{self._name},{self.id}",
                "default_partner_id": self.partner_id.id if self.operation == "receipt" else False,
                "default_line_ids": [(0, 0, line) for line in lines],
            },
        }

    def action_view_nonconformities(self):
        return self._medical_records(
            "medical_quality.action_medical_nonconformity",
            [("source", "in", [f"{self._name},{id_}" for id_ in self.ids])],
        )
