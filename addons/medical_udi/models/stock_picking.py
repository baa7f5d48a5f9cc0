from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "medical.udi.scan.moves.mixin", "medical.guarded.mixin"]
    _guarded_fields = ("medical_ship_to",)

    medical_source_id = fields.Many2one(
        "medical.code.source",
        "Codes Of",
        index="btree_not_null",
        check_company=True,
        copy=False,
        help="The plant or system whose codes are used on the lines. Empty: the one of the partner.",
    )
    medical_ship_to = fields.Text(
        "Shipped to",
        copy=False,
        readonly=True,
        help="Name and address of the consignee when the transfer was done. It stays as it was when the partner moves.",
    )

    def _udi_scan_open(self):
        self.check_access("write")
        if self.state in ("done", "cancel", "draft"):
            raise UserError(
                self.env._("%(document)s is not open for scanning: mark a draft as to do first.", document=self.name)
            )

    def _udi_scan_code_source(self):
        return self._medical_source()

    def _udi_scan_log_values(self):
        return {"picking_id": self.id}

    def _udi_scan_all_moves(self):
        return self.move_ids

    def _udi_scan_source(self):
        # No super(): the places of a transfer are its own, not those of its moves.
        return self.location_id

    def _udi_scan_target(self):
        # No super(): as above.
        return self.location_dest_id

    def _udi_scan_new_lots(self):
        outside = self.location_id.usage in ("supplier", "production", "customer", "inventory")
        return outside and self.picking_type_id.use_create_lots

    def action_print_udi_labels(self):
        """Labels for what this transfer moves: as many as units, or as packages of the level that was scanned."""
        self.check_access("read")
        groups = self.env["stock.move.line"]._read_group(
            [("picking_id", "in", self.ids), ("lot_id", "!=", False)],
            ["lot_id", "udi_di_id"],
            ["quantity_product_uom:sum"],
        )
        rows = [
            {"lot_id": lot.id, "quantity": quantity, "scanned_di_id": di.id}
            for lot, di, quantity in groups
            if quantity > 0
        ]
        if not rows:
            raise UserError(
                self.env._(
                    "%(documents)s: no line has a lot yet. New lots exist, and can be labelled, once the receipt is validated.",
                    documents=", ".join(self.mapped("name")),
                )
            )
        return self.env["medical.udi.label"]._open(rows)

    # Codes of other plants

    def _medical_source(self):
        """The plant or system whose codes are used on this transfer, or an empty set."""
        if self.medical_source_id:
            return self.medical_source_id
        partner = self.partner_id
        Source = self.env["medical.code.source"]
        if not partner:
            return Source
        found = Source.search(
            [
                ("partner_ids", "in", (partner | partner.commercial_partner_id).ids),
                ("company_id", "in", (self.company_id.id, False)),
            ]
        )
        found = found.filtered(lambda source: partner in source.partner_ids) or found
        # Two that claim the partner: somebody has to choose.
        return found if len(found) == 1 else Source

    def _medical_lot_prefixes(self):
        return self.env["medical.code.map"]._lot_prefixes(self._medical_source())

    def medical_receive_by_code(self, lines):
        """Add lines that name products by the codes of another plant or system.

        A line that cannot be understood is stopped with its reason; the others are added.

        :param lines: dicts with ``code``, ``quantity`` and optionally ``unit`` (the plant's code of it)
        :return: for each line a dict ``code``, ``status`` (ok, stopped), ``message`` and ``move_id``
        """
        self.ensure_one()
        self.env.user._medical_check_group("stock.group_stock_user", doing=self.env._("add lines to transfers"))
        self.check_access("write")
        if self.state in ("done", "cancel"):
            raise UserError(self.env._("%(document)s is closed: make a new transfer.", document=self.name))
        if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
            raise UserError(self.env._("Give the lines as a list, each with code and quantity."))
        Move = self.env["stock.move"]
        source = self._medical_source()
        nothing = self.env["product.product"]
        codes = [(str(line.get("code") or "").strip(), str(line.get("unit") or "").strip()) for line in lines]
        meanings = Move._medical_meanings([(self, source, code, unit, nothing) for code, unit in codes])
        answers, vals_list = [], []
        for line, (code, unit), (product, uom, problem) in zip(lines, codes, meanings, strict=True):
            quantity = line.get("quantity")
            if not code:
                problem = self.env._("The line has no code.")
            elif not problem and (
                isinstance(quantity, bool) or not isinstance(quantity, (int, float)) or not 0 < quantity < 1e12
            ):
                problem = self.env._("%(code)s: the quantity must be a number above 0.", code=code)
            answers.append(
                {"code": code, "status": "stopped" if problem else "ok", "message": problem or "", "move_id": False}
            )
            if not problem:
                vals_list.append(
                    {
                        "picking_id": self.id,
                        "product_id": product.id,
                        "product_uom": (uom or product.uom_id).id,
                        "product_uom_qty": quantity,
                        "medical_plant_code": code,
                        "medical_plant_unit": unit,
                        "location_id": self.location_id.id,
                        "location_dest_id": self.location_dest_id.id,
                        "picking_type_id": self.picking_type_id.id,
                        "company_id": self.company_id.id,
                    }
                )
        draft = self.state == "draft"
        moves = Move.create(vals_list)
        for answer, move in zip([answer for answer in answers if answer["status"] == "ok"], moves, strict=True):
            answer.update(move_id=move.id, message=move.product_id.display_name)
        if not draft and moves:
            moves._action_confirm(merge=False)
            moves._action_assign()
        stopped = [answer for answer in answers if answer["status"] == "stopped"]
        if stopped:
            self.message_post(
                body=self.env._(
                    "Lines by plant code that were stopped: %(reasons)s",
                    reasons=" ".join(answer["message"] for answer in stopped),
                )
            )
        return answers

    def action_medical_receive_by_code(self):
        self.ensure_one()
        return self.env["medical.code.receipt"]._medical_form(
            self.env._("Add Lines by Plant Code"), default_picking_id=self.id
        )

    def _action_done(self):
        result = super()._action_done()
        same = defaultdict(self.browse)
        for picking in self:
            moves = picking.move_ids.filtered(
                lambda move: move.state == "done" and move.location_dest_id.usage == "customer"
            )
            # Dropshipping names the vendor on the transfer and the consignee on its moves.
            partner = moves[:1].partner_id or (moves and picking.partner_id)
            if partner:
                same[partner] |= picking
        for partner, pickings in same.items():
            text = ", ".join(line.strip() for line in partner._display_address().splitlines() if line.strip())
            pickings._guarded_write({"medical_ship_to": ", ".join(filter(None, (partner.name, text)))})
        return result

    def _medical_trace_lots(self):
        return self.move_line_ids.lot_id

    def action_medical_trace(self):
        return self.env["medical.trace"]._screen_action(self)
