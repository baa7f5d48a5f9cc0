from odoo import api, fields, models
from odoo.exceptions import UserError

from .medical_udi_scanner import Question, Refusal


class StockLocation(models.Model):
    """Physical inventory: boxes are counted at a location, into the counted quantity of its quants."""

    _name = "stock.location"
    _inherit = ["stock.location", "medical.udi.scan.mixin"]

    medical_stock_state = fields.Selection(
        [("production", "In Production"), ("transit", "In Transit")],
        "Stock State",
        help="What stock here and below counts as in 'Stock by State'. Empty: as the location above; without any: what its "
        "product is (raw, finished or spare part). Transit locations are in transit.",
    )

    def _udi_country(self):
        """The country of the site that the place belongs to: its warehouse's, else its company's."""
        warehouse = self.warehouse_id
        return warehouse.partner_id.country_id or (warehouse.company_id or self.company_id).country_id

    @api.model
    def medical_count_location(self):
        """Where the user is likely to count: the stock of their warehouse."""
        place = self.env.user._get_default_warehouse_id().lot_stock_id
        return {"id": place.id, "display_name": place.display_name or ""}

    def _udi_scan_open(self):
        self.check_access("read")
        if self.usage not in ("internal", "transit"):
            raise UserError(
                self.env._(
                    "%(location)s is no place where stock is counted: choose an internal one.",
                    location=self.display_name,
                )
            )

    def _udi_scan_company(self):
        # No super(): a location may belong to no company.
        return self.company_id or self.env.company

    def _udi_scan_log_values(self):
        return {"location_id": self.id}

    def _udi_scan_other(self, udi, options):
        """The barcode of another location: counting goes on there."""
        if udi.valid:
            return None
        place = self.search([("barcode", "=", udi.raw.strip()), ("usage", "in", ("internal", "transit"))], limit=1)
        if not udi.raw.strip() or not place:
            return None
        return {
            "code": "location",
            "location": {"id": place.id, "display_name": place.display_name},
            "message": self.env._("Counting in %(location)s", location=place.display_name),
        }

    def _udi_scan_expects(self, product):
        return product.is_storable

    def _udi_scan_date_matters(self):
        """What has expired is there all the same."""
        return False

    def _udi_scan_quants(self, product, lot):
        """Quants a box may be counted into, those outside packages and of our own first."""
        quants = self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id", "=", self.id), ("lot_id", "=", lot.id)], order="id"
        )
        return quants.sorted(lambda quant: (bool(quant.package_id), bool(quant.owner_id)))

    def _udi_scan_check(self, box, options):
        if box.product.tracking == "serial" and box.lot:
            counted = self.env["stock.quant"].search(
                [("lot_id", "=", box.lot.id), ("inventory_quantity_set", "=", True), ("inventory_quantity", ">", 0)],
                limit=1,
            )
            if counted:
                raise Refusal(
                    "scanned_twice",
                    self.env._(
                        "%(number)s was counted already, in %(location)s.",
                        number=box.number,
                        location=counted.location_id.display_name,
                    ),
                )
        if box.product.tracking != "none" and not box.lot and not options.get("new"):
            raise Question(
                "lot_unknown",
                self.env._(
                    "%(number)s of %(product)s was never here. Count it as a new one?",
                    number=box.number,
                    product=box.product.display_name,
                ),
                confirm={"new": True},
            )

    def _udi_scan_progress(self, product):
        quants = self.env["stock.quant"].search([("product_id", "=", product.id), ("location_id", "=", self.id)])
        counted = quants.filtered("inventory_quantity_set")
        return sum(counted.mapped("inventory_quantity")), sum(quants.mapped("quantity"))

    def _udi_scan_book(self, box):
        company = self._udi_scan_company()
        scanner = self.env["medical.udi.scanner"]
        if box.number and not box.lot:
            box.lot = scanner._new_lot(box, company)
        scanner._label_facts(box, company)
        quant = self._udi_scan_quants(box.product, box.lot)[:1]
        counting = self.env["stock.quant"].with_context(inventory_mode=True)
        if quant:
            before = quant.inventory_quantity if quant.inventory_quantity_set else 0.0
            counting.browse(quant.id).write({"inventory_quantity": before + box.quantity, "user_id": self.env.uid})
        else:
            counting.create(
                {
                    "product_id": box.product.id,
                    "location_id": self.id,
                    "lot_id": box.lot.id,
                    "inventory_quantity": box.quantity,
                }
            )

    def _udi_scan_booked(self, box):
        quant = self._udi_scan_quants(box.product, box.lot)[:1]
        names = {
            "product": box.product.display_name,
            "number": box.number or "",
            "counted": quant.inventory_quantity,
            "there": quant.quantity,
        }
        return {
            **super()._udi_scan_booked(box),
            "progress": {"done": quant.inventory_quantity, "expected": quant.quantity},
            "message": self.env._("%(product)s %(number)s: %(counted)g counted, %(there)g on hand", **names),
        }
