import json

from odoo import http
from odoo.http import content_disposition, request


class MedicalTraceController(http.Controller):
    @http.route("/medical_udi/trace/xlsx", type="http", auth="user", methods=["POST"])
    def trace_xlsx(self, data, **_ignored):
        """The trace that is on the screen as a workbook; ``data``: JSON of model, ids and direction."""
        asked = json.loads(data)
        name, content, _rows = request.env["medical.trace.workbook"]._workbook(
            asked["model"], asked["ids"], asked["direction"]
        )
        return request.make_response(
            content,
            [
                ("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                ("Content-Disposition", content_disposition(name)),
            ],
        )
