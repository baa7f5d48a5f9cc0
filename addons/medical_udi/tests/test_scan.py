from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import MedicalUdiCase, gtin


@tagged("post_install", "-at_install")
class TestScan(MedicalUdiCase):
    def _scan(self, picking, raw, user=None, **options):
        return picking.with_user(user or self.clerk).medical_scan(raw, options)

    def _scans(self, picking):
        return self.env["medical.udi.scan"].search([("picking_id", "=", picking.id)], order="id")

    def _assert(self, answer, status, code=""):
        self.assertEqual((answer["status"], answer["code"]), (status, code), answer["message"])

    # Receipts

    def test_a_receipt_is_filled_box_by_box(self):
        picking = self._picking("in", [(self.gloves, 60)])
        answer = self._scan(picking, self._label(self.gloves_case_di, lot="L1", made="260115"))
        self._assert(answer, "ok")
        self.assertEqual(answer["progress"], {"done": 50, "expected": 60})
        self.assertEqual((answer["quantity"], answer["level"]), (50, "Case of 50"))
        self._assert(self._scan(picking, self._label(self.gloves_di, lot="L2")), "ok")
        for _box in range(9):
            self._assert(self._scan(picking, self._label(self.gloves_di, lot="L2")), "ok")
        lines = {line.lot_name: line for line in picking.move_line_ids}
        self.assertEqual({name: line.quantity for name, line in lines.items()}, {"L1": 50, "L2": 10})
        self.assertTrue(all(lines[name].picked for name in lines))
        picking._action_done()
        lot = self.env["stock.lot"].search([("name", "=", "L1"), ("product_id", "=", self.gloves.id)])
        self.assertEqual((lot.udi_di_id, lot.product_qty, str(lot._udi_expiry())), (self.gloves_di, 50, "2028-12-31"))
        self.assertEqual(picking.state, "done")

    def test_serial_numbers(self):
        picking = self._picking("in", [(self.stent, 3)])
        for number in (1, 2, 3):
            self._assert(self._scan(picking, self._label(self.stent_di, lot="B7", serial=f"S{number}")), "ok")
        self._assert(self._scan(picking, self._label(self.stent_di, lot="B7", serial="S1")), "refused", "scanned_twice")
        self._assert(self._scan(picking, self._label(self.stent_di, serial="S4")), "ask", "too_many")
        picking._action_done()
        lots = self.env["stock.lot"].search([("product_id", "=", self.stent.id)])
        self.assertEqual((sorted(lots.mapped("name")), lots.udi_di_id), (["S1", "S2", "S3"], self.stent_di))
        self.assertEqual(lots.mapped("udi_lot"), ["B7"] * 3)
        again = self._picking("in", [(self.stent, 1)])
        self._assert(self._scan(again, self._label(self.stent_di, serial="S2")), "refused", "serial_received")

    def test_more_than_expected_is_asked_for(self):
        picking = self._picking("in", [(self.gloves, 5)])
        answer = self._scan(picking, self._label(self.gloves_box_di, lot="L1"))
        self._assert(answer, "ask", "too_many")
        self.assertFalse(picking.move_line_ids.udi_scanned_quantity)
        self._assert(self._scan(picking, self._label(self.gloves_box_di, lot="L1"), over=True), "ok")
        self.assertEqual(picking.move_line_ids.quantity, 10)

    def test_refusals(self):
        picking = self._picking("in", [(self.gloves, 50), (self.stent, 1)])
        other = self._di(self._product("Elsewhere", tracking="lot"), 4711)
        self._stock(self.gloves, "L1", 5, self.gloves_di, expiration_date="2027-06-30 12:00:00")
        second = self._di(self.gloves, 401234500055)
        cases = [
            ("garbage", "refused", "not_a_udi"),
            (self._label(self.gloves_di, lot="L1", expiry="281331"), "refused", "impossible_date"),
            (self._label(other, lot="X"), "refused", "wrong_product"),
            (f"01{gtin(99)}10A", "refused", "di_unknown"),
            (self._label(self.gloves_di), "refused", "no_lot"),
            (self._label(self.stent_di, lot="A"), "refused", "no_serial"),
            (self._label(self.gloves_di, lot="L1"), "refused", "expiry_differs"),
            (self._label(second, lot="L1", expiry="270630"), "refused", "other_di"),
            (self._label(self.gloves_di, lot="L2", expiry="200101"), "refused", "expired"),
            (f"01{self.gloves_di.code}10LOTA17281231", "ask", "possible_missing_separator"),
        ]
        for raw, status, code in cases:
            with self.subTest(raw=raw):
                self._assert(self._scan(picking, raw), status, code)
        self.assertFalse(sum(picking.move_line_ids.mapped("udi_scanned_quantity")))
        scans = self._scans(picking)
        self.assertEqual(scans.mapped("code"), [code for _raw, _status, code in cases], "refused scans are kept")
        self._assert(self._scan(picking, cases[-1][0], confirmed=True), "ok")

    def test_an_unknown_di_can_be_created_by_quality(self):
        picking = self._picking("in", [(self.gloves, 1)])
        raw = f"01{gtin(99)}10A"
        self.assertFalse(self._scan(picking, raw)["can_create"])
        quality = self.quality
        quality.group_ids |= self.env.ref("stock.group_stock_user")
        answer = self._scan(picking, raw, quality)
        self.assertTrue(answer["can_create"])
        self.assertEqual((answer["di"], answer["issuing_agency"]), (gtin(99), "GS1"))

    def test_two_symbols_of_one_label(self):
        picking = self._picking("in", [(self.gloves, 1)])
        answer = self._scan(picking, "1728123110L5")
        self._assert(answer, "ask", "missing_di")
        answer = self._scan(picking, f"01{self.gloves_di.code}", previous=answer["previous"])
        self._assert(answer, "ok")
        self.assertEqual(picking.move_line_ids.lot_name, "L5")

    def test_a_barcode_without_di_finds_its_product(self):
        pen = self._product("Barcoded pen", barcode="4012345123456")
        picking = self._picking("in", [(pen, 2)])
        self._assert(self._scan(picking, "4012345123456"), "ok")
        self.assertEqual(picking.move_line_ids.filtered("picked").udi_scanned_quantity, 1)

    def test_separators_of_the_scanner(self):
        self.company.medical_udi_separators = "| Alt029"
        picking = self._picking("in", [(self.stent, 2)])
        self._assert(self._scan(picking, f"01{self.stent_di.code}10B|21S1"), "ok")
        self._assert(self._scan(picking, f"01{self.stent_di.code}10BAlt02921S2"), "ok")
        self._assert(self._scan(picking, f"01{self.stent_di.code}10B␝21S3"), "ask", "too_many")

    # Deliveries

    def test_a_delivery_takes_what_is_scanned(self):
        first = self._stock(self.gloves, "L1", 10, self.gloves_di)
        second = self._stock(self.gloves, "L2", 10, self.gloves_di)
        picking = self._picking("out", [(self.gloves, 10)])
        reserved = picking.move_line_ids.lot_id
        other = (first | second) - reserved
        self._assert(self._scan(picking, self._label(self.gloves_di, lot=reserved.name)), "ok")
        for _box in range(4):
            self._assert(self._scan(picking, self._label(self.gloves_di, lot=reserved.name)), "ok")
        self.assertEqual(picking.move_line_ids.udi_scanned_quantity, 5)
        whole = self._picking("out", [(self.gloves, 10)])
        self._assert(self._scan(whole, self._label(self.gloves_box_di, lot=other.name)), "ok")
        self.assertEqual(whole.move_line_ids.filtered("picked").lot_id, other)

    def test_a_delivery_of_another_lot_gives_the_reserved_one_back(self):
        lots = self._stock(self.stent, "S1", 1, self.stent_di) | self._stock(self.stent, "S2", 1, self.stent_di)
        picking = self._picking("out", [(self.stent, 1)])
        other = lots - picking.move_line_ids.lot_id
        self._assert(self._scan(picking, self._label(self.stent_di, serial=other.name)), "ok")
        self.assertEqual((picking.move_line_ids.lot_id, picking.move_line_ids.quantity), (other, 1))
        picking._action_done()
        self.assertEqual((picking.state, other.product_qty), ("done", 0))

    def test_a_box_is_taken_from_where_it_is(self):
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id})
        lot = self._stock(self.gloves, "L1", 10, self.gloves_di)
        self.env["stock.quant"]._update_available_quantity(self.gloves, shelf, 10, lot_id=lot)
        other = self._stock(self.gloves, "L0", 20, self.gloves_di, expiration_date="2027-12-31 12:00:00")
        picking = self._picking("out", [(self.gloves, 20)])
        picking.move_ids._do_unreserve()
        self.env["stock.quant"]._update_available_quantity(self.gloves, shelf, -3, lot_id=lot)
        picking.move_ids._update_reserved_quantity(20, self.warehouse.lot_stock_id, lot_id=other, strict=False)
        for _box in range(17):
            self._assert(self._scan(picking, self._label(self.gloves_di, lot="L1")), "ok")
        lines = picking.move_line_ids.filtered(lambda line: line.lot_id == lot)
        self.assertEqual(
            {line.location_id: line.quantity for line in lines}, {self.warehouse.lot_stock_id: 10, shelf: 7}
        )
        self.assertEqual(sum(picking.move_line_ids.mapped("quantity")), 20, "the other lot has given way")
        self._assert(self._scan(picking, self._label(self.gloves_di, lot="L1")), "refused", "not_available")
        self.assertEqual(sum(picking.move_line_ids.mapped("udi_scanned_quantity")), 17)
        picking._action_done()
        self.assertFalse(lot.quant_ids.filtered(lambda quant: quant.quantity < 0))

    def test_a_box_may_fill_several_reserved_lines(self):
        shelf = self.env["stock.location"].create({"name": "Shelf", "location_id": self.warehouse.lot_stock_id.id})
        lot = self._stock(self.gloves, "L1", 4, self.gloves_di)
        self.env["stock.quant"]._update_available_quantity(self.gloves, shelf, 6, lot_id=lot)
        picking = self._picking("out", [(self.gloves, 10)])
        self.assertEqual(len(picking.move_line_ids), 2)
        self._assert(self._scan(picking, self._label(self.gloves_box_di, lot="L1")), "ok")
        self.assertEqual(sorted(picking.move_line_ids.mapped("udi_scanned_quantity")), [4, 6])
        self.assertEqual(len(picking.move_line_ids), 2)

    def test_what_is_not_there_is_refused(self):
        self._stock(self.stent, "S1", 1, self.stent_di)
        picking = self._picking("out", [(self.stent, 1)])
        self._assert(self._scan(picking, self._label(self.stent_di, serial="S7")), "refused", "lot_unknown")
        gone = self.env["stock.lot"].create({"name": "S8", "product_id": self.stent.id, "company_id": self.company.id})
        self._assert(self._scan(picking, self._label(self.stent_di, serial=gone.name)), "refused", "not_available")

    def test_a_market_asks_for_a_registration(self):
        self._stock(self.stent, "S1", 1, self.stent_di)
        german = self.env["res.partner"].create({"name": "Clinic", "country_id": self.env.ref("base.de").id})
        picking = self._picking("out", [(self.stent, 1)], german)
        self._assert(self._scan(picking, self._label(self.stent_di, serial="S1")), "refused", "not_registered")
        registration = self.env["medical.udi.registration"].create(
            {"di_id": self.stent_di.id, "market_id": self.env.ref("medical_udi.market_eu").id, "number": "1"}
        )
        self.env.user.group_ids |= self.env.ref("medical_base.group_medical_regulatory")
        registration.action_register()
        self._assert(self._scan(picking, self._label(self.stent_di, serial="S1")), "ok")

    def test_every_package_has_to_be_scanned_where_asked(self):
        self._switch_on()
        self._stock(self.gloves, "L1", 20, self.gloves_di)
        picking = self._picking("out", [(self.gloves, 20)])
        picking.picking_type_id.udi_scan_required = True
        picking.move_ids.picked = True
        self._scan(picking, self._label(self.gloves_box_di, lot="L1"))
        with self.assertRaisesRegex(UserError, "10 of 20 Units were scanned"):
            picking._action_done()
        self._scan(picking, self._label(self.gloves_box_di, lot="L1"))
        picking._action_done()
        self.assertEqual(picking.state, "done")

    # Access and cost

    def test_who_may_scan(self):
        picking = self._picking("in", [(self.gloves, 5)])
        for user in (self.auditor, self.regulatory):
            with self.assertRaises(AccessError):
                self._scan(picking, "x", user)
        with self.assertRaisesRegex(UserError, "is a text"):
            picking.with_user(self.clerk).medical_scan(5)
        picking.action_cancel()
        with self.assertRaisesRegex(UserError, "not open for scanning"):
            self._scan(picking, "x")

    def test_the_log_is_written_by_the_system_only(self):
        picking = self._picking("in", [(self.gloves, 5)])
        self._scan(picking, self._label(self.gloves_di, lot="L1"))
        scan = self._scans(picking)
        self.assertEqual(
            (scan.user_id, scan.product_id, scan.di_id, scan.lot_name), (self.clerk, self.gloves, self.gloves_di, "L1")
        )
        for user in (self.clerk, self.env.user):
            with self.assertRaises(AccessError):
                scan.with_user(user).write({"raw": "x"})
            with self.assertRaises(AccessError):
                scan.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.env["medical.udi.scan"].with_user(user).create({"raw": "x"})
        self.assertTrue(scan.with_user(self.auditor).raw)

    def test_queries_do_not_grow_with_the_document(self):
        def queries(size):
            products = [self._product(f"Product {size}-{number}", tracking="lot") for number in range(size)]
            self._di(products[0], 500000 + size)
            picking = self._picking("in", [(product, 10) for product in products])
            self._scan(picking, f"01{gtin(500000 + size)}10A")
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._assert(self._scan(picking, f"01{gtin(500000 + size)}10A"), "ok")
            self.env.flush_all()
            return self.cr.sql_log_count - before

        self.assertLessEqual(abs(queries(40) - queries(4)), 3)
