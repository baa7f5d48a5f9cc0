from odoo import api, fields, models


class MedicalDocumentSteps(models.TransientModel):
    """How a document goes on, drawn from the declaration of its steps, and who took which step."""

    _name = "medical.document.steps"
    _description = "Steps of a Document"

    diagram = fields.Html(readonly=True, sanitize=False)
    step_ids = fields.Many2many("medical.step", "medical_document_steps_rel", readonly=True)

    @api.model
    def _window(self, document):
        document.ensure_one()
        document.check_access("read")
        # Superuser: who may read the document sees who did what to it; rows of other documents stay out of reach.
        steps = self.env["medical.step"].sudo().search([("model", "=", document._name), ("res_id", "=", document.id)])
        window = self.create([{"diagram": document._state_diagram(), "step_ids": [fields.Command.set(steps.ids)]}])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Steps of %(record)s", record=document.display_name),
            "res_model": self._name,
            "res_id": window.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "large"},
        }
