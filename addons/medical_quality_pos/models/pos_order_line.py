from odoo import api, models
from odoo.fields import Domain


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    @api.model
    def get_existing_lots(self, company_id, config_id, product_id):
        """Of a product under control those lots that may be sold, and what lies of them where it may be taken from."""
        found = super().get_existing_lots(company_id, config_id, product_id)
        config = self.env["pos.config"].browse(config_id)
        product = self.env["product.product"].browse(product_id)
        if not found or not product._medical_pos_controlled(config):
            return found
        # sudo: cashiers need not read stock.
        quants = self.env["stock.quant"].sudo()
        place = config.sudo().picking_type_id.default_location_src_id
        domain = Domain("lot_id", "in", [lot["id"] for lot in found]) & Domain("location_id", "child_of", place.id)
        domain &= Domain("location_id.usage", "=", "internal") & ~quants._quality_blocked_domain()
        free = {lot.id: quantity for lot, quantity in quants._read_group(domain, ["lot_id"], ["quantity:sum"])}
        refused = self._medical_refusals(config, [(product_id, lot["name"]) for lot in found])
        return [
            {**lot, "product_qty": free[lot["id"]]}
            for lot in found
            if free.get(lot["id"], 0) > 0 and not refused[product_id, lot["name"]]
        ]

    @api.model
    def medical_lot_refusals(self, config_id, sold):
        """What stands against selling lots at a till, as sentences; called when a number is entered, and before payment.

        :param sold: pairs of product id and lot or serial number; none for goods without
        """
        self.check_access("read")
        config = self.env["pos.config"].browse(config_id)
        config.check_access("read")
        said = self._medical_refusals(config, [(product, number or False) for product, number in sold])
        return list(dict.fromkeys(sentence for sentences in said.values() for sentence in sentences))

    @api.model
    def _medical_refusals(self, config, sold):
        """(product id, number) → sentences; as the gate would say of a delivery from the till's stock."""
        products = self.env["product.product"].browse({product for product, _number in sold})
        controlled = products._medical_pos_controlled(config)
        # sudo: cashiers need not read lots and stock; user of the question is the cashier all the same.
        kind = config.sudo().picking_type_id
        company = kind.company_id
        quality = controlled.sudo()._quality_controlled(kind.warehouse_id, company)
        target = kind.default_location_dest_id or self.env["stock.warehouse"].sudo()._get_partner_locations()[0]
        lots = (
            self.env["stock.lot"]
            .sudo()
            .search(
                [
                    ("product_id", "in", controlled.ids),
                    ("name", "in", [number for _product, number in sold if number]),
                    ("company_id", "in", [False, company.id]),
                ]
            )
        )
        by_name = {(lot.product_id.id, lot.name): lot for lot in lots}
        found = {}
        for product in products:
            for number in {number for of_product, number in sold if of_product == product.id}:
                lot = by_name.get((product.id, number), lots.browse())
                found[product.id, number] = []
                if product not in controlled:
                    continue
                line = (
                    self.env["stock.move.line"]
                    .sudo()
                    .new(
                        {
                            "product_id": product.id,
                            "company_id": company.id,
                            "lot_id": lot.id,
                            "lot_name": number,
                            "quantity": 1,
                            "location_id": kind.default_location_src_id.id,
                            "location_dest_id": target.id,
                        }
                    )
                )
                errors = line._quality_errors(lot, True, True) if product in quality else []
                if not errors and (asked := line._udi_controlled_lines()):
                    errors = asked._udi_gate_errors() or asked._udi_issue_errors()
                found[product.id, number] = errors
        return found
