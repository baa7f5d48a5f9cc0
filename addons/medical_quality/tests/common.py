from odoo.tests import TransactionCase, new_test_user


class MedicalQualityCase(TransactionCase):
    """A company with a product under quality control, tracked by lot, and one that is not. Nothing relies on demo data."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Quality Test Company"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.stock = cls.warehouse.lot_stock_id
        cls.shelf = cls.env["stock.location"].create({"name": "Shelf", "location_id": cls.stock.id})
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.devices = cls.env["product.category"].create({"name": "Quality Test Devices"})
        cls.other = cls.env["product.category"].create({"name": "Quality Test Others"})
        cls.stent = cls._product("Stent", cls.devices)
        cls.pen = cls._product("Pen", cls.other)
        cls.vendor = cls.env["res.partner"].create({"name": "Quality Test Vendor"})
        cls.hospital = cls.env["res.partner"].create({"name": "Quality Test Hospital"})
        cls.clerk = cls._user("quality_clerk", "stock.group_stock_user")
        cls.manager = cls._user("quality_manager", "stock.group_stock_manager")
        cls.quality = cls._user("quality_user", "medical_base.group_medical_quality_user")
        cls.approver = cls._user("quality_approver", "medical_base.group_medical_quality_approver")
        cls.auditor = cls._user("quality_auditor", "medical_base.group_medical_auditor")
        cls.existing = cls._lot("EXISTING", 10)
        cls.env["medical.scope"].create(
            {
                "feature_id": cls.env.ref("medical_quality.scope_feature_quality").id,
                "company_id": cls.company.id,
                "category_id": cls.devices.id,
                "valid_from": "2020-01-01",
            }
        ).action_activate()

    @classmethod
    def _user(cls, login, group):
        return new_test_user(cls.env, login, group, company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)])

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
                    "line_ids": [(0, 0, {"lot_id": lot.id}) for lot in lots],
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
        picking = (
            cls.env["stock.picking"]
            .with_user(user or cls.clerk)
            .create(
                {
                    "picking_type_id": kind.id,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "company_id": cls.company.id,
                    "partner_id": (cls.vendor if source == cls.suppliers else cls.hospital).id,
                    "move_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": product.id,
                                "product_uom_qty": quantity,
                                "product_uom": product.uom_id.id,
                                "location_id": source.id,
                                "location_dest_id": target.id,
                                "company_id": cls.company.id,
                            },
                        )
                    ],
                }
            )
        )
        picking.action_confirm()
        return picking

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
    def _sign(cls, records, user, method, reason=None, **arguments):
        """Call a signed action as a program does: proof of identity and reason in the context of the call."""
        context = {
            "signature_password": user.login + "x" * (8 - len(user.login)),
            **({"medical_reason": reason} if reason else {}),
        }
        return getattr(records.with_user(user).with_context(**context), method)(**arguments)

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
