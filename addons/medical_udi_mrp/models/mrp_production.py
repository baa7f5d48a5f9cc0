import pytz

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from odoo.addons.medical_udi.models.medical_udi_scanner import Box, Refusal


class MrpProduction(models.Model):
    _name = "mrp.production"
    _inherit = ["mrp.production", "medical.udi.scan.moves.mixin", "medical.guarded.mixin"]
    _guarded_fields = ("udi_by_bom",)

    udi_di_id = fields.Many2one(
        "medical.udi.di",
        "DI",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('product_id', '=', product_id), ('contained_di_id', '=', False), ('state', '=', 'active')]",
        help="Device identifier of the finished lots. Empty: the only active one of the product.",
    )
    udi_by_bom = fields.Boolean(
        "Confirmed with a Bill of Materials", compute="_compute_udi_by_bom", store=True, copy=False, readonly=True
    )

    # Components

    @api.depends("state", "bom_id")
    def _compute_udi_by_bom(self):
        """Once it is confirmed by a bill of materials, taking that off frees no component."""
        for production in self:
            production.udi_by_bom = production.udi_by_bom or (production.state != "draft" and bool(production.bom_id))

    def write(self, vals):
        if {"bom_id", "state"} & set(vals):
            # Settled as of now, before it says something else.
            self.mapped("udi_by_bom")
        return super().write(vals)

    def _medical_bom(self):
        """The bill of materials, if it is one of the product."""
        bom = self.bom_id
        return bom if bom.product_tmpl_id == self.product_id.product_tmpl_id else bom.browse()

    def _medical_listed_components(self):
        """The products on the bill of materials, kits resolved; None for an order that never had one, none at all where
        it was taken off the confirmed order."""
        self.ensure_one()
        if not self._medical_bom():
            return self.env["product.product"] if self.udi_by_bom else None
        _boms, lines = self.bom_id.explode(
            self.product_id,
            1.0,
            picking_type=self.bom_id.picking_type_id,
            never_attribute_values=self.never_product_template_attribute_value_ids,
        )
        return self.env["product.product"].union(*(line.product_id for line, _data in lines))

    def _medical_check_issued(self):
        """Refuse to make devices under UDI control without one of their components."""
        errors = []
        for production in self:
            if not production.product_id._udi_controlled(production.warehouse_id, production.company_id):
                continue
            issued = production.move_raw_ids.filtered(
                lambda move: move.state == "done" or (move.state != "cancel" and move.picked and move.quantity > 0)
            ).product_id
            missing = (
                production.move_raw_ids.filtered(
                    lambda move: (
                        move.state not in ("done", "cancel")
                        and move.product_id.is_storable
                        and move.product_uom.compare(move.should_consume_qty, 0) > 0
                    )
                ).product_id
                - issued
            )
            if missing:
                errors.append(
                    self.env._(
                        "%(order)s: nothing of %(components)s was issued. Scan or enter what goes in, or take the component "
                        "off the order.",
                        order=production.name,
                        components=", ".join(missing.mapped("display_name")),
                    )
                )
        if errors:
            raise UserError("\n".join(errors))

    # Finished lots

    def _medical_finished_di(self):
        """The DI of the finished lots, or an empty set where somebody has to choose."""
        self.ensure_one()
        if self.udi_di_id:
            return self.udi_di_id
        found = self.env["medical.udi.di"].search(
            [("product_id", "=", self.product_id.id), ("contained_di_id", "=", False), ("state", "=", "active")],
            limit=2,
        )
        return found if len(found) == 1 else found.browse()

    def _prepare_stock_lot_values(self):
        values = super()._prepare_stock_lot_values()
        di = self._medical_finished_di()
        return {**values, "udi_di_id": di.id} if di else values

    def _post_inventory(self, cancel_backorder=False):
        self._medical_check_issued()
        for production in self:
            production._medical_complete_lots()
        return super()._post_inventory(cancel_backorder=cancel_backorder)

    def _medical_complete_lots(self):
        """Finished lots know their DI and the day they were made."""
        finished = self.move_finished_ids.filtered(
            lambda move: move.product_id == self.product_id and move.state not in ("done", "cancel")
        )
        lots = (self.lot_producing_ids | finished.lot_ids).filtered(lambda lot: lot.product_id == self.product_id)
        di = self._medical_finished_di()
        unknown = lots.filtered(lambda lot: not lot.udi_di_id) if di else lots.browse()
        if unknown:
            unknown.sudo().udi_di_id = di  # sudo: who makes devices may not be allowed to edit lots.
        undated = lots.filtered(lambda lot: lot.udi_di_id and not lot.production_date)
        if undated:
            # sudo: as above.
            undated.sudo().production_date = (
                pytz.utc.localize(fields.Datetime.now()).astimezone(undated._udi_zone(self.company_id)).date()
            )

    def action_print_udi_labels(self):
        """UDI labels of what is made: one for each unit; before that the finished lots must have their number."""
        rows = []
        for production in self:
            if not production.lot_producing_ids:
                raise UserError(
                    self.env._(
                        "%(order)s has no lot or serial number yet: generate it, then print its labels.",
                        order=production.name,
                    )
                )
            quantity = production.product_uom_id._compute_quantity(
                production.qty_producing or production.product_qty, production.product_id.uom_id
            )
            serial = production.product_id.tracking == "serial"
            rows += [{"lot_id": lot.id, "quantity": 1 if serial else quantity} for lot in production.lot_producing_ids]
        return self.env["medical.udi.label"]._open(rows)

    def _medical_trace_lots(self):
        """What was made; before it is known, what goes in."""
        return self.lot_producing_ids or self.move_raw_ids.lot_ids

    def action_medical_trace(self):
        return self.env["medical.trace"]._screen_action(self)

    # Scanning

    def _udi_scan_open(self):
        self.check_access("write")
        if self.state not in ("confirmed", "progress", "to_close"):
            raise UserError(
                self.env._("%(document)s is not open for scanning: confirm a draft first.", document=self.name)
            )

    def _udi_scan_log_values(self):
        return {"production_id": self.id}

    def _udi_scan_all_moves(self):
        return self.move_raw_ids

    def _udi_scan_book(self, box):
        result = super()._udi_scan_book(box)
        # What was scanned is what was issued: the quantity to produce does not change it any more.
        self._udi_scan_moves(box.product).manual_consumption = True
        return result

    def _udi_scan_check(self, box, options):
        if box.product == self._udi_scan_device():
            return
        super()._udi_scan_check(box, options)

    def _udi_scan_device(self):
        """The finished product, where its label cannot be that of a component."""
        return self.product_id - self.move_raw_ids.product_id

    def _udi_scan_other(self, udi, options):
        """The label of the finished device says its lot or serial number."""
        answer = super()._udi_scan_other(udi, options)
        if answer is not None:
            # A package: what it brought is what was issued, as for boxes.
            self.move_raw_ids.filtered("picked").manual_consumption = True
            return answer
        if not udi.valid or not udi.di:
            return None
        di = self.env["medical.udi.di"]._find(udi.issuing_agency, udi.di)
        if not di or di.product_id != self._udi_scan_device():
            return None
        scanner = self.env["medical.udi.scanner"]
        product = self.product_id
        number = {"serial": udi.serial, "lot": udi.lot}.get(product.tracking)
        if not number:
            raise Refusal(
                "no_lot",
                self.env._(
                    "The label does not say the lot or serial number of %(product)s.", product=product.display_name
                ),
            )
        lot = scanner._lot(product, number, self.company_id)
        box = Box(udi, product, di, lot, number, 1.0)
        scanner._check(box, self, options)
        self._udi_scan_check_finished(box)
        if lot:
            scanner._label_facts(box, self.company_id)
            self.lot_producing_ids |= lot
        else:
            self.lot_producing_ids = [Command.create(self._udi_scan_lot_values(box))]
        return {
            "product_id": product.id,
            "product": product.display_name,
            "message": self.env._("%(product)s: made as %(number)s", product=product.display_name, number=number),
        }

    def _udi_scan_check_finished(self, box):
        lots = self.lot_producing_ids
        if box.lot in lots and box.lot:
            raise Refusal(
                "scanned_twice", self.env._("%(number)s was scanned on this document already.", number=box.number)
            )
        if box.product.tracking == "lot" and lots:
            raise Refusal(
                "other_lot",
                self.env._(
                    "%(order)s makes lot %(known)s, but the label says %(scanned)s: put the label aside.",
                    order=self.name,
                    known=lots.name,
                    scanned=box.number,
                ),
            )
        if box.product.tracking == "serial":
            if box.lot and box.lot.product_qty:
                raise Refusal("serial_received", self.env._("%(number)s is in stock already.", number=box.number))
            if len(lots) >= self.product_uom_qty:
                raise Refusal(
                    "too_many",
                    self.env._(
                        "%(order)s makes %(count)g, and so many have their number.",
                        order=self.name,
                        count=self.product_uom_qty,
                    ),
                )

    def _udi_scan_lot_values(self, box):
        values = {"product_id": box.product.id, "name": box.number, "udi_di_id": box.di.primary_di_id.id}
        if box.udi.production_date:
            values["production_date"] = box.udi.production_date
        if box.product.tracking == "serial" and box.udi.lot:
            values["udi_lot"] = box.udi.lot
        if box.udi.expiry and box.product.use_expiration_date:
            values["expiration_date"] = self.env["stock.lot"]._udi_expiration_moment(box.udi.expiry, self.company_id)
        return values
