from odoo import api, models


class IrActionsActWindow(models.Model):
    """The windows that buttons open."""

    _inherit = "ir.actions.act_window"

    @api.model
    def _records_action(self, xmlid: str, domain, **context) -> dict:
        """The action ``xmlid`` on the records of ``domain``, with ``context`` instead of its own."""
        return {**self._for_xml_id(xmlid), "domain": domain, "context": context}

    @api.model
    def _form_action(self, record, name: str, target: str = "new", **context) -> dict:
        """The form of ``record``, or of a new one where it is empty.

        :param name: what the window is called
        :param target: ``new`` for a dialog, ``current`` for the page
        """
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
            "target": target,
            "context": context,
        }
