from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

_DOORS = frozenset({"lot_id", "lot_name", "quantity", "product_id", "udi_di_id", "location_id", "location_dest_id"})


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    udi_di_id = fields.Many2one(
        "medical.udi.di",
        "Scanned DI",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="Device identifier of the packaging level that was scanned.",
    )
    udi_scanned_quantity = fields.Float(
        "Scanned", digits="Product Unit", copy=False, readonly=True, help="Units that were scanned into this line."
    )

    udi_lot = fields.Char(
        "Manufacturer's Lot", copy=False, help="Lot on the label of a product tracked by serial number."
    )
    udi_production_date = fields.Date("Production Date", copy=False)

    # Core has none on lots, and every trace begins with them.
    _medical_lot_index = models.Index("(lot_id) WHERE state = 'done' AND lot_id IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get("udi_scanned_quantity") for vals in vals_list):
            self._udi_refuse_scanned_by_hand()
        for vals in vals_list:
            # Over RPC lines often name their move only; vendor, customer and trace are asked of the transfer.
            if vals.get("move_id") and not vals.get("picking_id"):
                vals["picking_id"] = self.env["stock.move"].browse(vals["move_id"]).picking_id.id
        self._medical_standard_lots(vals_list)
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.state == "done")._udi_gate()
        return lines

    def write(self, vals):
        if "udi_scanned_quantity" in vals:
            self._udi_refuse_scanned_by_hand()
        if vals.get("lot_name") and self.picking_id:
            prefixes = self.picking_id[:1]._medical_lot_prefixes()
            vals = {**vals, "lot_name": self.env["medical.code.map"]._standard_lot(prefixes, vals["lot_name"])}
        result = super().write(vals)
        if _DOORS & set(vals):
            self.filtered(lambda line: line.state == "done")._udi_gate()
        return result

    @api.model
    def _udi_refuse_scanned_by_hand(self):
        """How much was scanned is written by scans, which no call from outside is."""
        if not self.env.su:
            raise AccessError(self.env._("How much was scanned is not entered by hand: scan the boxes."))

    def _udi_set_scanned(self, quantity):
        """Keep how many units were scanned into this line."""
        self.sudo().udi_scanned_quantity = quantity  # sudo: only scans write it, whoever scans

    @api.model
    def _medical_standard_lots(self, vals_list):
        """Lot numbers of other plants, as they are written here."""
        named = [vals for vals in vals_list if vals.get("lot_name") and vals.get("picking_id")]
        pickings = self.env["stock.picking"].browse({vals["picking_id"] for vals in named})
        prefixes = {picking.id: picking._medical_lot_prefixes() for picking in pickings}
        for vals in named:
            vals["lot_name"] = self.env["medical.code.map"]._standard_lot(
                prefixes[vals["picking_id"]], vals["lot_name"]
            )

    def _prepare_new_lot_vals(self):
        values = super()._prepare_new_lot_vals()
        if self.udi_di_id:
            values["udi_di_id"] = self.udi_di_id.primary_di_id.id
        if self.udi_lot:
            values["udi_lot"] = self.udi_lot
        if self.udi_production_date:
            values["production_date"] = self.udi_production_date
        return values

    def _action_done(self):
        # What core deletes as empty is not moved.
        lines = self.filtered(lambda line: line.quantity > 0)
        lines.move_id._medical_check_codes()
        lines._udi_gate()
        scanned = [(line, line.udi_di_id.primary_di_id) for line in lines if line.udi_di_id]
        result = super()._action_done()
        lots = {}
        for line, di in scanned:
            if line.lot_id and not line.lot_id.udi_di_id:
                lots[di] = lots.get(di, line.lot_id.browse()) | line.lot_id
        for di, unknown in lots.items():
            # sudo: who moves goods may not be allowed to edit lots; the DI was scanned from the box.
            unknown.sudo().udi_di_id = di
        return result

    def _udi_gate(self):
        """Refuse lines of products under UDI control that say too little; others cost nothing."""
        controlled = self._udi_controlled_lines()
        if not controlled:
            return
        controlled._udi_fill_single_di()
        errors = controlled._udi_gate_errors() or controlled._udi_issue_errors()
        if errors:
            raise UserError("\n".join(errors))

    def _udi_controlled_lines(self):
        found = self.browse()
        for (company, warehouse), lines in self.grouped(
            lambda line: (line.company_id, line.location_id.warehouse_id or line.location_dest_id.warehouse_id)
        ).items():
            products = lines.product_id._udi_controlled(warehouse, company)
            if products:
                # What leaves for scrap or inventory loss is gone either way.
                found |= lines.filtered(
                    lambda line, products=products: (
                        line.product_id in products and line.location_dest_id.usage != "inventory"
                    )
                )
        return found

    def _udi_fill_single_di(self):
        """A product with one primary DI needs no scan to know it."""
        bare = self.filtered(lambda line: not line.udi_di_id and not line.lot_id.udi_di_id)
        if not bare:
            return
        groups = self.env["medical.udi.di"]._read_group(
            [("product_id", "in", bare.product_id.ids), ("state", "!=", "draft"), ("contained_di_id", "=", False)],
            ["product_id"],
            ["id:recordset"],
        )
        single = {product: dis for product, dis in groups if len(dis) == 1}
        for product, lines in bare.grouped("product_id").items():
            di = single.get(product)
            if di:
                lines.lot_id.sudo().udi_di_id = di  # sudo: as in _action_done
                lines.filtered(lambda line: not line.lot_id).udi_di_id = di

    def _udi_gate_errors(self):
        """Sentences on the lines of ``self``, all under UDI control, that must not be done."""
        return [error for line in self if (error := line._udi_gate_error())]

    def _udi_gate_error(self):
        number = self.lot_id.name or self.lot_name
        names = {"product": self.product_id.display_name, "number": number}
        known, scanned = self.lot_id.udi_di_id, self.udi_di_id
        if self.product_id.tracking == "none":
            return self.env._(
                "%(product)s is under UDI control but is not tracked by lots or serial numbers: set that on the product.",
                **names,
            )
        if not number:
            return self.env._(
                "%(product)s is under UDI control: scan the box, or enter its lot or serial number.", **names
            )
        if not scanned and not known:
            return self.env._(
                "%(product)s, %(number)s: its device identifier is not known. Scan the box, or set the DI on the lot.",
                **names,
            )
        if scanned and known and scanned.primary_di_id != known:
            return self.env._(
                "%(product)s, %(number)s belongs to %(known)s, but %(scanned)s was scanned: it is another device.",
                known=known.code,
                scanned=scanned.code,
                **names,
            )
        if self._udi_short(self):
            return self.env._(
                "%(product)s, %(number)s: %(scanned)g of %(quantity)g %(unit)s were scanned. Scan every package first.",
                product=names["product"],
                number=" / ".join(filter(None, (self.package_id.name, number))),
                scanned=self.udi_scanned_quantity,
                quantity=self.quantity_product_uom,
                unit=self.product_id.uom_id.name,
            )
        return None

    def _udi_issue_errors(self):
        """Sentences on lines of ``self`` that must not be used up or delivered: expired, too short a life left, or not
        registered where they go."""
        return self._udi_issued()._udi_date_errors() + self._udi_market_errors()

    def _udi_issued(self):
        """The lines of ``self`` that use goods up or deliver them; what comes back is free to."""
        return self.filtered(
            lambda line: (
                line.location_dest_id.usage in ("customer", "production")
                and line.location_id.usage not in ("customer", "production")
            )
        )

    def _udi_day_done(self):
        """The day the line is moved; what was moved before is judged as of then."""
        return fields.Date.context_today(self, self.date) if self.state == "done" else fields.Date.context_today(self)

    def _udi_date_errors(self):
        errors = []
        Lot = self.env["stock.lot"]
        for line in self:
            last = Lot._udi_day(line.lot_id.expiration_date or line.expiration_date, line.company_id)
            if not last:
                continue
            today = line._udi_day_done()
            names = {"product": line.product_id.display_name, "number": line.lot_id.name or line.lot_name, "day": last}
            customer = line.move_id._udi_customer()
            days = customer._medical_min_days(line.product_id) if customer else 0
            if last < today:
                errors.append(line._udi_expired_sentence(last))
            elif days and last < today + timedelta(days=days):
                errors.append(
                    self.env._(
                        "%(product)s, %(number)s expires on %(day)s, but %(customer)s asks for %(days)s days of remaining life: "
                        "take another lot.",
                        customer=customer.display_name,
                        days=days,
                        **names,
                    )
                )
        return errors

    def _udi_expired_sentence(self, day):
        return self.env._(
            "%(product)s, %(number)s has expired on %(day)s: take another lot and put this one aside.",
            product=self.product_id.display_name,
            number=self.lot_id.name or self.lot_name,
            day=day,
        )

    def _udi_country(self):
        """The country whose registration the line needs; none where the goods stay in their country."""
        source, target, move = self.location_id, self.location_dest_id, self.move_id
        if target.usage == "customer":
            delivered = source.usage not in ("customer", "production")
            return (move._udi_country() or self.company_id.country_id) if delivered else self.env["res.country"]
        return move._udi_country_entered(source, target)

    def _udi_market_errors(self):
        errors = []
        groups = self.grouped(lambda line: (line._udi_country(), line._udi_day_done()))
        for (country, day), lines in groups.items():
            if not country:
                continue
            dis = {line: (line.lot_id.udi_di_id or line.udi_di_id).primary_di_id for line in lines}
            missing = self.env["medical.udi.di"].union(*dis.values())._registrations_missing(country, day)
            errors += [
                self.env._(
                    "%(product)s, %(number)s is not registered for %(country)s: regulatory affairs can register %(code)s.",
                    product=line.product_id.display_name,
                    number=line.lot_id.name or line.lot_name,
                    country=country.name,
                    code=di.code,
                )
                for line, di in dis.items()
                if di in missing
            ]
        return errors

    @api.model
    def _udi_short(self, line):
        """Whether the operation asks for every package to be scanned and this line was not."""
        required = line.state != "done" and line.picking_type_id.udi_scan_required
        return required and line.product_id.uom_id.compare(line.udi_scanned_quantity, line.quantity_product_uom) < 0
