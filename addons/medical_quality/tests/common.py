from odoo import Command

from odoo.addons.medical_base.tests.common import MedicalCase


class MedicalQualityCase(MedicalCase):
    """A product under quality control, tracked by lot, and one that is not."""

    people = ("clerk", "manager", "quality", "approver", "auditor")
    feature = "medical_quality.scope_feature_quality"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stock = cls.warehouse.lot_stock_id
        cls.shelf = cls.env["stock.location"].create({"name": "Shelf", "location_id": cls.stock.id})
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.devices = cls.env["product.category"].create({"name": "Quality Test Devices"})
        cls.other = cls.env["product.category"].create({"name": "Quality Test Others"})
        cls.stent = cls._product("Stent", cls.devices)
        cls.pen = cls._product("Pen", cls.other)
        cls.vendor = cls.env["res.partner"].create({"name": "Quality Test Vendor"})
        cls.stent.seller_ids = [(0, 0, {"partner_id": cls.vendor.id})]
        cls.hospital = cls.env["res.partner"].create({"name": "Quality Test Hospital"})
        cls.existing = cls._lot("EXISTING", 10)
        cls._switch_on(category_id=cls.devices.id)

    @classmethod
    def _product(cls, name, category, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "is_storable": True,
                "tracking": "lot",
                "use_expiration_date": True,
                "expiration_time": 1000,
                "removal_time": 30,
                "categ_id": category.id,
                **values,
            }
        )

    @classmethod
    def _lot(cls, name, quantity=0.0, product=None, location=None, state=None, **values):
        """A lot with stock; ``state`` as decided by quality."""
        product = product or cls.stent
        lot = cls.env["stock.lot"].create(
            {
                "name": name,
                "product_id": product.id,
                "company_id": cls.company.id,
                "expiration_date": "2040-01-01 12:00:00",
                **values,
            }
        )
        if quantity:
            cls._stocked(product, quantity, lot, location)
        if state and lot.quality_state != state:
            lot.with_user(cls.approver)._quality_decide(state, "test")
        return lot

    @classmethod
    def _stocked(cls, product, quantity, lot=None, location=None, package=None):
        """Put stock there as a quality approver who may count does."""
        counter = (
            cls.approver.copy({"login": f"{cls.approver.login}_counts"}) if not hasattr(cls, "counter") else cls.counter
        )
        if not hasattr(cls, "counter"):
            counter.group_ids |= cls.env.ref("stock.group_stock_user")
            cls.counter = counter
        location = location or cls.stock
        quant = (
            cls.env["stock.quant"]
            .with_user(cls.counter)
            .with_context(inventory_mode=True)
            .create(
                {
                    "product_id": product.id,
                    "location_id": location.id,
                    "lot_id": lot and lot.id,
                    "package_id": package and package.id,
                    "inventory_quantity": quantity,
                }
            )
        )
        quant.inventory_quantity = quant.quantity + quantity
        quant.action_apply_inventory()

    @classmethod
    def _hold(cls, lots, reason="Seal may leak", **values):
        hold = (
            cls.env["medical.hold"]
            .with_user(cls.quality)
            .create(
                {
                    "reason": reason,
                    "company_id": cls.company.id,
                    "line_ids": [Command.create({"lot_id": lot.id}) for lot in lots],
                    **values,
                }
            )
        )
        hold.action_set()
        return hold

    @classmethod
    def _move(cls, source, target, lot, quantity=1.0, user=None, product=None, kind=None):
        """An open transfer of one lot, with the lot chosen by hand."""
        product = product or (lot and lot.product_id) or cls.stent
        kind = kind or (
            cls.warehouse.in_type_id
            if source == cls.suppliers
            else cls.warehouse.out_type_id
            if target in (cls.customers, cls.suppliers)
            else cls.warehouse.int_type_id
        )
        partner = cls.vendor if cls.suppliers in (source, target) else cls.hospital
        return cls._transfer(kind, source, target, [(product, quantity)], partner, user or cls.clerk)

    @classmethod
    def _line(cls, picking, lot, quantity=1.0, **values):
        """Put the lot on the transfer by hand."""
        move = picking.move_ids[:1]
        move.move_line_ids.unlink()
        return (
            cls.env["stock.move.line"]
            .with_user(picking.env.user)
            .create(
                {
                    "picking_id": picking.id,
                    "move_id": move.id,
                    "product_id": move.product_id.id,
                    "product_uom_id": move.product_uom.id,
                    "quantity": quantity,
                    "lot_id": lot and lot.id,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                    "picked": True,
                    **values,
                }
            )
        )

    @classmethod
    def _plan(cls, **values):
        """An inspection plan for devices: one of a receipt is looked at."""
        return (
            cls.env["medical.inspection.plan"]
            .with_user(cls.approver)
            .create(
                {
                    "name": "Incoming",
                    "company_id": cls.company.id,
                    "categ_id": cls.devices.id,
                    "sampling": "fixed",
                    "sample_size": 1,
                    "label_check": False,
                    "characteristic_ids": [Command.create({"name": "Surface", "kind": "attribute"})],
                    **values,
                }
            )
        )

    @classmethod
    def _receive(cls, name, quantity=10.0, product=None, partner=None):
        """The inspection of a lot that has come."""
        picking = cls._move(cls.suppliers, cls.stock, None, quantity, product=product)
        if partner:
            picking.partner_id = partner
        cls._line(picking, None, quantity, lot_name=name)
        cls._validate(picking)
        return cls.env["medical.inspection"].search([("picking_id", "=", picking.id)])

    @classmethod
    def _lift(cls, hold, reason):
        """Lift the hold as the user of its environment."""
        return cls._sign(hold, hold.env.user, "action_lift", reason)

    @classmethod
    def _decide(cls, inspection, accepted, rejected, concession, reason=None):
        """Decide on the inspection as the user of its environment."""
        return cls._sign(
            inspection,
            inspection.env.user,
            "action_decide_quantities",
            reason,
            accepted=accepted,
            rejected=rejected,
            concession=concession,
        )

    @classmethod
    def _validate(cls, picking):
        """As after core's question whether expired lots are meant."""
        return picking.with_context(skip_expired=True).button_validate()

    def _quantity(self, lot, location=None):
        return sum(
            self.env["stock.quant"]
            .search([("lot_id", "=", lot.id), ("location_id", "child_of", (location or self.stock).id)])
            .mapped("quantity")
        )
