from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class MedicalTraceCase(MedicalUdiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.places = {
            "supplier": cls.env.ref("stock.stock_location_suppliers"),
            "customer": cls.env.ref("stock.stock_location_customers"),
            "stock": cls.warehouse.lot_stock_id,
            "production": cls.env["stock.location"].search(
                [("usage", "=", "production"), ("company_id", "in", (cls.company.id, False))], limit=1
            ),
        }
        cls.places["shelf"] = cls.env["stock.location"].create(
            {"name": "Shelf", "location_id": cls.places["stock"].id, "usage": "internal"}
        )
        cls.clinic = cls.env["res.partner"].create({"name": "Clinic", "street": "Old Street 1", "city": "Bern"})
        cls.resin = cls._product("Resin", tracking="lot")
        cls.tube = cls._product("Tube", tracking="lot")
        cls.kit = cls._product("Kit", tracking="lot")

    @classmethod
    def _lot(cls, product, name, **values):
        return cls.env["stock.lot"].create({"name": name, "product_id": product.id, **values})

    @classmethod
    def _moved(cls, lot, quantity, source, target, partner=None, picking=None, **values):
        """A done move of one lot; ``source`` and ``target`` name places."""
        source, target = cls.places[source], cls.places[target]
        move = cls.env["stock.move"].create(
            {
                "product_id": lot.product_id.id,
                "product_uom_qty": quantity,
                "product_uom": lot.product_id.uom_id.id,
                "location_id": source.id,
                "location_dest_id": target.id,
                "company_id": cls.company.id,
                "partner_id": partner and partner.id,
                "picking_id": picking and picking.id,
                "move_line_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": lot.product_id.id,
                            "lot_id": lot.id,
                            "quantity": quantity,
                            "location_id": source.id,
                            "location_dest_id": target.id,
                            "picking_id": picking and picking.id,
                            "company_id": cls.company.id,
                        },
                    )
                ],
                **values,
            }
        )
        move.picked = True
        move._action_done()
        return move

    @classmethod
    def _produced(cls, components, lot, quantity):
        """A production without mrp, linked as mrp does; ``components``: (lot, quantity)."""
        used = [cls._moved(component, amount, "stock", "production") for component, amount in components]
        made = cls._moved(lot, quantity, "production", "stock")
        made.move_line_ids.consume_line_ids = [(6, 0, [line.id for move in used for line in move.move_line_ids])]
        return made

    def _net(self, lot, direction="forward"):
        answer = lot.medical_trace(direction)
        return {row["partner"]: row["quantity"] for row in answer["totals_by_consignee"]}

    def _kinds(self, answer):
        return [row["kind"] for row in answer["rows"]]


