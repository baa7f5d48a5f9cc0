from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MedicalUdiMrpCase


@tagged("post_install", "-at_install")
class TestProduction(MedicalUdiMrpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._switch_on()

    def _component(self, order, product):
        return order.move_raw_ids.filtered(lambda move: move.product_id == product)

    def _done_by_every_door(self, order, message):
        doors = {
            "button": lambda: order.with_context(skip_expired=True, skip_consumption=True).button_mark_done(),
            "inventory": order._post_inventory,
            "move": order.move_raw_ids._action_done,
            "line": order.move_raw_ids.move_line_ids._action_done,
        }
        for name, door in doors.items():
            with self.subTest(name), self.assertRaisesRegex(UserError, message), self.cr.savepoint():
                door()
        self.assertNotEqual(order.state, "done")

    def test_a_finished_lot_knows_what_it_is(self):
        order = self._produce(self._order())
        order.with_user(self.maker).button_mark_done()
        lot = order.lot_producing_ids
        self.assertEqual((order.state, lot.udi_di_id, lot.production_date), ("done", self.set_di, fields.Date.today()))
        self.assertTrue(lot.expiration_date)
        self.assertIn("(01)" + self.set_di.code, lot.udi_text)
        made = order.move_finished_ids.move_line_ids
        self.assertEqual(made.consume_line_ids.lot_id, self.serial | self.lot)

    def test_generated_lots_take_the_di_of_the_order(self):
        other = self._di(self.set, 401234500044)
        order = self._order()
        order.action_generate_serial()
        self.assertFalse(order.lot_producing_ids.udi_di_id)
        self._produce(order)
        with self.assertRaisesRegex(UserError, "device identifier is not known"), self.cr.savepoint():
            order.button_mark_done()
        order.udi_di_id = other
        order.button_mark_done()
        self.assertEqual(order.lot_producing_ids.udi_di_id, other)
        order = self._order(udi_di_id=other.id)
        order.action_generate_serial()
        self.assertEqual(order.lot_producing_ids.udi_di_id, other)

    def test_a_discontinued_di_is_not_made_any_more(self):
        order = self._order()
        order.action_generate_serial()
        self.set_di.action_discontinue()
        self._produce(order)
        self._done_by_every_door_of_finished(order, "is discontinued")

    def _done_by_every_door_of_finished(self, order, message):
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            order.button_mark_done()
        with self.assertRaisesRegex(UserError, message), self.cr.savepoint():
            order._post_inventory()

    def test_expired_components_are_refused(self):
        self._stock(self.gloves, "OLD", 20, self.gloves_di, expiration_date="2020-01-01 12:00:00")
        order = self._produce(self._order())
        self._component(order, self.gloves).move_line_ids.lot_id = self.env["stock.lot"].search([("name", "=", "OLD")])
        self._done_by_every_door(order, "OLD of Gloves expired on 2020-01-01 and must not go into")

    def test_expired_lots_are_delivered_here_as_little_as_without_manufacturing(self):
        old = self._stock(self.gloves, "OLD", 20, self.gloves_di, expiration_date="2020-01-01 12:00:00")
        picking = self._picking("out", [(self.gloves, 2)])
        picking.move_ids.move_line_ids.unlink()
        self.env["stock.move.line"].create(
            {
                "picking_id": picking.id,
                "move_id": picking.move_ids.id,
                "product_id": self.gloves.id,
                "lot_id": old.id,
                "quantity": 2,
                "picked": True,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )
        with self.assertRaisesRegex(UserError, "OLD has expired"), self.cr.savepoint():
            picking._action_done()
        self.assertEqual(old.product_qty, 20)

    def test_components_that_are_not_on_the_bill_are_refused(self):
        order = self._order()
        needle = self._product("Needle", tracking="lot", udi_control="never")
        lot = self._stock(needle, "N1", 5)
        self.env["stock.move"].create(
            {
                "raw_material_production_id": order.id,
                "product_id": needle.id,
                "product_uom_qty": 1,
                "location_id": order.location_src_id.id,
                "location_dest_id": order.production_location_id.id,
                "company_id": self.company.id,
                "bom_line_id": self.bom.bom_line_ids[0].id,
                "unit_factor": 1,
            }
        )._action_confirm()
        order.action_assign()
        self._produce(order)
        self._component(order, needle).write({"lot_ids": lot.ids, "quantity": 1, "picked": True})
        self._done_by_every_door(order, "Needle is not on .*Stent Set.*, by which")
        self.bom.bom_line_ids = [(0, 0, {"product_id": needle.id, "product_qty": 1})]
        order.with_context(skip_consumption=True).button_mark_done()
        self.assertEqual(order.state, "done")

    def test_a_bill_that_is_taken_off_frees_no_component(self):
        needle = self._product("Needle", udi_control="never")
        self.env["stock.quant"]._update_available_quantity(needle, self.warehouse.lot_stock_id, 5)
        other = self.env["mrp.bom"].create(
            {
                "product_tmpl_id": self._product("Kit").product_tmpl_id.id,
                "bom_line_ids": [(0, 0, {"product_id": needle.id})],
            }
        )

        def draft_first(order):
            order.state = "draft"
            order.bom_id = False

        ways = {
            "taken off": lambda order: order.write({"bom_id": False}),
            "bill of another product": lambda order: order.write({"bom_id": other.id}),
            "draft again": draft_first,
            "deleted": lambda order: order.bom_id.with_context(_force_unlink=True).unlink(),
        }
        for name, take_off in ways.items():
            with self.subTest(name), self.cr.savepoint() as savepoint:
                order = self._order()
                take_off(order)
                order.move_raw_ids = [
                    (0, 0, {"product_id": needle.id, "product_uom_qty": 1, "location_id": order.location_src_id.id})
                ]
                order.action_confirm()
                order.action_assign()
                self._produce(order)
                self._done_by_every_door(order, "has none any more, so .* must not be issued|Gloves is not on Kit")
                savepoint.rollback()
        with self.assertRaisesRegex(AccessError, "cannot be set directly"), self.cr.savepoint():
            self._order().udi_by_bom = False

    def test_an_order_without_a_bill_stays_free(self):
        order = self.env["mrp.production"].create({"product_id": self.pen.id, "product_qty": 1, "bom_id": False})
        order.move_raw_ids = [(0, 0, {"product_id": self.gloves.id, "product_uom_qty": 2})]
        order.action_confirm()
        order.action_assign()
        order.qty_producing = 1
        order.move_raw_ids.picked = True
        order.button_mark_done()
        self.assertEqual((order.state, self.lot.product_qty), ("done", 18))

    def test_another_product_on_a_line_is_refused(self):
        order = self._produce(self._order())
        needle = self._product("Needle", udi_control="never")
        self.env["stock.quant"]._update_available_quantity(needle, self.warehouse.lot_stock_id, 5)
        line = self.env["stock.move.line"].create(
            {
                "move_id": self._component(order, self.pen).id,
                "product_id": needle.id,
                "quantity": 1,
                "picked": True,
                "location_id": order.location_src_id.id,
                "location_dest_id": order.production_location_id.id,
            }
        )
        self.assertEqual(line.product_id, needle)
        self._done_by_every_door(order, "Needle was put on the line of Pen")

    def test_done_orders_cannot_be_changed_around_it(self):
        order = self._produce(self._order())
        order.button_mark_done()
        old = self._stock(self.gloves, "OLD", 20, self.gloves_di, expiration_date="2020-01-01 12:00:00")
        move = self._component(order, self.gloves)
        with self.assertRaisesRegex(UserError, "expired"), self.cr.savepoint():
            move.move_line_ids.lot_id = old
        with self.assertRaisesRegex(UserError, "expired"), self.cr.savepoint():
            move.move_line_ids.copy({"lot_id": old.id, "quantity": 1})

    def test_nothing_is_made_without_a_component(self):
        order = self._produce(self._order())
        self._component(order, self.gloves).picked = False
        with self.assertRaisesRegex(UserError, "nothing of Gloves was issued"), self.cr.savepoint():
            order.with_context(skip_consumption=True).button_mark_done()
        with self.assertRaisesRegex(UserError, "nothing of Gloves was issued"), self.cr.savepoint():
            order._post_inventory()
        self.assertEqual(self.lot.product_qty, 20)

    def test_kits_are_resolved(self):
        kit = self._product("Pen and Gloves")
        self.env["mrp.bom"].create(
            {
                "product_tmpl_id": kit.product_tmpl_id.id,
                "type": "phantom",
                "company_id": self.company.id,
                "bom_line_ids": [
                    (0, 0, {"product_id": self.gloves.id, "product_qty": 2}),
                    (0, 0, {"product_id": self.pen.id}),
                ],
            }
        )
        self.bom.bom_line_ids.filtered(lambda line: line.product_id in (self.gloves | self.pen)).unlink()
        self.bom.bom_line_ids = [(0, 0, {"product_id": kit.id, "product_qty": 1})]
        order = self._produce(self._order())
        order.button_mark_done()
        self.assertEqual((order.state, self.lot.product_qty), ("done", 18))

    def test_other_products_are_left_alone(self):
        """Without a scope nothing is asked: neither of the device nor of its components."""
        self.set.udi_control = self.stent.udi_control = self.gloves.udi_control = "never"
        self.serial.udi_di_id = False
        order = self._order()
        needle = self._product("Needle", udi_control="never")
        self.env["stock.quant"]._update_available_quantity(needle, self.warehouse.lot_stock_id, 5)
        self.env["stock.move"].create(
            {
                "raw_material_production_id": order.id,
                "product_id": needle.id,
                "product_uom_qty": 1,
                "location_id": order.location_src_id.id,
                "location_dest_id": order.production_location_id.id,
                "company_id": self.company.id,
            }
        )._action_confirm()
        order.action_assign()
        self._produce(order)
        order.with_context(skip_consumption=True).button_mark_done()
        self.assertEqual(order.state, "done")

    def test_a_controlled_component_of_another_product(self):
        """The device is not controlled, its stent is."""
        self.set.udi_control = "never"
        order = self._produce(self._order())
        expired = self._stock(self.stent, "S0", 1, self.stent_di, expiration_date="2020-01-01 12:00:00")
        self._component(order, self.stent).move_line_ids.lot_id = expired
        with self.assertRaisesRegex(UserError, "S0 of Stent expired"):
            order.with_context(skip_expired=True).button_mark_done()

    def test_labels_of_what_is_made(self):
        order = self._order(3)
        with self.assertRaisesRegex(UserError, "has no lot or serial number yet"):
            order.with_user(self.maker).action_print_udi_labels()
        order.action_generate_serial()
        action = order.with_user(self.maker).action_print_udi_labels()
        line = self.env["medical.udi.label"].browse(action["res_id"]).line_ids
        self.assertEqual((line.lot_id, line.copies), (order.lot_producing_ids, 3))

    def test_trace_of_an_order(self):
        order = self._order()
        self.assertEqual(order._medical_trace_lots(), self.serial | self.lot)
        self._produce(order).button_mark_done()
        self.assertEqual(order._medical_trace_lots(), order.lot_producing_ids)
        found = order.lot_producing_ids.with_user(self.clerk).medical_trace("backward")
        self.assertEqual({row["lot"] for row in found["rows"]}, {"SET1", "S1", "L1"})
        found = self.serial.with_user(self.clerk).medical_trace("forward")
        self.assertEqual({row["lot"] for row in found["rows"]}, {"SET1", "S1"})
        action = order.with_user(self.maker).action_medical_trace()
        self.assertEqual((action["type"], action["params"]["ids"]), ("ir.actions.client", order.ids))

    def test_units_of_bills(self):
        kilo = self.env.ref("uom.product_uom_kgm")
        line = self.bom.bom_line_ids[0]
        line.product_uom_id = kilo
        self.bom.product_uom_id = kilo
        kinds = (
            self.env["medical.unit.problem"]
            .search([("product_tmpl_id", "in", (self.set | self.stent).product_tmpl_id.ids)])
            .mapped("kind")
        )
        self.assertEqual(sorted(kinds), ["bom", "component"])
        line.product_uom_id = self.bom.product_uom_id = self.unit
        self.company.medical_refuse_units = True
        with self.assertRaisesRegex(ValidationError, "to which kg cannot be converted"), self.cr.savepoint():
            line.product_uom_id = kilo
        with self.assertRaisesRegex(ValidationError, "to which kg cannot be converted"), self.cr.savepoint():
            self.bom.product_uom_id = kilo
