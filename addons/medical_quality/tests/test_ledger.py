"""Kinds of ways by which goods got free that nobody had released: each stays shut, and the ledger adds up after each."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import MedicalQualityCase


class LedgerCase(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.losses = cls.stent.with_company(cls.company).property_stock_inventory
        cls.lot = cls._lot("L1", 10, state="released")

    def setUp(self):
        super().setUp()
        self.addCleanup(self._check_sums)

    def _check_sums(self):
        """What the ledger says is there is there, and its entries add up to it."""
        self.env.flush_all()
        self.env.invalidate_all()
        for row in self.env["medical.lot.ledger"].sudo().search([]):
            entries = (
                self.env["medical.lot.entry"]
                .sudo()
                .search([("lot_id", "=", row.lot_id.id), ("company_id", "=", row.company_id.id)])
            )
            arrivals = entries.filtered(lambda entry: entry.kind == "arrival")
            departures = entries - arrivals
            there = (
                self.env["stock.quant"]
                .sudo()
                .search(
                    [
                        ("lot_id", "=", row.lot_id.id),
                        ("location_id.company_id", "=", row.company_id.id),
                        ("location_id.usage", "in", ("internal", "transit")),
                    ]
                )
            )
            name = f"{row.lot_id.name} in {row.company_id.name}"
            self.assertAlmostEqual(row.arrived - row.used - row.gone, sum(there.mapped("quantity")), msg=name)
            self.assertAlmostEqual(row.arrived, sum(arrivals.mapped("quantity")), msg=name)
            self.assertAlmostEqual(row.released, sum(arrivals.mapped("released")), msg=name)
            self.assertAlmostEqual(row.waiting, sum(arrivals.mapped("waiting")), msg=name)
            self.assertAlmostEqual(row.used, sum(departures.mapped("charged")), msg=name)
            self.assertAlmostEqual(row.gone, sum(departures.mapped("gone")), msg=name)
            self.assertAlmostEqual(row.gone, sum(arrivals.mapped("gone")), msg=name)
            self.assertGreaterEqual(row.free, 0, name)

    def _free(self, lot, company=None):
        lot.env.flush_all()
        row = (
            self.env["medical.lot.ledger"]
            .sudo()
            .search([("lot_id", "=", lot.id), ("company_id", "=", (company or self.company).id)])
        )
        row.invalidate_recordset()
        return row.free

    def _done(self, source, target, lot, quantity=1.0, user=None, name=None, kind=None):
        """A transfer that is done."""
        picking = self._move(source, target, lot, quantity, user=user, kind=kind)
        self._line(picking, lot, quantity, **({"lot_name": name} if name else {}))
        self._validate(picking)
        self.assertEqual(picking.state, "done")
        return picking

    def _receive(self, lot, quantity, **values):
        return self._done(self.suppliers, self.stock, lot, quantity, **values)

    def _deliver(self, lot, quantity=1.0, **values):
        return self._done(self.stock, self.customers, lot, quantity, **values)

    def _not_free(self, lot, quantity=1.0, message="ask quality|Choose another lot"):
        """So much of the lot is not delivered, from wherever."""
        for place in (self.stock, self.shelf):
            with self.assertRaisesRegex(UserError, message), self.cr.savepoint(), mute_logger("odoo.sql_db"):
                self._done(place, self.customers, lot, quantity)
        self.env.invalidate_all()

    def _release(self, lot, user=None):
        lot.with_user(user or self.approver)._quality_decide("released", "ok")

    def _part_on_hold(self, lot, quantity, source=None):
        line = {"lot_id": lot.id, "quantity": quantity, "source_location_id": (source or self.stock).id}
        return self._hold([], line_ids=[(0, 0, line)])

    def _scrap(self, lot, quantity, location=None, user=None):
        scrap = (
            self.env["stock.scrap"]
            .with_user(user or self.clerk)
            .create(
                {
                    "product_id": lot.product_id.id,
                    "lot_id": lot.id,
                    "scrap_qty": quantity,
                    "location_id": (location or self.stock).id,
                    "company_id": self.company.id,
                }
            )
        )
        scrap.action_validate()
        return scrap


@tagged("post_install", "-at_install")
class TestLedger(LedgerCase):
    # 1. What a number was when it was made says nothing about goods

    def test_another_company_first_in_the_switcher(self):
        other = self.env["res.company"].create({"name": "Without Control"})
        users = self.clerk | self.approver
        users.company_ids |= other
        picking = self._move(self.suppliers, self.stock, None, 5)
        self._line(picking, None, 5, lot_name="SWITCHED")
        self._validate(picking.with_context(allowed_company_ids=(other | self.company).ids))
        lot = self.env["stock.lot"].search([("name", "=", "SWITCHED")])
        self.assertEqual((lot.quality_state, self._free(lot)), ("quarantine", 0))
        self._not_free(lot)

    def test_a_branch(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.user.company_ids |= branch
        self.approver.company_ids |= branch
        self.env["medical.scope"].create(
            {
                "feature_id": self.env.ref("medical_quality.scope_feature_quality").id,
                "company_id": branch.id,
                "category_id": self.devices.id,
                "valid_from": "2020-01-01",
            }
        ).action_activate()
        place = (
            self.env["stock.warehouse"].search([("company_id", "=", branch.id)], limit=1).lot_stock_id
            or self.env["stock.warehouse"]
            .create({"name": "Branch", "code": "BRA", "company_id": branch.id})
            .lot_stock_id
        )
        env = self.env(context={**self.env.context, "allowed_company_ids": (self.company | branch).ids})
        shared = env["stock.lot"].create({"name": "SHARED", "product_id": self.stent.id, "company_id": False})
        for company, target in ((self.company, self.stock), (branch, place)):
            line = {
                "product_id": self.stent.id,
                "product_uom_id": self.stent.uom_id.id,
                "quantity": 5,
                "lot_id": shared.id,
                "location_id": self.suppliers.id,
                "location_dest_id": target.id,
                "picked": True,
            }
            env["stock.move"].create(
                {
                    "product_id": self.stent.id,
                    "product_uom_qty": 5,
                    "product_uom": self.stent.uom_id.id,
                    "company_id": company.id,
                    "location_id": self.suppliers.id,
                    "location_dest_id": target.id,
                    "move_line_ids": [Command.create(line)],
                    "picked": True,
                }
            )._action_done()
            if company == self.company:
                self._release(shared)
        # The first company in the switcher is the one that had released it.
        self.assertEqual((self._free(shared), self._free(shared, branch)), (5, 0))
        self.assertEqual(shared.quality_state, "part")
        shared.with_user(self.approver).with_context(allowed_company_ids=(branch | self.company).ids)._quality_decide(
            "released", "ok"
        )
        self.assertEqual((self._free(shared, branch), shared.quality_state), (5, "released"))

    def test_the_category_comes_under_control_later(self):
        pens = self._lot("PENS", 5, product=self.pen)
        self.assertEqual(pens.quality_state, "released")
        self.pen.categ_id = self.devices
        self.assertEqual((pens.quality_state, self._free(pens)), ("quarantine", 0))
        self._not_free(pens)
        self._release(pens)
        self._deliver(pens, 5)

    def test_a_category_moves_under_control(self):
        pens = self._lot("PENS", 5, product=self.pen)
        self.other.parent_id = self.devices
        self.assertEqual(pens.quality_state, "quarantine")
        self._not_free(pens)

    def test_a_lot_changes_its_product(self):
        lot = self._lot("SWAPPED", product=self.pen)
        lot.product_id = self.stent
        self._receive(lot, 5)
        self.assertEqual((lot.quality_state, self._free(lot)), ("quarantine", 0))
        self._not_free(lot)

    def test_a_lot_of_another_company_is_handed_over(self):
        other = self.env["res.company"].create({"name": "Without Control"})
        self.env.user.company_ids |= other
        lot = self.env["stock.lot"].create({"name": "GIVEN", "product_id": self.stent.id, "company_id": other.id})
        self.assertEqual(lot.quality_state, "released")
        lot.company_id = self.company
        self._receive(lot, 5)
        self.assertEqual((lot.quality_state, self._free(lot)), ("quarantine", 0))
        self._not_free(lot)

    # 2. What comes in is decided each time it comes

    def _plan(self, operation="receipt"):
        return self.env["medical.inspection.plan"].create(
            {
                "name": operation,
                "operation": operation,
                "company_id": self.company.id,
                "sampling": "fixed",
                "sample_size": 1,
                "label_check": False,
                "four_eyes": False,
                "characteristic_ids": [(0, 0, {"name": "Surface"})],
            }
        )

    def test_a_second_arrival_of_a_released_number(self):
        self._receive(self.lot, 5)
        self.assertEqual((self.lot.quality_state, self._free(self.lot)), ("part", 10))
        self._not_free(self.lot, 11, "10 Units of it are free, 11 would be used. 5 wait for their release")
        self._deliver(self.lot, 10)
        self.assertEqual(self.lot.quality_state, "quarantine")
        self._not_free(self.lot)
        self._release(self.lot)
        self._deliver(self.lot, 5)
        self.assertEqual((self._free(self.lot), self.lot.quality_state), (0, "released"))

    def test_a_second_arrival_with_a_plan(self):
        self._plan()
        self._receive(self.lot, 5)
        self.assertEqual(self._free(self.lot), 10)
        self._not_free(self.lot, 11)
        with self.assertRaisesRegex(UserError, "is not finished"):
            self._release(self.lot)
        inspection = self.lot.quality_inspection_ids
        inspection.result_ids.with_user(self.quality).checked = 1
        self._decide(inspection.with_user(self.quality), 5, 0, 0)
        self._not_free(self.lot, 11)
        self._release(self.lot)
        self.assertEqual(self._free(self.lot), 15)

    def test_a_part_that_was_rejected_is_not_released_with_the_rest(self):
        self._plan()
        picking = self._receive(None, 10, name="NEW")
        lot = picking.move_ids.lot_ids
        lot.quality_inspection_ids.result_ids.with_user(self.quality).checked = 1
        self._decide(lot.quality_inspection_ids.with_user(self.quality), 8, 2, 0)
        self._release(lot)
        self.assertEqual(self._free(lot), 8)
        self._deliver(lot, 8)
        self._not_free(lot)

    def test_what_was_sent_back_says_nothing_about_the_next_delivery(self):
        self._plan()
        lot = self._receive(None, 5, name="NEW").move_ids.lot_ids
        bad = lot.quality_inspection_ids
        bad.result_ids.with_user(self.quality).write({"checked": 1, "nonconforming": 1})
        self._decide(bad.with_user(self.quality), 0, 5, 0)
        with self.assertRaisesRegex(UserError, "rejected all of it"):
            self._release(lot)
        self._done(self.stock, self.suppliers, lot, 5)
        self._receive(lot, 6)
        good = lot.quality_inspection_ids - bad
        good.result_ids.with_user(self.quality).checked = 1
        self._decide(good.with_user(self.quality), 6, 0, 0)
        self._release(lot)
        self.assertEqual((lot.quality_state, self._free(lot)), ("released", 6))

    def test_released_before_goods_exist(self):
        lot = self._lot("EARLY", state="released")
        self.assertEqual(lot.quality_state, "released")
        self._receive(lot, 5)
        self.assertEqual((lot.quality_state, self._free(lot)), ("quarantine", 0))
        self._not_free(lot)

    def test_a_return_without_a_plan(self):
        self._deliver(self.lot, 4)
        self._done(self.customers, self.stock, self.lot, 4, kind=self.warehouse.in_type_id)
        self.assertEqual((self.lot.quality_state, self._free(self.lot)), ("part", 6))
        self._not_free(self.lot, 7)
        self._release(self.lot)
        self.assertEqual(self._free(self.lot), 10)

    def test_returned_without_having_been_delivered(self):
        self._done(self.customers, self.stock, self.lot, 4, kind=self.warehouse.in_type_id)
        self.assertEqual(self._free(self.lot), 10)
        self._not_free(self.lot, 11)

    def test_a_return_to_another_number(self):
        other = self._lot("OTHER", state="released")
        self._deliver(self.lot, 4)
        self._done(self.customers, self.stock, other, 4, kind=self.warehouse.in_type_id)
        self.assertEqual((other.quality_state, self._free(other)), ("quarantine", 0))
        self._not_free(other)

    def test_production_of_a_released_number(self):
        self._done(self.stent.property_stock_production, self.stock, self.lot, 5, kind=self.warehouse.in_type_id)
        self.assertEqual(self._free(self.lot), 10)

    def test_decided_anew_is_free_again_only_by_a_release(self):
        self._deliver(self.lot, 4)
        self.lot.with_user(self.approver)._quality_decide("quarantine", "doubt")
        self.assertEqual((self.lot.quality_state, self._free(self.lot)), ("quarantine", 0))
        self._not_free(self.lot)
        self._release(self.lot)
        self.assertEqual(self._free(self.lot), 6)

    def test_what_left_before_a_rejection_does_not_come_back_released(self):
        line = self._deliver(self.lot, 4).move_line_ids
        self.lot.with_user(self.approver)._quality_decide("rejected", "bent")
        self._receive(self.lot, 5)
        self._release(self.lot)
        self.assertEqual((self.lot.quality_state, self._free(self.lot)), ("part", 5))
        line.quantity = 1
        self.assertEqual(self._free(self.lot), 5)
        self._not_free(self.lot, 6, "9 were rejected")

    def test_a_rejection_is_of_what_waits(self):
        self._receive(self.lot, 5)
        self.lot.with_user(self.approver)._quality_decide("rejected", "bent")
        self.assertEqual((self.lot.quality_state, self._free(self.lot)), ("part", 10))
        self._not_free(self.lot, 11)
        self._deliver(self.lot, 10)
        self.assertEqual(self.lot.quality_state, "rejected")
        self._scrap(self.lot, 5)
        self.assertEqual(self.lot.quality_state, "released")

    # 3. A part on hold stays on hold, whatever becomes of it

    def test_a_held_part_scrapped_and_brought_back(self):
        self._part_on_hold(self.lot, 4)
        quarantine = self.warehouse.quality_quarantine_loc_id
        self._scrap(self.lot, 4, quarantine)
        self.assertEqual(self._free(self.lot), 2)
        back = self._move(self.losses, self.stock, self.lot, 4, kind=self.warehouse.in_type_id)
        self._line(back, self.lot, 4)
        self._validate(back)
        self.assertEqual(self._free(self.lot), 2)
        self._not_free(self.lot, 3)

    def test_a_held_part_counted_away_and_found(self):
        self._part_on_hold(self.lot, 4)
        quarantine = self.warehouse.quality_quarantine_loc_id
        quant = self.env["stock.quant"].search([("lot_id", "=", self.lot.id), ("location_id", "=", quarantine.id)])
        quant = quant.with_user(self.counter).with_context(inventory_mode=True)
        quant.inventory_quantity = 0
        quant.action_apply_inventory()
        self._stocked(self.stent, 4, self.lot)
        self.assertEqual((self._free(self.lot), self.lot.quality_state), (2, "part"))
        self._not_free(self.lot, 3)

    def test_a_correction_leaves_no_place_with_less_than_nothing(self):
        receipt, moved = self._receive(self.lot, 5), self._done(self.stock, self.shelf, self.lot, 13)
        extra = receipt.move_line_ids.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "L1.*: 1 Units less than nothing.*Stock"), self.cr.savepoint():
            extra.quantity = 2
        with self.assertRaisesRegex(UserError, "L1.*: 1 Units less than nothing.*Stock"), self.cr.savepoint():
            extra.create(
                {
                    "picking_id": moved.id,
                    "move_id": moved.move_ids.id,
                    "product_id": self.stent.id,
                    "lot_id": self.lot.id,
                    "quantity": 3,
                    "location_id": self.stock.id,
                    "location_dest_id": self.shelf.id,
                }
            )
        moved.move_line_ids.with_user(self.manager).quantity = 12
        extra.quantity = 2
        self.assertEqual(
            (self._quantity(self.lot), self._quantity(self.lot, self.shelf)), (12, 12), "all of it on the shelf"
        )

    def test_counting_down_more_than_is_free_is_for_approvers(self):
        def count(quantity, user):
            quant = self.env["stock.quant"].search([("lot_id", "=", self.lot.id), ("location_id", "=", self.stock.id)])
            quant = quant.with_user(user).with_context(inventory_mode=True)
            quant.inventory_quantity = quantity
            quant.action_apply_inventory()

        self._receive(self.lot, 5)
        with self.assertRaisesRegex(UserError, "L1.*10 Units.*11 would be counted away.*Only"), self.cr.savepoint():
            count(4, self.clerk)
        count(12, self.clerk)
        self.assertEqual(self._free(self.lot), 7)
        count(4, self.approver)
        self.assertEqual((self._free(self.lot), self._quantity(self.lot)), (0, 4))

    def test_a_held_part_to_the_vendor_and_received(self):
        self._part_on_hold(self.lot, 4)
        self._done(
            self.warehouse.quality_quarantine_loc_id, self.suppliers, self.lot, 4, kind=self.warehouse.out_type_id
        )
        self._receive(self.lot, 4)
        self.assertEqual(self._free(self.lot), 2)
        self._not_free(self.lot, 3)

    def test_a_held_part_on_a_shelf(self):
        recall = self._user("quality_recall", "medical_base.group_medical_recall")
        hold = self._part_on_hold(self.lot, 4)
        self._done(self.warehouse.quality_quarantine_loc_id, self.shelf, self.lot, 4, user=recall)
        self._not_free(self.lot, 7)
        self._deliver(self.lot, 6)
        self._not_free(self.lot)
        self._lift(hold.with_user(self.approver), "ok")
        self.assertEqual(self._free(self.lot), 4)

    def test_a_held_part_where_no_quarantine_is_any_more(self):
        self._part_on_hold(self.lot, 4)
        quarantine = self.warehouse.quality_quarantine_loc_id
        quarantine.with_user(self.approver).sudo().quality_quarantine = False
        self._done(quarantine, self.customers, self.lot, 4, kind=self.warehouse.out_type_id)
        self._not_free(self.lot, 3)

    def test_a_part_on_hold_before_the_release(self):
        lot = self._lot("NEW", 10)
        hold = self._part_on_hold(lot, 4)
        self._release(lot)
        self.assertEqual(self._free(lot), 6)
        self._lift(hold.with_user(self.approver), "ok")
        self.assertEqual(self._free(lot), 10)

    # 4. Nothing becomes another number

    def test_relabelled_through_scrap(self):
        blocked = self._lot("BLOCKED", 5)
        self._scrap(blocked, 5)
        back = self._move(self.losses, self.stock, self.lot, 5, kind=self.warehouse.in_type_id)
        self._line(back, self.lot, 5)
        self._validate(back)
        self.assertEqual(self._free(self.lot), 10)

    def test_relabelled_through_customers(self):
        self._deliver(self.lot, 5)
        other = self._lot("OTHER", 5, state="released")
        self._done(self.customers, self.stock, other, 5, kind=self.warehouse.in_type_id)
        self.assertEqual(self._free(other), 5)

    def test_relabelled_by_a_count_without_number(self):
        blocked = self._lot("BLOCKED", 5)
        self._scrap(blocked, 5)
        self._stocked(self.stent, 5)
        # Core takes what is missing of a lot out of stock without number.
        self._done(self.stock, self.customers, self.lot, 10)
        self._not_free(self.lot)
        self.assertEqual(self._free(self.lot), 0)

    def test_stock_without_number_is_no_lot_that_was_released(self):
        shelf = self.env["stock.location"].create({"name": "Corner", "location_id": self.stock.id})
        self._stocked(self.stent, 5, location=shelf)
        self._done(shelf, self.customers, self.lot, 5)
        self.assertEqual(self._free(self.lot), 5)
        arrival = self.lot.quality_entry_ids.filtered(lambda entry: entry.reason == "untracked")
        self.assertEqual((arrival.quantity, arrival.state), (5, "open"))
        self._not_free(self.lot, 6)

    # 6. What clients can write is not believed

    def test_a_record_of_a_delivery_does_not_vanish(self):
        picking = self._deliver(self.lot, 5)
        move = picking.move_ids
        for state in ("draft", "cancel"):
            with (
                self.subTest(state=state),
                self.assertRaisesRegex(UserError, "L1 of Stent has moved"),
                self.cr.savepoint(),
            ):
                move.sudo().write({"state": state})
                move.move_line_ids.sudo().write({"state": state})
                move.move_line_ids.sudo().with_context(_force_unlink=True).unlink()
            with self.subTest(state=state), self.assertRaises(UserError), self.cr.savepoint():
                move.sudo().write({"state": state})
                move.sudo().unlink()
            self.env.invalidate_all()
        self.assertEqual(move.state, "done")

    def test_a_line_does_not_move_twice(self):
        picking = self._receive(self.lot, 5)
        move = picking.move_ids
        with self.assertRaisesRegex(UserError, "what is done stays done"), self.cr.savepoint():
            move.sudo().write({"state": "assigned"})
            move._action_done()
        self.env.invalidate_all()

    def test_is_inventory_and_scrap_are_not_believed(self):
        blocked = self._lot("BLOCKED", 5)
        for values in ({"is_inventory": True}, {"scrap_id": self._scrap(self.lot, 1).id}):
            picking = self._move(self.stock, self.customers, blocked, 5)
            picking.move_ids.sudo().write(values)
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, "BLOCKED of Stent"),
                self.cr.savepoint(),
            ):
                self._line(picking, blocked, 5)
                picking.move_ids._action_done()
            self.env.invalidate_all()

    def test_units_of_done_lines(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        picking = self._deliver(self.lot, 1)
        line = picking.move_line_ids
        with self.assertRaisesRegex(UserError, "of it are free|there are only"), self.cr.savepoint():
            line.write({"product_uom_id": dozen.id})
            self.env.flush_all()
        with self.assertRaisesRegex(UserError, "would not change by what its transfers say"), self.cr.savepoint():
            line.with_context(skip_uom_conversion=True).write({"product_uom_id": dozen.id})
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self._free(self.lot), 9)

    def test_a_product_is_not_changed_under_a_line(self):
        other = self._product("Other Stent", self.devices)
        line = self._deliver(self.lot, 1).move_line_ids
        with self.assertRaises(UserError), self.cr.savepoint():
            line.write({"state": "draft", "product_id": other.id, "lot_id": False})
            self.env.flush_all()
        self.env.invalidate_all()

    def test_a_line_of_a_move_that_only_says_it_is_done(self):
        picking = self._move(self.suppliers, self.stock, self.lot, 5)
        line = self._line(picking, self.lot, 5)
        picking.move_ids.sudo().write({"state": "done"})
        line.sudo().write({"quantity": 7})
        self.assertEqual(self._free(self.lot), 10)

    def test_a_correction_corrects_its_own_entry(self):
        line = self._deliver(self.lot, 4).move_line_ids
        line.quantity = 1
        entries = self.env["medical.lot.entry"].sudo().search([("move_line_id", "=", line.id)])
        self.assertEqual((self._free(self.lot), entries.quantity), (9, 1))
        with self.assertRaisesRegex(UserError, "9 Units of it are free"), self.cr.savepoint():
            line.quantity = 12
        self.env.invalidate_all()
        line.quantity = 10
        self.assertEqual(self._free(self.lot), 0)

    def test_a_receipt_that_was_less(self):
        picking = self._receive(None, 10, name="NEW")
        lot, line = picking.move_ids.lot_ids, picking.move_line_ids
        self._release(lot)
        line.quantity = 8
        self.assertEqual(self._free(lot), 8)
        line.quantity = 9
        self.assertEqual((self._free(lot), lot.quality_state), (8, "part"))
        self._deliver(lot, 8)
        with self.assertRaisesRegex(UserError, "there are only"), self.cr.savepoint():
            line.quantity = 5
        self.env.invalidate_all()

    def test_another_lot_on_a_done_line(self):
        waiting = self._lot("WAITING", 10)
        line = self._deliver(self.lot, 4).move_line_ids
        with self.assertRaisesRegex(UserError, "WAITING of Stent"), self.cr.savepoint():
            line.lot_id = waiting
        self.env.invalidate_all()
        good = self._lot("GOOD", 10, state="released")
        line.lot_id = good
        self.assertEqual((self._free(self.lot), self._free(good)), (10, 6))

    # The bottom

    def test_stock_changes_by_moves_only(self):
        quants = self.env["stock.quant"].sudo()
        quant = quants.search([("lot_id", "=", self.lot.id), ("location_id", "=", self.stock.id)])
        values = {"product_id": self.stent.id, "location_id": self.stock.id, "lot_id": self.lot.id}
        for act in (
            lambda: quants._update_available_quantity(self.stent, self.stock, 5, lot_id=self.lot),
            lambda: quants._update_available_quantity(self.stent, self.stock, -5, lot_id=self.lot),
            lambda: quants._update_available_quantity(self.stent, self.stock, 5),
            lambda: quants.create({**values, "quantity": 5}),
            lambda: quant.write({"quantity": 20}),
            lambda: quant.write({"lot_id": self.existing.id}),
            lambda: quant.write({"location_id": self.customers.id}),
            quant.unlink,
            quant.with_context(_force_unlink=True).unlink,
            lambda: quant.with_context(quality_collector={"open": True}).write({"quantity": 20}),
        ):
            with self.assertRaisesRegex(AccessError, "by transfers and counts only"), self.cr.savepoint():
                act()
        self.env.invalidate_all()
        quants._update_reserved_quantity(self.stent, self.stock, 2, lot_id=self.lot)
        quants._quant_tasks()
        self.assertEqual(quant.quantity, 10)

    def test_the_ledger_is_written_by_nobody(self):
        row, entry = self.lot.quality_ledger_ids, self.lot.quality_entry_ids[:1]
        for record, values in ((row, {"released": 100}), (entry, {"released": 100})):
            with self.assertRaises(AccessError), self.cr.savepoint():
                record.sudo().write(values)
            with self.assertRaises(AccessError), self.cr.savepoint():
                record.sudo().with_context(_force_unlink=True).unlink()
            with self.assertRaises(AccessError), self.cr.savepoint():
                record.sudo().create({"lot_id": self.lot.id, "company_id": self.company.id, **values})

    def test_records_carry_the_context_of_the_caller(self):
        picking = self._deliver(self.lot, 1)
        line = self.env["stock.move.line"].create(
            {
                "picking_id": picking.id,
                "product_id": self.stent.id,
                "product_uom_id": self.stent.uom_id.id,
                "quantity": 1,
                "lot_id": self.lot.id,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        self.assertEqual(line.env.context, self.env.context)
        self.assertEqual(self._free(self.lot), 8)

    def test_one_number_one_lot(self):
        numbers = self.env["medical.lot.number"].sudo()
        self.assertEqual(numbers.search([("lot_id", "=", self.lot.id)]).number, "L1")
        fresh = self._lot("FRESH")
        fresh.name = "RENAMED"
        self.assertEqual(numbers.search([("lot_id", "=", fresh.id)]).number, "RENAMED")
        fresh.unlink()
        self.assertEqual(self._lot("RENAMED").name, "RENAMED")


@tagged("post_install", "-at_install")
class TestOpening(LedgerCase):
    """What lies there when control begins."""

    def _drafted(self, opening):
        return self.env["medical.scope"].create(
            {
                "feature_id": self.env.ref("medical_quality.scope_feature_quality").id,
                "company_id": self.company.id,
                "category_id": self.other.id,
                "valid_from": "2020-01-01",
                "quality_opening": opening,
            }
        )

    def test_released_as_it_stands(self):
        pens = self._lot("PENS", 5, product=self.pen)
        scope = self._drafted("released")
        self.assertEqual((scope.lot_count, scope.quality_twin_count), (1, 0))
        scope.action_activate()
        self.assertEqual((pens.quality_state, self._free(pens)), ("released", 5))
        entry = pens.quality_entry_ids
        self.assertEqual((entry.reason, entry.quantity, entry.state), ("opening", 5, "decided"))
        self._deliver(pens, 5)
        self._not_free(pens)

    def test_in_quarantine(self):
        pens = self._lot("PENS", 5, product=self.pen)
        self._drafted("quarantine").action_activate()
        self.assertEqual((pens.quality_state, pens.quality_blocked, self._free(pens)), ("quarantine", True, 0))
        self._not_free(pens)
        self._release(pens)
        self._deliver(pens, 5)

    def test_control_ends_and_begins_again(self):
        pens = self._lot("PENS", 5, product=self.pen)
        scope = self._drafted("released")
        scope.action_activate()
        scope.action_end()
        self._deliver(pens, 2)
        self._done(self.suppliers, self.stock, pens, 4)
        again = self._drafted("quarantine")
        again.action_activate()
        self.assertEqual((pens.quality_state, self._free(pens)), ("quarantine", 0))
        self._not_free(pens)
        self._release(pens)
        again.action_end()
        self._done(self.suppliers, self.stock, pens, 4)
        self._drafted("released").action_activate()
        self.assertEqual((pens.quality_state, self._free(pens)), ("released", 11))

    def test_lots_that_share_a_number_are_decided_on(self):
        pens = self._lot("PENS", 5, product=self.pen)
        twin = self._lot("PENS-2", 5, product=self.pen)
        # As two receipts of one number at once made them before.
        self.env.cr.execute("UPDATE stock_lot SET name = 'PENS' WHERE id = %s", [twin.id])
        self.env.invalidate_all()
        scope = self._drafted("released")
        self.assertEqual(scope.quality_twin_count, 2)
        scope.action_activate()
        self.assertEqual((pens + twin).mapped("quality_state"), ["quarantine", "quarantine"])

    def test_a_first_day_to_come(self):
        pens = self._lot("PENS", 5, product=self.pen)
        scope = self._drafted("released")
        scope.valid_from = "2999-01-01"
        scope.action_activate()
        self.env["medical.scope"]._cron_quality_open()
        self.assertFalse(pens.quality_ledger_ids)
        self.assertFalse(scope.quality_opened)

    def test_what_was_not_opened_waits(self):
        """Fail closed: stock that got under control by no way that is known."""
        pens = self._lot("PENS", 5, product=self.pen)
        self.pen.flush_recordset()
        self.env.cr.execute(
            "UPDATE product_template SET categ_id = %s WHERE id = %s", [self.devices.id, self.pen.product_tmpl_id.id]
        )
        self.env.invalidate_all()
        self._not_free(pens)
