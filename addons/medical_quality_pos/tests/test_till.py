from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

# The module, for its own tests would be found here as well.
from odoo.addons.point_of_sale.tests import test_frontend


@tagged("post_install", "-at_install")
class TestTill(test_frontend.TestPointOfSaleHttpCommon):
    """What quality has not released is not sold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.main_pos_config.company_id
        cls.stock = cls.main_pos_config.picking_type_id.default_location_src_id
        cls.category = cls.env["product.category"].create({"name": "Till Devices"})
        values = {"available_in_pos": True, "is_storable": True, "list_price": 10, "taxes_id": False}
        cls.stent, cls.pen = cls.env["product.product"].create(
            [
                {
                    "name": "Till Stent",
                    "tracking": "lot",
                    "categ_id": cls.category.id,
                    "use_expiration_date": True,
                    **values,
                },
                {"name": "Till Pen", **values},
            ]
        )
        cls.env["stock.quant"]._update_available_quantity(cls.pen, cls.stock, 10)
        cls.lots = {name: cls._lot(name) for name in ("TILL-FINE", "TILL-GOOD", "TILL-HELD", "TILL-OLD")}
        cls.lots["TILL-OLD"].expiration_date = "2020-01-01 12:00:00"
        cls.env["medical.scope"].create(
            {
                "feature_id": cls.env.ref("medical_quality.scope_feature_quality").id,
                "company_id": cls.company.id,
                "category_id": cls.category.id,
                "valid_from": "2020-01-01",
            }
        ).action_activate()
        cls.lots["TILL-NEW"] = cls.env["stock.lot"].create(
            {"name": "TILL-NEW", "product_id": cls.stent.id, "company_id": cls.company.id}
        )
        cls.env.user.group_ids |= cls.env.ref("medical_base.group_medical_quality_user")
        cls.hold = cls.env["medical.hold"].create(
            {
                "reason": "Seal may leak",
                "company_id": cls.company.id,
                "line_ids": [(0, 0, {"lot_id": cls.lots["TILL-HELD"].id})],
            }
        )
        cls.hold.action_set()

    @classmethod
    def _lot(cls, name):
        lot = cls.env["stock.lot"].create(
            {
                "name": name,
                "product_id": cls.stent.id,
                "company_id": cls.company.id,
                "expiration_date": "2040-01-01 12:00:00",
            }
        )
        cls.env["stock.quant"]._update_available_quantity(cls.stent, cls.stock, 5, lot_id=lot)
        return lot

    def _left(self, name):
        return sum(self.lots[name].quant_ids.filtered(lambda quant: quant.location_id == self.stock).mapped("quantity"))

    def _order(self, lines, **values):
        """An order as the till sends it; ``lines``: (product, lot name or None, quantity)."""
        total = sum(10 * quantity for _product, _name, quantity in lines)
        return {
            "uuid": f"{fields.Datetime.now()}-{len(self.env['pos.order'].search([]))}-{lines[0][1]}",
            "access_token": False,
            "session_id": self.main_pos_config.current_session_id.id,
            "company_id": self.company.id,
            "state": "paid",
            "amount_paid": total,
            "amount_return": 0,
            "amount_tax": 0,
            "amount_total": total,
            "to_invoice": False,
            "lines": [
                (
                    0,
                    0,
                    {
                        "product_id": product.id,
                        "qty": quantity,
                        "price_unit": 10,
                        "price_subtotal": 10 * quantity,
                        "price_subtotal_incl": 10 * quantity,
                        "pack_lot_ids": [(0, 0, {"lot_name": name})] if name else [],
                    },
                )
                for product, name, quantity in lines
            ],
            "payment_ids": [
                (
                    0,
                    0,
                    {"amount": total, "name": fields.Datetime.now(), "payment_method_id": self.bank_payment_method.id},
                )
            ],
            **values,
        }

    def _sync(self, *orders):
        return self.env["pos.order"].with_user(self.pos_user).sync_from_ui(list(orders))

    def test_orders_with_blocked_goods_are_refused_and_nothing_is_sold(self):
        self.main_pos_config.with_user(self.pos_user).open_ui()
        known = self.env["pos.order"].search([])
        for name, said in (
            ("TILL-HELD", f"TILL-HELD of Till Stent is on hold .{self.hold.name}: Seal may leak"),
            ("TILL-NEW", "TILL-NEW of Till Stent is in quarantine"),
            ("TILL-OLD", "TILL-OLD of Till Stent expired"),
            ("TYPED-HERE", "TYPED-HERE of Till Stent is"),
        ):
            with self.subTest(name), self.assertRaisesRegex(UserError, said), self.cr.savepoint():
                self._sync(self._order([(self.pen, None, 1), (self.stent, name, 1)]))
        self.assertEqual(self.env["pos.order"].search([]), known)
        self.assertEqual((self._left("TILL-HELD"), self._left("TILL-OLD")), (5, 5))
        self.assertFalse(self.env["stock.lot"].search([("name", "=", "TYPED-HERE")]))
        with self.assertRaisesRegex(UserError, "Till Stent is under control .* enter its lot"), self.cr.savepoint():
            self._sync(self._order([(self.stent, None, 1)]))
        self._sync(self._order([(self.pen, None, 1), (self.stent, "TILL-GOOD", 1)]))
        order = self.env["pos.order"].search([]) - known
        self.assertEqual((order.state, self._left("TILL-GOOD")), ("paid", 4))

    def test_tills_that_move_stock_at_closing_move_these_at_once_and_once(self):
        self.company.point_of_sale_update_stock_quantities = "closing"
        self.main_pos_config.with_user(self.pos_user).open_ui()
        session = self.main_pos_config.current_session_id
        self.assertTrue(session.update_stock_at_closing)
        with self.assertRaisesRegex(UserError, "TILL-HELD of Till Stent is on hold"), self.cr.savepoint():
            self._sync(self._order([(self.stent, "TILL-HELD", 1)]))
        self._sync(self._order([(self.stent, "TILL-GOOD", 2)]), self._order([(self.pen, None, 1)]))
        self.assertEqual((self._left("TILL-GOOD"), self.pen.qty_available), (3, 10))
        session.post_closing_cash_details(0)
        session.close_session_from_ui()
        self.assertEqual((session.state, self._left("TILL-GOOD"), self.pen.qty_available), ("closed", 3, 9))

    def test_what_is_shipped_later_is_checked_when_it_is_sold(self):
        self.main_pos_config.with_user(self.pos_user).open_ui()
        order = self._order(
            [(self.stent, "TILL-HELD", 1)],
            shipping_date=fields.Date.to_string(fields.Date.today()),
            partner_id=self.env["res.partner"].create({"name": "Ward"}).id,
        )
        with self.assertRaisesRegex(UserError, "TILL-HELD of Till Stent is on hold"), self.cr.savepoint():
            self._sync(order)

    def test_numbers_are_offered_and_refused_when_they_are_entered(self):
        lines = self.env["pos.order.line"].with_user(self.pos_user)
        offered = lines.get_existing_lots(self.company.id, self.main_pos_config.id, self.stent.id)
        self.assertEqual({lot["name"]: lot["product_qty"] for lot in offered}, {"TILL-GOOD": 5, "TILL-FINE": 5})
        said = lines.medical_lot_refusals(
            self.main_pos_config.id,
            [(self.stent.id, "TILL-HELD"), (self.stent.id, "TILL-GOOD"), (self.stent.id, False), (self.pen.id, False)],
        )
        self.assertEqual(len(said), 2)
        self.assertRegex("\n".join(said), "TILL-HELD of Till Stent is on hold")
        self.assertRegex("\n".join(said), "say which released lot")

    def test_tills_know_which_products_need_the_server(self):
        config = self.main_pos_config
        rows = self.env["product.product"].with_user(self.pos_user)._load_pos_data_read(self.stent | self.pen, config)
        self.assertEqual([row["_medical_controlled"] for row in rows], [True, False])
        before = config.last_data_change
        self.env["medical.scope"].search([("company_id", "=", self.company.id), ("state", "=", "active")]).action_end()
        self.assertGreaterEqual(config.last_data_change, before)
        rows = self.env["product.product"]._load_pos_data_read(self.stent, config)
        self.assertFalse(rows[0]["_medical_controlled"])

    def test_till_tour(self):
        self.main_pos_config.with_user(self.pos_user).open_ui()
        self.start_pos_tour("medical_quality_pos")
        order = self.env["pos.order"].search([("lines.product_id", "=", self.stent.id)])
        self.assertEqual((len(order), order.state, order.lines.pack_lot_ids.lot_name), (1, "paid", "TILL-GOOD"))
        self.assertEqual(self._left("TILL-GOOD"), 4)