@tagged("post_install", "-at_install")
class TestTrace(MedicalTraceCase):
    def test_net_quantity_after_return(self):
        """Core goes on listing the hospital for goods that came back; we net them."""
        lot = self._stock(self.gloves, "R1", 50, self.gloves_di)
        sent = self._moved(lot, 20, "stock", "customer", self.hospital)
        self._moved(lot, 8, "stock", "customer", self.clinic)
        self._moved(lot, 20, "customer", "stock", self.clinic, origin_returned_move_id=sent.id)
        answer = lot.medical_trace()
        rows = {row["partner"]: row for row in answer["totals_by_consignee"]}
        self.assertEqual((rows["UDI Test Hospital"]["moved"], rows["UDI Test Hospital"]["returned"]), (20, 20))
        self.assertEqual(rows["UDI Test Hospital"]["quantity"], 0)
        self.assertEqual(rows["Clinic"]["quantity"], 8, "What comes back belongs to whom it was sent.")
        [place] = answer["totals_by_place"]
        self.assertEqual((place["location_id"], place["quantity"]), (self.places["stock"].id, 42))

    def test_resale_after_return(self):
        lot = self._stock(self.stent, "S1", 1, self.stent_di)
        self._moved(lot, 1, "stock", "customer", self.hospital)
        self._moved(lot, 1, "customer", "stock", self.hospital)
        self._moved(lot, 1, "stock", "customer", self.clinic)
        self.assertEqual(self._net(lot), {"UDI Test Hospital": 0, "Clinic": 1})
        answer = lot.medical_trace()
        self.assertEqual(self._kinds(answer), ["delivery", "return", "delivery"])

    def test_production_chain_both_ways(self):
        resin, tube, kit = self._lot(self.resin, "RES1"), self._lot(self.tube, "TUB1"), self._lot(self.kit, "KIT1")
        other = self._lot(self.tube, "TUB2")
        self._moved(resin, 100, "supplier", "stock", self.vendor)
        self._moved(resin, 10, "stock", "supplier", self.vendor)
        self._produced([(resin, 40)], tube, 20)
        self._produced([(resin, 5)], other, 2)
        self._produced([(tube, 10)], kit, 10)
        self._moved(kit, 4, "stock", "customer", self.hospital)
        self._moved(tube, 3, "stock", "customer", self.clinic)

        forward = resin.medical_trace("forward")
        self.assertEqual(forward["lots"], 4)
        self.assertEqual(
            {(row["partner"], row["product"]): row["quantity"] for row in forward["totals_by_consignee"]},
            {("UDI Test Hospital", "Kit"): 4, ("Clinic", "Tube"): 3},
        )
        self.assertNotIn("receipt", self._kinds(forward))
        self.assertEqual(self._kinds(forward).count("produce"), 3)

        backward = kit.medical_trace("backward")
        self.assertEqual(backward["lots"], 3, "TUB2 is made of the same resin, but it is not in the kit.")
        [supplier] = backward["totals_by_consignee"]
        self.assertEqual(
            (supplier["partner"], supplier["product"], supplier["quantity"]), ("UDI Test Vendor", "Resin", 90)
        )
        self.assertNotIn("delivery", self._kinds(backward))
        consumed = {(row["lot"], row["quantity"]) for row in backward["rows"] if row["kind"] == "consume"}
        self.assertEqual(consumed, {("RES1", 40), ("TUB1", 10)}, "What went into other lots is not part of it.")
        self.assertEqual(resin.medical_trace("backward")["lots"], 1)
        self.assertEqual(kit.medical_trace("forward")["lots"], 1)

    def test_edges_tell_quantities(self):
        resin, tube = self._lot(self.resin, "RES1"), self._lot(self.tube, "TUB1")
        self._moved(resin, 100, "supplier", "stock", self.vendor)
        self._produced([(resin, 40), (resin, 2)], tube, 20)
        trace = self.env["medical.trace"]
        self.env.flush_all()
        [(source, target, quantity, lines)] = trace._edges(resin.ids, "forward")
        self.assertEqual((source, target, quantity), (resin.id, tube.id, 42))
        self.assertEqual(len(lines), 2)
        self.assertEqual([edge[:3] for edge in trace._edges(tube.ids, "backward")], [(tube.id, resin.id, 42)])

    def test_repack_without_production_order(self):
        """One lot goes into a virtual place and another comes out of it in the same transfer."""
        big, small = self._stock(self.kit, "BIG", 10), self._lot(self.kit, "SMALL")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "location_id": self.places["stock"].id,
                "location_dest_id": self.places["production"].id,
                "company_id": self.company.id,
            }
        )
        self._moved(big, 4, "stock", "production", picking=picking)
        self._moved(small, 4, "production", "stock", picking=picking)
        self._moved(small, 1, "stock", "customer", self.clinic)
        self.assertEqual(self._net(big), {"Clinic": 1})
        self.assertEqual(small.medical_trace("backward")["lots"], 2)

    def test_repack_by_chained_moves(self):
        big, small = self._stock(self.kit, "BIG", 10), self._lot(self.kit, "SMALL")
        first = self._moved(big, 4, "stock", "production")
        self._moved(small, 4, "production", "stock", move_orig_ids=[(6, 0, first.ids)])
        self.assertEqual(big.medical_trace()["lots"], 2)
        self.assertEqual(small.medical_trace("backward")["lots"], 2)

    def test_chained_transfers_of_two_lots_do_not_mix_them(self):
        one, two = self._stock(self.kit, "ONE", 5), self._stock(self.kit, "TWO", 5)
        first = self._moved(one, 5, "stock", "shelf")
        second = self._moved(two, 5, "stock", "shelf")
        self._moved(one, 5, "shelf", "customer", self.clinic, move_orig_ids=[(6, 0, (first + second).ids)])
        self.assertEqual(two.medical_trace()["lots"], 1)

    def test_loop_ends(self):
        """Rework: a lot made of another that was made of it."""
        tube, kit = self._stock(self.tube, "LOOP1", 10), self._lot(self.kit, "LOOP2")
        self._produced([(tube, 5)], kit, 5)
        self._produced([(kit, 5)], tube, 5)
        for lot in (tube, kit):
            for direction in ("forward", "backward"):
                self.assertEqual(lot.medical_trace(direction)["lots"], 2)
        screen = self.env["medical.trace.screen"].open_trace("stock.lot", tube.ids, "forward")
        self.assertEqual(len([box for box in screen["graph"]["boxes"] if box["kind"] == "lot"]), 2)

    def test_scrap_loss_dropship_and_transfer(self):
        lot = self._lot(self.gloves, "D1", udi_di_id=self.gloves_di.id)
        self._moved(lot, 30, "supplier", "stock", self.vendor)
        self._moved(lot, 30, "stock", "shelf")
        self._moved(lot, 5, "supplier", "customer", self.clinic)
        self.env["stock.scrap"].create(
            {
                "product_id": self.gloves.id,
                "lot_id": lot.id,
                "scrap_qty": 2,
                "location_id": self.places["shelf"].id,
                "company_id": self.company.id,
            }
        ).action_validate()
        quant = self.env["stock.quant"].search([("lot_id", "=", lot.id), ("location_id", "=", self.places["shelf"].id)])
        quant.with_context(inventory_mode=True).inventory_quantity = 27
        quant.action_apply_inventory()
        answer = lot.medical_trace()
        self.assertEqual(sorted(self._kinds(answer)), ["dropship", "loss", "scrap", "transfer"])
        scrap = next(row for row in answer["rows"] if row["kind"] == "scrap")
        self.assertEqual(scrap["document_model"], "stock.scrap")
        self.assertEqual(self._net(lot), {"Clinic": 5})
        self.assertEqual(self._net(lot, "backward"), {"UDI Test Vendor": 30, "Clinic": 5})

    def test_address_is_that_of_the_delivery(self):
        self._stock(self.gloves, "A1", 5, self.gloves_di)
        picking = self._picking("out", [(self.gloves, 5)], self.clinic)
        picking.move_ids.picked = True
        picking._action_done()
        self.clinic.street = "New Street 2"
        self.env.flush_all()
        lot = picking.move_line_ids.lot_id
        [row] = [row for row in lot.medical_trace()["rows"] if row["kind"] == "delivery"]
        self.assertIn("Old Street 1", row["address"])
        self.assertEqual((row["document_model"], row["document_id"]), ("stock.picking", picking.id))
        self.assertIn("Old Street 1", lot.medical_trace()["totals_by_consignee"][0]["address"])
        with self.assertRaises(AccessError):
            picking.medical_ship_to = "elsewhere"
        with self.assertRaises(AccessError):
            picking.with_context(medical_ship_to=True).write({"medical_ship_to": "elsewhere"})

    def test_pages(self):
        lot = self._stock(self.gloves, "P1", 50, self.gloves_di)
        for _number in range(5):
            self._moved(lot, 2, "stock", "customer", self.hospital)
        whole = lot.medical_trace()
        pages = [lot.medical_trace(limit=2, offset=offset)["rows"] for offset in range(0, whole["total"], 2)]
        self.assertEqual([row["line_id"] for page in pages for row in page], [row["line_id"] for row in whole["rows"]])
        self.assertEqual(lot.medical_trace(limit=1)["totals_by_consignee"], whole["totals_by_consignee"])
        for limit, offset in ((-1, 0), ("5", 0), (10**9, 0), (True, 0), (5, -1), (None, 0)):
            with self.assertRaises(UserError):
                lot.medical_trace(limit=limit, offset=offset)
        with self.assertRaisesRegex(UserError, "forward"):
            lot.medical_trace("sideways")

    def test_queries_do_not_grow(self):
        lot = self._stock(self.gloves, "Q1", 500, self.gloves_di)
        tube = self._stock(self.tube, "Q2", 500)

        def queries(of):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            of.medical_trace()
            return self.env.cr.sql_log_count - before

        self._moved(lot, 1, "stock", "customer", self.hospital)
        queries(lot)
        few = queries(lot)
        for number in range(10):
            kit = self._lot(self.kit, f"QK{number}")
            self._produced([(tube, 1)], kit, 1)
            self._moved(kit, 1, "stock", "customer", self.env["res.partner"].create({"name": f"Clinic {number}"}))
        self.assertLessEqual(queries(tube), few)
        self.assertLessEqual(few, 20)


