from odoo import api, fields, models


class MedicalDocumentSteps(models.TransientModel):
    """How a document goes on, drawn from the declaration of its steps, and who took which step."""

    _name = "medical.document.steps"
    _description = "Steps of a Document"

    model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="model", required=True, readonly=True)
    # Drawn anew each time: what is shown as it stands, without cleaning, comes from nobody's hand.
    diagram = fields.Html(compute="_compute_diagram", sanitize=False)
    step_ids = fields.Many2many("medical.step", compute="_compute_diagram")

    @api.depends("model", "res_id")
    def _compute_diagram(self):
        for window in self:
            document = self.env[window.model].browse(window.res_id)
            document.check_access("read")
            window.diagram = document._state_diagram()
            window.step_ids = document.step_ids

    @api.model
    def _window(self, document):
        document.ensure_one()
        document.check_access("read")
        window = self.create([{"model": document._name, "res_id": document.id}])
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Steps of %(record)s", record=document.display_name),
            "res_model": self._name,
            "res_id": window.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
