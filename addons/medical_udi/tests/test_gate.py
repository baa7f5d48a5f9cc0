from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalUdiCase, gtin


@tagged("post_install", "-at_install")
class TestGate(MedicalUdiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A second DI: which one a box has is not obvious any more.
        cls.second_di = cls._di(cls.gloves, 401234500077)
        cls._switch_on()

    def _receipt(self, product=None, quantity=5, **line):
        picking = self._picking("in", [(product or self.gloves, quantity)])
        picking.move_ids.move_line_ids.write({"quantity": quantity, "picked": True, **line})
        return picking

    def test_a_receipt_needs_a_di(self):
        picking = self._receipt(lot_name="L1")
        with self.assertRaisesRegex(UserError, "device identifier is not known"):
            picking._action_done()
        self.assertNotEqual(picking.state, "done")
        self.assertFalse(self.env["stock.lot"].search([("name", "=", "L1")]))
        picking.move_ids.move_line_ids.udi_di_id = self.gloves_box_di
        picking._action_done()
        lot = self.env["stock.lot"].search([("name", "=", "L1")])
        self.assertEqual((picking.state, lot.udi_di_id), ("done", self.gloves_di))

    def test_a_receipt_needs_a_lot(self):
        with self.assertRaisesRegex(UserError, "lot or serial number"):
            self._receipt(udi_di_id=self.gloves_di.id)._action_done()

    def test_untracked_products_cannot_be_controlled(self):
        screw = self._product("Screw", tracking="none")
        with self.assertRaisesRegex(UserError, "is not tracked"):
            self._receipt(screw)._action_done()

    def test_a_mix_up_of_devices_is_refused(self):
        lot = self._stock(self.gloves, "L1", 0, self.gloves_di)
        picking = self._receipt(lot_id=lot.id, udi_di_id=self.second_di.id)
        with self.assertRaisesRegex(UserError, "it is another device"):
            picking._action_done()

    def test_one_di_needs_no_scan(self):
        picking = self._receipt(self.stent, 1, lot_name="S1")
        picking._action_done()
        self.assertEqual(self.env["stock.lot"].search([("name", "=", "S1")]).udi_di_id, self.stent_di)
        old = self._stock(self.stent, "S0", 1)
        delivery = self._picking("out", [(self.stent, 1)])
        delivery.move_ids.picked = True
        delivery.move_ids.move_line_ids.lot_id = old
        delivery._action_done()
        self.assertEqual((delivery.state, old.udi_di_id), ("done", self.stent_di))

    def test_every_way_to_do_a_move(self):
        lot = self._stock(self.gloves, "OLD", 20)
        doors = {
            "validate": lambda picking: picking.button_validate(),
            "picking": lambda picking: picking._action_done(),
            "move": lambda picking: picking.move_ids._action_done(),
            "line": lambda picking: picking.move_line_ids._action_done(),
        }
        for name, door in doors.items():
            with self.subTest(name):
                picking = self._picking("out", [(self.gloves, 2)])
                picking.move_ids.picked = True
                self.assertEqual(picking.move_line_ids.lot_id, lot)
                with self.assertRaisesRegex(UserError, "OLD"), self.cr.savepoint():
                    door(picking)
        self.assertEqual(lot.product_qty, 20)

    def test_done_transfers_cannot_be_changed_around_it(self):
        known = self._stock(self.gloves, "KNOWN", 10, self.gloves_di)
        unknown = self._stock(self.gloves, "UNKNOWN", 10)
        picking = self._picking("out", [(self.gloves, 2)])
        picking.move_line_ids.lot_id = known
        picking.move_ids.picked = True
        picking._action_done()
        with self.assertRaisesRegex(UserError, "UNKNOWN"), self.cr.savepoint():
            picking.move_line_ids.lot_id = unknown
        with self.assertRaisesRegex(UserError, "UNKNOWN"), self.cr.savepoint():
            picking.move_line_ids.copy({"lot_id": unknown.id, "quantity": 1})
        with self.assertRaisesRegex(UserError, "UNKNOWN"), self.cr.savepoint():
            self.env["stock.move.line"].create(
                {
                    "picking_id": picking.id,
                    "move_id": picking.move_ids.id,
                    "product_id": self.gloves.id,
                    "quantity": 1,
                    "lot_id": unknown.id,
                    "location_id": picking.location_id.id,
                    "location_dest_id": picking.location_dest_id.id,
                }
            )

    def test_counts_find_and_lose(self):
        unknown = self.env["stock.lot"].create(
            {"name": "FOUND", "product_id": self.gloves.id, "company_id": self.company.id}
        )
        quant = (
            self.env["stock.quant"]
            .with_context(inventory_mode=True)
            .create(
                {
                    "product_id": self.gloves.id,
                    "lot_id": unknown.id,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "inventory_quantity": 3,
                }
            )
        )
        with self.assertRaisesRegex(UserError, "FOUND"), self.cr.savepoint():
            quant.action_apply_inventory()
        lost = self._stock(self.gloves, "LOST", 3)
        quant = lost.quant_ids.filtered(lambda quant: quant.location_id.usage == "internal")
        quant.with_context(inventory_mode=True).inventory_quantity = 0
        quant.action_apply_inventory()
        self.assertFalse(lost.product_qty)

    def test_other_products_and_scopes_are_left_alone(self):
        self._receipt(self.pen, lot_name=False)._action_done()
        free = self._product("Free", tracking="lot", udi_control="never")
        self._receipt(free, lot_name="F1")._action_done()
        outside = self._product(
            "Outside", tracking="lot", categ_id=self.env["product.category"].create({"name": "Outside"}).id
        )
        self._receipt(outside, lot_name="O1")
        always = self._product("Always", tracking="lot", udi_control="always")
        with self.assertRaises(UserError):
            self._receipt(always, lot_name="A1")._action_done()

    def test_uncontrolled_lines_cost_nothing(self):
        """The gate asks for the scopes once, however many lines there are."""

        def queries(count):
            products = [self._product(f"Pen {count}-{number}", udi_control="never") for number in range(count)]
            lines = self._picking("in", [(product, 1) for product in products]).move_line_ids
            self.assertEqual(len(lines), count)
            self.env.flush_all()
            self.env.invalidate_all()
            lines = lines.browse(lines.ids)
            before = self.cr.sql_log_count
            lines._udi_gate()
            return self.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(2), queries(30))

    def test_a_second_di_does_not_change_known_lots(self):
        lot = self._stock(self.gloves, "L9", 5, self.second_di)
        self._di(self.gloves, int(gtin(55)[:-1]) + 1)
        picking = self._picking("out", [(self.gloves, 5)])
        picking.move_ids.picked = True
        picking._action_done()
        self.assertEqual((picking.state, lot.udi_di_id), ("done", self.second_di))

    # What must not go out

    def _good_for(self, name, days, quantity=10, **values):
        """Stock of a lot that is good for so many days from today."""
        day = fields.Date.today() + timedelta(days=days)
        return self._stock(self.gloves, name, quantity, self.gloves_di, expiration_date=f"{day} 12:00:00", **values)

    def _delivery_of(self, lot, quantity=2, partner=None):
        """A delivery with the lot on it by hand, whatever reservation thinks."""
        picking = self._picking("out", [(lot.product_id, quantity)], partner)
        picking.move_line_ids.unlink()
        self.env["stock.move.line"].create(
            {
                "picking_id": picking.id,
                "move_id": picking.move_ids.id,
                "product_id": lot.product_id.id,
                "lot_id": lot.id,
                "quantity": quantity,
                "picked": True,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )
        return picking

    def _doors(self):
        return {
            # Core asks about expired lots first; this is what its 'Yes' does.
            "validate": lambda picking: picking.with_context(skip_expired=True).button_validate(),
            "picking": lambda picking: picking._action_done(),
            "move": lambda picking: picking.move_ids._action_done(),
            "line": lambda picking: picking.move_line_ids._action_done(),
        }

    def test_expired_lots_are_not_delivered(self):
        lot = self._good_for("OLD", -1)
        for name, door in self._doors().items():
            with self.subTest(name), self.assertRaisesRegex(UserError, "OLD has expired"), self.cr.savepoint():
                door(self._delivery_of(lot))
        self.assertEqual(lot.product_qty, 10)
        last_day = self._good_for("TODAY", 0)
        self._delivery_of(last_day)._action_done()
        self.assertEqual(last_day.product_qty, 8, "the last good day is a good one")

    def test_expired_lots_may_be_scrapped_returned_and_moved(self):
        lot = self._good_for("OLD", -1)
        for usage in ("inventory", "supplier", "internal"):
            with self.subTest(usage):
                picking = self._delivery_of(lot)
                place = self.env["stock.location"].create(
                    {"name": usage, "usage": usage, "company_id": self.company.id}
                )
                picking.move_ids.write({"location_dest_id": place.id})
                picking.move_line_ids.write({"location_dest_id": place.id})
                picking.move_ids._action_done()
                self.assertEqual(picking.move_ids.state, "done")

    def test_a_past_delivery_is_judged_as_of_then(self):
        lot = self._good_for("L1", 5)
        picking = self._delivery_of(lot)
        picking._action_done()
        with self.assertRaisesRegex(UserError, "expired"), self.cr.savepoint():
            picking.move_line_ids.date = fields.Datetime.now() + timedelta(days=10)
            picking.move_line_ids.quantity = 3
        picking.move_line_ids.quantity = 3
        self.assertEqual(lot.product_qty, 7)

    def test_what_the_market_does_not_know_is_not_delivered(self):
        lot = self._good_for("L1", 400)
        clinic = self.env["res.partner"].create({"name": "Clinic", "country_id": self.env.ref("base.de").id})
        unknown = self.env["res.partner"].create({"name": "Somebody"})
        for name, door in self._doors().items():
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, "not registered for Germany"),
                self.cr.savepoint(),
            ):
                door(self._delivery_of(lot, partner=clinic))
        with self.assertRaisesRegex(UserError, "not registered for Germany"), self.cr.savepoint():
            self._delivery_of(lot, partner=unknown)._action_done()  # without an address it goes where the company is
        self._delivery_of(lot)._action_done()
        self.assertEqual(lot.product_qty, 8, "Switzerland is no market that asks for it")
        registration = self.env["medical.udi.registration"].create(
            {
                "di_id": self.gloves_di.id,
                "market_id": self.env.ref("medical_udi.market_eu").id,
                "number": "1",
                "valid_to": fields.Date.today(),
            }
        )
        self.env.user.group_ids |= self.env.ref("medical_base.group_medical_regulatory")
        registration.action_register()
        self._delivery_of(lot, partner=clinic)._action_done()
        self.assertEqual(lot.product_qty, 6)
        registration.valid_to = registration.valid_from = fields.Date.today() - timedelta(days=1)
        with self.assertRaisesRegex(UserError, "not registered for Germany"), self.cr.savepoint():
            self._delivery_of(lot, partner=clinic)._action_done()

    def _sites(self):
        """The stock of a site in Switzerland beside the one in Germany, and one more in Germany."""
        swiss = self.env["res.partner"].create({"name": "Basel", "country_id": self.env.ref("base.ch").id})
        german = self.env["res.partner"].create({"name": "Ulm", "country_id": self.env.ref("base.de").id})
        return [
            self.env["stock.warehouse"]
            .create({"name": partner.name, "code": code, "partner_id": partner.id, "company_id": self.company.id})
            .lot_stock_id
            for partner, code in ((swiss, "BSL"), (german, "ULM"))
        ]

    def _sent(self, lot, source, target, **move):
        """A transfer of two of the lot between places of ours."""
        picking = self._transfer(self.warehouse.int_type_id, source, target, [(lot.product_id, 2)])
        picking.move_ids.write(move)
        picking.move_ids.move_line_ids.unlink()
        self.env["stock.move.line"].create(
            {
                "picking_id": picking.id,
                "move_id": picking.move_ids.id,
                "product_id": lot.product_id.id,
                "lot_id": lot.id,
                "quantity": 2,
                "picked": True,
                "location_id": source.id,
                "location_dest_id": target.id,
            }
        )
        return picking

    def _register(self):
        registration = self.env["medical.udi.registration"].create(
            {"di_id": self.gloves_di.id, "market_id": self.env.ref("medical_udi.market_eu").id, "number": "1"}
        )
        self.env.user.group_ids |= self.env.ref("medical_base.group_medical_regulatory")
        registration.action_register()

    def test_what_a_country_does_not_know_is_not_sent_to_a_site_there(self):
        basel, ulm = self._sites()
        lot = self._stock(self.gloves, "L1", 0, self.gloves_di, expiration_date="2040-01-01 12:00:00")
        self.env["stock.quant"]._update_available_quantity(self.gloves, basel, 10, lot_id=lot)
        stock = self.warehouse.lot_stock_id
        for name, door in self._doors().items():
            with self.subTest(name), self.assertRaisesRegex(UserError, "for Germany"), self.cr.savepoint():
                door(self._sent(lot, basel, stock))
        road = self.company.internal_transit_location_id
        road.active = True
        on_its_way = self._sent(lot, basel, road, location_final_id=ulm.id)
        with self.assertRaisesRegex(UserError, "not registered for Germany"), self.cr.savepoint():
            on_its_way._action_done()
        between = self.env["stock.location"].create({"name": "Between", "usage": "transit", "company_id": False})
        affiliate = self.env["res.partner"].create({"name": "Affiliate", "country_id": self.env.ref("base.de").id})
        with self.assertRaisesRegex(UserError, "not registered for Germany"), self.cr.savepoint():
            self._sent(lot, basel, between, partner_id=affiliate.id)._action_done()
        blind = self._sent(lot, basel, road)
        blind._action_done()
        with self.assertRaisesRegex(UserError, "not registered for Germany"), self.cr.savepoint():
            self._sent(lot, road, ulm, move_orig_ids=[(4, blind.move_ids.id)])._action_done()
        self._sent(lot, road, basel, move_orig_ids=[(4, blind.move_ids.id)])._action_done()
        self.assertEqual(lot.quant_ids.filtered("quantity").location_id, basel, "it may come home")
        self._register()
        self._sent(lot, basel, stock)._action_done()
        self._sent(lot, stock, ulm)._action_done()
        self.assertEqual(lot.quant_ids.filtered(lambda quant: quant.location_id == ulm).quantity, 2)

    def test_within_a_country_and_to_one_that_asks_for_nothing_goods_are_sent_freely(self):
        basel, ulm = self._sites()
        lot = self._good_for("L1", 400)
        for target in (ulm, basel):
            with self.subTest(target.display_name):
                self._sent(lot, self.warehouse.lot_stock_id, target)._action_done()

    # Which lot goes out

    def test_reservation_meets_the_minimum_of_the_customer(self):
        for name, days in (("LONG", 300), ("OLD", -2), ("SHORT", 70), ("MIDDLE", 120)):
            self._good_for(name, days)

        def reserved(quantity, partner=None):
            lines = self._picking("out", [(self.gloves, quantity)], partner).move_line_ids
            found = {line.lot_id.name: line.quantity for line in lines}
            lines.picking_id.action_cancel()
            return found

        self.assertEqual(reserved(12), {"SHORT": 10, "MIDDLE": 2}, "first expired, first out, and nothing expired")
        self.category.medical_min_remaining_days = 90
        self.assertEqual(reserved(12), {"MIDDLE": 10, "LONG": 2})
        self.hospital.medical_min_remaining_days = 65
        self.assertEqual(reserved(5), {"SHORT": 5}, "the customer's own minimum counts before the category's")
        ward = self.env["res.partner"].create({"name": "Ward", "parent_id": self.hospital.id})
        self.hospital.medical_min_remaining_days = 200
        self.assertEqual(reserved(12, ward), {"LONG": 10}, "a contact has the minimum of its company")

    def test_a_lot_of_too_short_a_life_is_not_delivered(self):
        self.hospital.medical_min_remaining_days = 50
        short = self._good_for("SHORT", 49)
        with self.assertRaisesRegex(UserError, "asks for 50 days"), self.cr.savepoint():
            self._delivery_of(short)._action_done()
        answer = (
            self._picking("out", [(self.gloves, 1)])
            .with_user(self.clerk)
            .medical_scan(self._label(self.gloves_di, lot="SHORT", expiry=f"{short._udi_expiry():%y%m%d}"))
        )
        self.assertEqual((answer["status"], answer["code"]), ("refused", "short_life"))
        self._delivery_of(self._good_for("JUST", 50))._action_done()

    def test_a_strategy_that_was_chosen_stays(self):
        self._good_for("LONG", 300)
        self._good_for("SHORT", 80)
        Quant = self.env["stock.quant"]
        self.assertEqual(Quant._get_removal_strategy(self.gloves, self.warehouse.lot_stock_id), "fefo")
        self.assertEqual(
            Quant._get_removal_strategy(self.stent, self.warehouse.lot_stock_id), "fifo", "it does not expire"
        )
        self.warehouse.view_location_id.removal_strategy_id = self.env.ref("stock.removal_fifo")
        self.assertEqual(Quant._get_removal_strategy(self.gloves, self.warehouse.lot_stock_id), "fifo")
        self.assertEqual(self._picking("out", [(self.gloves, 1)]).move_line_ids.lot_id.name, "LONG")

    def test_what_was_scanned_is_not_entered_by_hand(self):
        line = self._receipt(lot_name="L1").move_ids.move_line_ids
        for user in (self.clerk, self.approver):
            with self.assertRaisesRegex(AccessError, "scan the boxes"), self.cr.savepoint():
                line.with_user(user).write({"udi_scanned_quantity": 5})
            with self.assertRaisesRegex(AccessError, "scan the boxes"), self.cr.savepoint():
                self.env["stock.move.line"].with_user(user).create(
                    {"move_id": line.move_id.id, "product_id": self.gloves.id, "quantity": 1, "udi_scanned_quantity": 1}
                )