@tagged("post_install", "-at_install")
class TestTraceCompanies(MedicalTraceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sister = cls.env["res.company"].create({"name": "UDI Sister Company"})
        cls.env.user.company_ids |= cls.sister
        cls.sister_stock = cls.env["stock.warehouse"].search([("company_id", "=", cls.sister.id)], limit=1).lot_stock_id

    def _sister_moved(self, lot, quantity, source, target, partner):
        move = (
            self.env["stock.move"]
            .with_company(self.sister)
            .with_context(allowed_company_ids=(self.company + self.sister).ids)
            .create(
                {
                    "product_id": lot.product_id.id,
                    "product_uom_qty": quantity,
                    "product_uom": lot.product_id.uom_id.id,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    "company_id": self.sister.id,
                    "partner_id": partner.id,
                    "move_line_ids": [
                        (
                            0,
                            0,
                            {
                                "product_id": lot.product_id.id,
                                "lot_id": lot.id,
                                "quantity": quantity,
                                "location_id": source.id,
                                "location_dest_id": target.id,
                                "company_id": self.sister.id,
                            },
                        )
                    ],
                }
            )
        )
        move.picked = True
        move._action_done()
        return move

    def test_rows_of_other_companies_are_counted_not_shown(self):
        lot = self._stock(self.gloves, "C1", 10, self.gloves_di)
        self.assertFalse(lot.company_id and lot.company_id != self.company)
        lot.company_id = False
        self._moved(lot, 1, "stock", "customer", self.hospital)
        self._sister_moved(lot, 3, self.places["supplier"], self.sister_stock, self.vendor)
        self._sister_moved(lot, 2, self.sister_stock, self.places["customer"], self.clinic)
        answer = lot.with_user(self.clerk).medical_trace()
        self.assertEqual([row["partner"] for row in answer["rows"]], ["UDI Test Hospital"])
        self.assertEqual((answer["total"], answer["hidden"]), (2, 1))
        self.assertEqual([row["partner"] for row in answer["totals_by_consignee"]], ["UDI Test Hospital"])
        both = self._user("udi_both", "clerk", company=self.company + self.sister)
        answer = lot.with_user(both).with_context(allowed_company_ids=(self.company + self.sister).ids).medical_trace()
        self.assertEqual((answer["total"], answer["hidden"]), (2, 0))

    def test_lot_that_went_to_a_sister_company(self):
        lot = self._stock(self.gloves, "T1", 10, self.gloves_di)
        lot.company_id = self.company
        stranger = self._stock(self.gloves, "T2", 10, self.gloves_di)
        stranger.company_id = self.company
        Lot = self.env["stock.lot"].with_context(allowed_company_ids=(self.company + self.sister).ids)
        twins = [
            Lot.create({"name": name, "product_id": self.gloves.id, "company_id": self.sister.id})
            for name in ("T1", "T2")
        ]
        self._moved(lot, 4, "stock", "customer", self.sister.partner_id)
        self._sister_moved(twins[0], 4, self.places["supplier"], self.sister_stock, self.company.partner_id)
        self._sister_moved(twins[0], 1, self.sister_stock, self.places["customer"], self.clinic)
        self._sister_moved(twins[1], 1, self.places["supplier"], self.sister_stock, self.vendor)
        answer = lot.with_context(allowed_company_ids=(self.company + self.sister).ids).medical_trace()
        self.assertEqual(answer["lots"], 2)
        self.assertIn("Clinic", [row["partner"] for row in answer["totals_by_consignee"]])
        own = {row["partner"]: row["own_company"] for row in answer["totals_by_consignee"]}
        self.assertEqual(own, {"UDI Sister Company": True, "Clinic": False})
        self.assertEqual(stranger.medical_trace()["lots"], 1, "The same number alone makes no lot the same.")
        hidden = lot.with_user(self.clerk).medical_trace()
        self.assertEqual((hidden["lots"], hidden["hidden"]), (2, 1))
        graph = (
            self.env["medical.trace.screen"].with_user(self.clerk).open_trace("stock.lot", lot.ids, "forward")["graph"]
        )
        self.assertIn("of other companies", [box["sub"] for box in graph["boxes"]])


@tagged("post_install", "-at_install")
class TestTraceRoles(MedicalTraceCase):
    def test_who_may_trace(self):
        lot = self._stock(self.gloves, "X1", 10, self.gloves_di)
        self._moved(lot, 1, "stock", "customer", self.hospital)
        self.assertEqual(len(lot.with_user(self.clerk).medical_trace()["rows"]), 1)
        for user in (self.regulatory, self._user("employee")):
            with self.assertRaises(AccessError):
                lot.with_user(user).medical_trace()
            trace = self.env["medical.trace.screen"].with_user(user)
            for call in (
                lambda trace=trace: trace.open_trace("stock.lot", lot.ids, "forward"),
                lambda trace=trace: trace.read_page("stock.lot", lot.ids, "forward"),
                lambda trace=trace: trace.read_branch(lot.id, "forward"),
                lambda trace=trace: trace.find_lots("X1"),
            ):
                with self.assertRaises(AccessError):
                    call()

    def test_lot_of_another_company_is_refused(self):
        sister = self.env["res.company"].create({"name": "UDI Stranger"})
        lot = (
            self.env["stock.lot"]
            .with_context(allowed_company_ids=sister.ids)
            .create({"name": "SEC", "product_id": self.gloves.id, "company_id": sister.id})
        )
        with self.assertRaises(AccessError):
            lot.with_user(self.clerk).medical_trace()
        with self.assertRaises(AccessError):
            self.env["medical.trace.screen"].with_user(self.clerk).read_branch(lot.id, "forward")

    def test_each_trace_is_logged(self):
        lot = self._stock(self.gloves, "L1", 10, self.gloves_di)
        self._moved(lot, 1, "stock", "customer", self.hospital)
        lot.with_user(self.clerk).medical_trace()
        log = self.env["medical.trace.log"].search([("lot_id", "=", lot.id)])
        self.assertRecordValues(
            log,
            [
                {
                    "user_id": self.clerk.id,
                    "direction": "forward",
                    "purpose": "api",
                    "subject": "L1",
                    "lot_count": 1,
                    "row_count": 1,
                    "company_id": self.company.id,
                }
            ],
        )
        self.assertGreaterEqual(log.duration, 0)
        with self.assertRaises(AccessError):
            log.duration = 0
        with self.assertRaises(AccessError):
            log.unlink()
        with self.assertRaises(AccessError):
            log.create({"subject": "forged"})
        self.assertTrue(self.env["medical.trace.log"].with_user(self.quality).search_count([("lot_id", "=", lot.id)]))
        with self.assertRaises(AccessError):
            self.env["medical.trace.log"].with_user(self.clerk).search([])

    def test_median_and_95th_percentile(self):
        lot = self._lot(self.gloves, "M1")
        for seconds in range(1, 102):
            self.env["medical.trace.log"]._insert(lot, "forward", "api", 1, 1, seconds)
        [(median, p95, mean)] = self.env["medical.trace.log"]._read_group(
            [("lot_id", "=", lot.id)], [], ["duration_median:avg", "duration_p95:avg", "duration:avg"]
        )
        self.assertEqual((median, p95, mean), (51, 96, 51))

    def test_the_measure_of_trace_time(self):
        """The same figures as those of the log itself; what turns a page is no trace."""
        lot = self._lot(self.gloves, "M1")
        for seconds in range(1, 102):
            self.env["medical.trace.log"]._insert(lot, "forward", "api", 1, 1, seconds)
            self.env["medical.trace.log"]._insert(lot, "forward", "page", 1, 1, 0.1)
        measure, today = self.env.ref("medical_udi.measure_trace_time"), fields.Date.today()
        figure = measure._figures(self.company, Domain.TRUE, today, today)[()]
        self.assertEqual((figure.value, figure.high), (51, 96))
        self.assertFalse(measure._figures(self.env.ref("base.main_company"), Domain.TRUE, today, today))
        action = measure.with_user(self.quality)._action_facts(self.company, Domain.TRUE, today, today)
        self.assertEqual(self.env["medical.trace.log"].with_user(self.quality).search_count(action["domain"]), 101)
        with self.assertRaises(AccessError):
            measure.with_user(self.clerk).name  # noqa: B018 reading is what is refused


@tagged("post_install", "-at_install")
class TestTraceScreen(MedicalTraceCase):
    def test_screen_of_a_chain(self):
        resin = self._lot(self.resin, "RES1")
        self._moved(resin, 100, "supplier", "stock", self.vendor)
        tubes = [self._lot(self.tube, f"TUB{number}") for number in range(7)]
        for tube in tubes:
            self._produced([(resin, 2)], tube, 2)
            self._moved(tube, 1, "stock", "customer", self.hospital)
        trace = self.env["medical.trace.screen"].with_user(self.clerk)
        screen = trace.open_trace("stock.lot", resin.ids, "forward")
        self.assertEqual(screen["lots"], 8)
        self.assertEqual([box["label"] for box in screen["graph"]["boxes"]], ["RES1", "7 lots", "UDI Test Hospital"])
        self.assertEqual([(link["quantity"], link["count"]) for link in screen["graph"]["links"]], [(14, 7), (7, 7)])
        self.assertEqual(
            {kind["kind"]: kind["count"] for kind in screen["kinds"]}, {"consume": 7, "produce": 7, "delivery": 7}
        )
        page = trace.read_page("stock.lot", resin.ids, "forward", "delivery", 5, 5)
        self.assertEqual([row["kind_name"] for row in page], ["Delivery", "Delivery"])
        branch = trace.read_branch(resin.id, "forward", True)
        self.assertEqual([node["name"] for node in branch["nodes"]], [tube.name for tube in tubes])
        self.assertEqual({node["quantity"] for node in branch["nodes"]}, {2})
        self.assertFalse(branch["nodes"][0]["leads"])
        self.assertEqual(branch["nodes"][0]["on_hand"], 1)
        backward = trace.open_trace("stock.lot", tubes[0].ids, "backward")
        self.assertEqual([box["label"] for box in backward["graph"]["boxes"]], ["TUB0", "RES1", "UDI Test Vendor"])

    def test_opened_from_documents(self):
        lot = self._stock(self.gloves, "DOC", 10, self.gloves_di)
        picking = self._picking("out", [(self.gloves, 2)])
        trace = self.env["medical.trace.screen"].with_user(self.clerk)
        for records in (lot, self.gloves, self.gloves.product_tmpl_id, picking):
            params = records.with_user(self.clerk).action_medical_trace()["params"]
            self.assertIn("DOC", trace.open_trace(params["model"], params["ids"], "forward")["subject"])
        with self.assertRaises(UserError):
            trace.open_trace("res.partner", self.hospital.ids, "forward")
        with self.assertRaises(UserError):
            trace.open_trace("no.such.model", [1], "forward")

    def test_found_by_scan_or_number(self):
        lot = self._stock(self.gloves, "F1", 10, self.gloves_di)
        serial = self._stock(self.stent, "F2", 1, self.stent_di, udi_lot="F9")
        trace = self.env["medical.trace.screen"].with_user(self.clerk)
        self.assertEqual(trace.find_lots(self._label(self.gloves_box_di, lot="F1")), lot.ids)
        self.assertEqual(trace.find_lots(self._label(self.stent_di, lot="F9", serial="F2")), serial.ids)
        self.assertEqual(trace.find_lots(self._label(self.stent_di, lot="F9")), serial.ids, "All serials of a lot.")
        self.assertEqual(trace.find_lots(f"01{self.stent_di.code}"), serial.ids)
        self.assertEqual(trace.find_lots(" F1 "), lot.ids)
        for nothing in ("", "nosuch", None, 5, self._label(self.gloves_di, lot="nosuch")):
            self.assertEqual(trace.find_lots(nothing), [])
