from odoo import models
from odoo.exceptions import AccessError, UserError

from .medical_udi_scanner import Question, Refusal

_OPTIONS = {"previous": str, "confirmed": bool, "over": bool}


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def medical_scan(self, raw, options=None):
        """Book a scanned box on this transfer.

        :param raw: the scanned text, unchanged
        :param options: previous: scan of the other symbol of the same label; confirmed: a warning was read; over: more
            than expected is meant
        :return: dict ``status`` (ok, refused, ask), ``code``, ``message``, what was read, and ``progress``
        """
        self.ensure_one()
        if not self.env.user.has_group("stock.group_stock_user"):
            raise AccessError(self.env._("Only users of Inventory scan on transfers."))
        self.check_access("write")
        if self.state in ("done", "cancel", "draft"):
            raise UserError(
                self.env._("%(document)s is not open for scanning: mark a draft as to do first.", document=self.name)
            )
        if not isinstance(raw, str):
            raise UserError(self.env._("A scan is a text."))
        options = {
            name: options[name] for name, kind in _OPTIONS.items() if options and isinstance(options.get(name), kind)
        }
        scanner = self.env["medical.udi.scanner"]
        udi = scanner._read(raw, self.company_id, options)
        answer = {
            "status": "ok",
            "code": "",
            "message": "",
            "agency": udi.issuing_agency,
            "di": udi.di,
            "lot": udi.lot,
            "serial": udi.serial,
            "expiry": udi.expiry and udi.expiry.isoformat(),
            "production_date": udi.production_date and udi.production_date.isoformat(),
        }
        box = line = None
        try:
            with self.env.cr.savepoint():
                box = scanner._recognise(udi, self, options)
                scanner._check(box, self, options)
                line = scanner._book(box, self)
                self.env.flush_all()
        except Question as question:
            answer.update(status="ask", code=question.code, message=question.message, **question.more)
        except Refusal as refusal:
            answer.update(status="refused", code=refusal.code, message=refusal.message, **refusal.more)
        if box:
            answer["product_id"] = box.product.id
            answer["product"] = box.product.display_name
        if line:
            done, expected = scanner._progress(self, box.product)
            answer.update(
                quantity=box.quantity,
                unit=box.product.uom_id.name,
                level=(box.di.uom_id or box.product.uom_id).name,
                progress={"done": done, "expected": expected},
                message=self.env._(
                    "%(product)s %(number)s: %(done)g of %(expected)g",
                    product=box.product.display_name, number=box.number or "", done=done, expected=expected,
                ),
            )
        self._medical_log_scan(raw, udi, box, answer)
        return answer

    def _medical_log_scan(self, raw, udi, box, answer):
        self.env["medical.udi.scan"]._insert(
            {
                "raw": raw.replace("\x00", "")[:2000],
                "company_id": self.company_id.id,
                "picking_id": self.id,
                "product_id": box and box.product.id,
                "di_id": box and box.di.id,
                "lot_id": box and box.lot.id,
                "issuing_agency": udi.issuing_agency,
                "di_code": udi.di,
                "lot_name": udi.lot,
                "serial_name": udi.serial,
                "expiry": udi.expiry,
                "quantity": answer.get("quantity"),
                "result": answer["status"],
                "code": answer["code"],
                "message": answer["message"],
            }
        )

    def action_medical_view_scans(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_udi.action_medical_udi_scan")
        action.update(domain=[("picking_id", "=", self.id)], context={})
        return action
