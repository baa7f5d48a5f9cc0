from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class StockMove(models.Model):
    _inherit = "stock.move"

    medical_plant_code = fields.Char(
        "Plant Code",
        copy=False,
        help="What the other plant or system calls the product; it is looked up in the plant codes.",
    )
    medical_plant_unit = fields.Char("Plant Unit", copy=False, help="What the other plant or system calls the unit.")

    @api.constrains("product_uom", "product_id")
    def _check_medical_unit(self):
        if not any(self.company_id.mapped("medical_refuse_units")):
            return
        places = [(move.company_id, move.product_id, move.product_uom) for move in self]
        if "purchase_line_id" in self._fields:
            # With Purchase: the order's unit was turned into the product's before it came here.
            places += [(move.company_id, move.product_id, move.purchase_line_id.product_uom_id) for move in self]
        self.env["medical.unit.problem"]._refuse(places)

    @api.model_create_multi
    def create(self, vals_list):
        coded = [
            vals
            for vals in vals_list
            if (vals.get("medical_plant_code") or vals.get("medical_plant_unit"))
            and not (vals.get("product_id") and vals.get("product_uom"))
        ]
        if coded:
            self._medical_resolve_vals(coded)
        return super().create(vals_list)

    def write(self, vals):
        if {"medical_plant_code", "medical_plant_unit"} & set(vals) and any(move.state == "done" for move in self):
            raise UserError(self.env._("What came is settled: the plant code of a done move cannot be changed."))
        return super().write(vals)

    @api.model
    def _prepare_merge_moves_distinct_fields(self):
        return super()._prepare_merge_moves_distinct_fields() + ["medical_plant_code", "medical_plant_unit"]

    def _prepare_move_split_vals(self, qty):
        values = super()._prepare_move_split_vals(qty)
        return {**values, "medical_plant_code": self.medical_plant_code, "medical_plant_unit": self.medical_plant_unit}

    @api.onchange("medical_plant_code", "medical_plant_unit")
    def _onchange_medical_plant_code(self):
        [(product, uom, problem)] = self._medical_meanings([self._medical_code_request()])
        if problem:
            return {"warning": {"title": self.env._("Plant Code"), "message": problem}}
        if product and self.product_id != product:
            self.product_id = product
        if uom:
            self.product_uom = uom
        return None

    def _medical_code_request(self):
        picking = self.picking_id
        return picking, picking._medical_source(), self.medical_plant_code, self.medical_plant_unit, self.product_id

    @api.model
    def _medical_resolve_vals(self, vals_list):
        """Fill product and unit of new moves from their plant codes; refuse the ones that mean nothing."""
        pickings = self.env["stock.picking"].browse(
            {vals["picking_id"] for vals in vals_list if vals.get("picking_id")}
        )
        sources = {picking.id: picking._medical_source() for picking in pickings}
        requests = [
            (
                pickings.browse(vals.get("picking_id") or ()),
                sources.get(vals.get("picking_id"), self.env["medical.code.source"]),
                vals.get("medical_plant_code"),
                vals.get("medical_plant_unit"),
                self.env["product.product"].browse(vals.get("product_id") or ()),
            )
            for vals in vals_list
        ]
        meanings = self._medical_meanings(requests)
        problems = [problem for _product, _uom, problem in meanings if problem]
        if problems:
            raise UserError("\n".join(problems))
        for vals, (product, uom, _problem) in zip(vals_list, meanings, strict=True):
            vals["product_id"] = product.id
            if uom and not vals.get("product_uom"):
                vals["product_uom"] = uom.id

    @api.model
    def _medical_meanings(self, requests):
        """What plants and systems mean by their codes.

        :param requests: (transfer, source, item code, unit code, product that is given besides)
        :return: for each (product, unit or None, problem or None)
        """
        Map = self.env["medical.code.map"]
        known = {}
        for source in {request[1] for request in requests}:
            mine = [request for request in requests if request[1] == source]
            known[source] = (
                Map._resolve(source, "item", [(request[2] or "").strip() for request in mine]),
                Map._resolve(source, "unit", [(request[3] or "").strip() for request in mine]),
            )
        return [self._medical_meaning(*known[request[1]], *request) for request in requests]

    @api.model
    def _medical_meaning(self, items, units, picking, source, code, unit, given):
        Map = self.env["medical.code.map"]
        code, unit = (code or "").strip(), (unit or "").strip()
        if code and code not in items:
            return given, None, Map._problem(source, "item", code, picking.display_name or "")
        row = items.get(code, Map)
        product = row.product_id or given
        if given and product != given:
            problem = self.env._(
                "%(code)s of %(plant)s is %(product)s, but the line is for %(other)s: correct the code or the product.",
                code=code,
                plant=source.name,
                product=product.display_name,
                other=given.display_name,
            )
            return given, None, problem
        uom = row.uom_id
        if unit:
            if unit not in units:
                return product, None, Map._problem(source, "unit", unit, picking.display_name or "")
            uom = units[unit].uom_id
        if uom and product and not uom._has_common_reference(product.uom_id):
            problem = self.env._(
                "%(product)s is kept in %(own)s, to which %(unit)s cannot be converted: correct the unit code or the "
                "product's unit.",
                product=product.display_name,
                own=product.uom_id.name,
                unit=uom.name,
            )
            return product, None, problem
        return product, uom or None, None

    def _medical_check_codes(self):
        """Refuse moves whose plant code does not mean their product."""
        coded = self.filtered(lambda move: move.medical_plant_code or move.medical_plant_unit)
        if not coded:
            return
        problems = [
            problem
            for _product, _uom, problem in self._medical_meanings([move._medical_code_request() for move in coded])
            if problem
        ]
        if problems:
            raise UserError(
                "\n".join(
                    [*problems, self.env._("The other lines can be moved without: set the quantity of these to 0.")]
                )
            )

    # Who gets the goods

    def _udi_delivers(self):
        """Whether a customer gets the goods in the end: they do not stay with us, nor come back."""
        final = self.location_final_id or self.location_dest_id
        return final.usage == "customer" and self.location_id.usage != "customer"

    def _udi_customer(self):
        """Whoever gets the goods in the end; nobody where no customer does."""
        return (self.partner_id or self.picking_id.partner_id) if self._udi_delivers() else self.env["res.partner"]

    def _udi_country(self):
        """The country that is to know the device: the customer's, else the company's; that of another site of ours, or of
        whoever gets the goods from between the companies. None where they stay in their country."""
        if self._udi_delivers():
            return self._udi_customer().country_id or self.company_id.country_id
        return self._udi_country_entered(self.location_id, self.location_dest_id)

    def _udi_country_entered(self, source, target):
        """The country that goods come to from another one, on their way between our sites or companies."""
        none = self.env["res.country"]
        if source.usage not in ("internal", "transit") or target.usage not in ("internal", "transit"):
            return none
        # sudo: the other site may be that of a company which the user does not see.
        move = self.sudo()
        ends = move.location_final_id | move.move_dest_ids.location_dest_id
        came = (
            move._udi_site_country(source.sudo(), move.move_orig_ids.location_id) or source.sudo().company_id.country_id
        )
        goes = move._udi_site_country(target.sudo(), ends)
        return goes if goes != came else none

    def _udi_site_country(self, place, beyond):
        """The country of ``place``; of one on the road that of a site among the places ``beyond`` it, else, between the
        companies, that of the other one."""
        if place.usage == "transit" and not place.warehouse_id:
            sites = beyond.filtered(lambda site: site.usage == "internal")[:1]
            partner = self.partner_id or self.picking_id.partner_id
            return sites._udi_country() or (self.env["res.country"] if place.company_id else partner.country_id)
        return place._udi_country()

    def _udi_least_expiry(self):
        """The first last good day that a lot of this move may have; None where any is good enough."""
        product = self.product_id
        if not product.use_expiration_date or not self._udi_delivers():
            return None
        days = self._udi_customer()._medical_min_days(product)
        if not days and not product._udi_controlled(self.location_id.warehouse_id, self.company_id):
            return None
        day = max(self.date.date(), fields.Date.context_today(self)) if self.date else fields.Date.context_today(self)
        return day + timedelta(days=days)

    # Reservation

    def _udi_for_customer(self):
        """``self`` with what ``stock.quant._gather`` must leave out for this customer."""
        least = self._udi_least_expiry()
        if not least:
            return self
        before = self.env["stock.lot"]._udi_expiration_moment(least - timedelta(days=1), self.company_id)
        return self.with_context(medical_least_expiration=before + timedelta(seconds=1))

    def _update_reserved_quantity_vals(self, *args, **kwargs):
        return super(StockMove, self._udi_for_customer())._update_reserved_quantity_vals(*args, **kwargs)

    def _get_available_quantity(self, *args, **kwargs):
        return super(StockMove, self._udi_for_customer())._get_available_quantity(*args, **kwargs)
