from datetime import timedelta

from lxml import etree

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestInspection(MedicalQualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quality_2 = cls._user("quality_second", "quality")
        cls.plan = cls._plan()

    @classmethod
    def _plan(cls, **values):
        lines = [
            {"name": "Length", "kind": "measured", "lower": 9.5, "upper": 10.5, "unit": "mm"},
            {"name": "Surface", "kind": "attribute"},
        ]
        return super()._plan(
            **{"sample_size": 3, "characteristic_ids": [Command.create(line) for line in lines], **values}
        )

    def _fill(self, inspection, values="10 10 10", nonconforming=0):
        inspection = inspection.with_user(self.quality)
        for line in inspection.result_ids:
            if line.kind == "measured":
                line.values_text = values
            elif line.kind == "attribute":
                line.write({"checked": inspection.sample_size, "nonconforming": nonconforming})
        return inspection

    def _pass(self, inspection):
        self._sign(self._fill(inspection), self.quality, "action_inspected")
        self._decide(inspection.with_user(self.quality_2), inspection.quantity, 0, 0)

    # Coming into being

    def test_a_receipt_makes_one_per_lot(self):
        inspection = self._receive("L1")
        self.assertEqual((inspection.operation, inspection.quantity, inspection.state), ("receipt", 10, "open"))
        self.assertEqual((inspection.sample_size, inspection.accept_number), (3, 0))
        self.assertEqual(inspection.result_ids.mapped("name"), ["Length", "Surface"])
        self.assertEqual(inspection.lot_id.quality_state, "quarantine")

    def test_nothing_for_other_products_or_without_a_plan(self):
        self.assertFalse(self._receive("P1", product=self.pen))
        self.plan.active = False
        self.assertFalse(self._receive("L1"))

    def test_the_first_plan_that_fits_counts(self):
        narrow = self._plan(name="Narrow", product_ids=[(6, 0, self.stent.ids)], partner_id=self.vendor.id, sequence=1)
        self.assertEqual(self._receive("L1").plan_id, narrow)
        other = self.env["res.partner"].create({"name": "Quality Second Vendor"})
        self.assertEqual(self._receive("L2", partner=other).plan_id, self.plan)

    def test_iso_2859_gives_sample_and_acceptance_number(self):
        self.plan.write({"sampling": "aql", "level": "II", "aql": "1"})
        inspection = self._receive("L1", 1000)
        self.assertEqual((inspection.sample_size, inspection.accept_number), (80, 2))

    def test_it_is_frozen_when_it_starts(self):
        inspection = self._receive("L1")
        self.plan.characteristic_ids[0].upper = 99
        self.plan.sample_size = 50
        self.assertEqual((inspection.result_ids[0].upper, inspection.sample_size), (10.5, 3))
        with self.assertRaisesRegex(UserError, "settled"):
            inspection.with_user(self.quality).result_ids[0].upper = 99
        with self.assertRaisesRegex(UserError, "settled"):
            inspection.with_user(self.quality).result_ids[0].unlink()

    def test_label_check_has_its_five_items(self):
        self.plan.label_check = True
        labels = self._receive("L1").result_ids.filtered(lambda line: line.name.startswith("Label"))
        self.assertEqual(len(labels), 5)
        self.assertTrue(all(labels.mapped("critical")))

    # Results

    def test_measured_values_are_counted_against_the_limits(self):
        inspection = self._fill(self._receive("L1"), "9,4 10.0 10.6; 10.5")
        line = inspection.result_ids[0]
        self.assertEqual((line.checked, line.nonconforming, line.complete), (4, 2, True))
        with self.assertRaisesRegex(ValidationError, "numbers"):
            line.values_text = "about ten"
        with self.assertRaisesRegex(UserError, "counted from their values"):
            line.nonconforming = 0

    def test_an_empty_inspection_is_no_pass(self):
        inspection = self._receive("L1")
        for user in (self.quality, self.approver):
            with self.assertRaisesRegex(UserError, "not finished yet: Length, Surface"):
                self._decide(inspection.with_user(user), 10, 0, 0)
        self.plan.characteristic_ids.unlink()
        bare = self._receive("L2")
        with self.assertRaisesRegex(UserError, "nothing was looked at"):
            self._decide(bare.with_user(self.quality), 10, 0, 0)

    def test_a_document_has_to_be_attached(self):
        self.plan.characteristic_ids = [(0, 0, {"name": "Certificate", "kind": "document"})]
        inspection = self._fill(self._receive("L1"))
        with self.assertRaisesRegex(UserError, "not finished yet: Certificate"):
            self._sign(inspection, self.quality, "action_inspected")
        line = inspection.result_ids.filtered(lambda line: line.kind == "document")
        line.attachment_ids = (
            self.env["ir.attachment"]
            .with_user(self.quality)
            .create({"name": "certificate.pdf", "raw": b"x", "res_model": line._name, "res_id": line.id})
        )
        self._sign(inspection, self.quality, "action_inspected")
        self.assertEqual(inspection.inspector_id, self.quality)

    def test_files_of_results_are_kept(self):
        inspection = self._receive("L1")
        line = inspection.result_ids[0]
        Attachment = self.env["ir.attachment"].with_user(self.quality)
        loose = Attachment.create({"name": "loose.pdf", "raw": b"a"})
        elsewhere = Attachment.create(
            {"name": "elsewhere.pdf", "raw": b"b", "res_model": "res.users", "res_id": self.quality.id}
        )
        line.with_user(self.quality).attachment_ids = loose | elsewhere
        self.assertEqual(set(line.attachment_ids.mapped("res_id")), {line.id})
        self.assertIn(loose, line.attachment_ids)
        elsewhere.unlink()
        self.assertEqual(
            sorted(file.raw for file in line.attachment_ids), [b"a", b"b"], "of another's file, it has a copy"
        )
        for file in line.attachment_ids:
            for act in (
                lambda file: file.unlink(),
                lambda file: file.write({"raw": b"c"}),
                lambda file: file.write({"res_id": 0}),
            ):
                for user in (self.quality, self.env.ref("base.user_root")):
                    with self.assertRaisesRegex(UserError, "cannot be deleted, changed or moved"), self.cr.savepoint():
                        act(file.with_user(user))

    # Decision

    def test_decide_is_offered_to_those_who_may(self):
        inspection = self._receive("L1")
        self._sign(self._fill(inspection), self.quality, "action_inspected")

        def offered(user):
            return ",action_decide_quantities," in inspection.with_user(user).available_steps

        self.assertEqual((offered(self.quality), offered(self.quality_2), offered(self.clerk)), (False, True, False))
        self.plan.four_eyes = False
        inspection.invalidate_recordset(["available_steps"])
        self.assertFalse(offered(self.quality), "the plan's switch counts from the next inspection")
        inspection = self._receive("L2")
        self._sign(self._fill(inspection), self.quality, "action_inspected")
        self.assertTrue(offered(self.quality))

    def test_a_trash_can_is_where_a_line_can_go(self):
        inspection = self._receive("L1").with_user(self.quality)
        form = etree.fromstring(inspection.get_view(view_type="form")["arch"])
        lines = form.find(".//field[@name='result_ids']/list")
        self.assertEqual(lines.get("delete"), "0")
        self.assertEqual(lines.find("button[@name='unlink']").get("invisible"), "specified")
        specified = inspection.result_ids
        inspection.result_ids = [Command.create({"name": "Smell", "kind": "attribute"})]
        added = inspection.result_ids - specified
        self.assertEqual((set(specified.mapped("specified")), added.specified), ({True}, False))
        added.unlink()
        with self.assertRaises(UserError):
            specified[0].unlink()

    def test_four_eyes(self):
        inspection = self._fill(self._receive("L1"))
        self._sign(inspection, self.quality, "action_inspected")
        with self.assertRaisesRegex(UserError, "somebody else decides"):
            self._decide(inspection, 10, 0, 0)
        action = inspection.with_user(self.quality_2).action_view_decide_quantities()
        wizard = self.env[action["res_model"]].with_user(self.quality_2).with_context(**action["context"]).create({})
        self.assertEqual(
            (wizard.accepted, wizard.rejected, wizard.action_apply()["res_model"]), (10, 0, "medical.sign")
        )
        self.assertEqual(inspection.state, "open")
        self._sign(inspection, self.quality_2, "action_decide_quantities", accepted=10, rejected=0, concession=0)
        self.assertEqual(
            (inspection.state, inspection.accepted_quantity, inspection.decided_by_id), ("passed", 10, self.quality_2)
        )
        self.assertEqual(
            (inspection.signature_ids.mapped("meaning"), inspection.signature_state), (["approval", "author"], "signed")
        )

    def test_who_wrote_the_results_does_not_decide(self):
        inspection = self._receive("L1")
        self._fill(inspection)
        inspection.result_ids[0].with_user(self.quality_2).values_text = "10 10 10.1"
        self._sign(inspection, self.quality, "action_inspected")
        with self.assertRaisesRegex(AccessError, "somebody else decides"), self.cr.savepoint():
            self._decide(inspection.with_user(self.quality_2), 10, 0, 0)
        # Whoever received the lot wrote no results, though the lines were made then.
        receiver = self._user("quality_receiver", "stock.group_stock_user")
        receiver.group_ids += self.env.ref("medical_base.group_medical_quality_user")
        self.assertTrue(inspection.result_ids[0].create_uid)
        with self.assertRaisesRegex(UserError, "choose one record"):
            self._decide((inspection | self._receive("L2")).with_user(receiver), 10, 0, 0)
        self._decide(inspection.with_user(receiver), 10, 0, 0)
        self.assertEqual(inspection.state, "passed")

    def test_values_are_numbers(self):
        line = self._receive("L1").with_user(self.quality).result_ids[0]
        for text in ("nan", "10 NaN 10", "inf", "-Infinity", "1e999"):
            with self.subTest(text), self.assertRaisesRegex(ValidationError, "numbers"), self.cr.savepoint():
                line.values_text = text

    def test_the_inspector_signs(self):
        inspection = self._fill(self._receive("L1"))
        with self.assertRaisesRegex(UserError, "not signed by an inspector"):
            self._decide(inspection.with_user(self.quality_2), 10, 0, 0)
        with self.assertRaisesRegex(UserError, "not signed by an inspector"):
            inspection.with_user(self.quality_2).action_view_decide_quantities()
        self.assertEqual(
            inspection.action_inspected()["res_model"],
            "medical.sign",
            "without proof of identity, the window asks for it",
        )
        self.assertFalse(inspection.inspector_id)
        with self.assertRaisesRegex(UserError, "password is not right"), self.cr.savepoint():
            inspection.with_context(signature_password="guessed").action_inspected()
        self._sign(inspection, self.quality, "action_inspected")
        self.assertEqual((inspection.inspector_id, inspection.signature_ids.meaning), (self.quality, "author"))
        with self.assertRaisesRegex(UserError, "inspected already"):
            self._sign(inspection, self.quality_2, "action_inspected")

    def test_results_changed_after_signing_are_inspected_again(self):
        inspection = self._fill(self._receive("L1"))
        line = inspection.result_ids[0]
        file = {"name": "photo.png", "raw": b"x", "res_model": line._name, "res_id": line.id}
        for number, change in enumerate(
            (
                lambda: line.write({"values_text": "10 10 11"}),
                lambda: inspection.write({"result_ids": [(1, line.id, {"remark": "Seen twice"})]}),
                lambda: line.write({"attachment_ids": [(0, 0, file)]}),
                lambda: line.create({"inspection_id": inspection.id, "name": "Colour", "checked": 3}),
                lambda: inspection.result_ids.filtered(lambda one: not one.specified).unlink(),
            ),
            start=1,
        ):
            self._sign(inspection, self.quality, "action_inspected")
            self.assertEqual(inspection.signature_state, "signed")
            change()
            self.assertFalse(inspection.inspector_id)
            self.assertEqual(len(inspection.signature_ids.filtered(lambda one: one.state == "invalidated")), number)
            self.assertEqual(inspection.signature_state, "broken")
            with self.assertRaisesRegex(UserError, "changed afterwards"):
                self._decide(inspection.with_user(self.quality_2), 0, 10, 0)
        self._sign(inspection, self.quality, "action_inspected")
        line.write({"values_text": line.values_text, "sequence": 7})
        self.assertEqual(inspection.signature_state, "signed", "the same once more changes nothing")
        self.env.cr.execute("UPDATE medical_inspection_result SET nonconforming = 0 WHERE id = %s", [line.id])
        self.env.invalidate_all()
        self.assertEqual(inspection.signature_state, "broken")
        with self.assertRaisesRegex(UserError, "changed afterwards"):
            self._decide(inspection.with_user(self.quality_2), 10, 0, 0)

    def test_without_four_eyes_a_change_is_inspected_again_as_well(self):
        self.plan.four_eyes = False
        inspection = self._fill(self._receive("L1"))
        self._sign(inspection, self.quality, "action_inspected")
        inspection.result_ids[0].values_text = "10 10 10.1"
        with self.assertRaisesRegex(UserError, "changed afterwards"):
            self._decide(inspection, 10, 0, 0)
        self._sign(inspection, self.quality, "action_inspected")
        self._decide(inspection, 10, 0, 0)
        self.assertEqual((inspection.inspector_id, inspection.decided_by_id), (self.quality, self.quality))

    def test_nonconforming_lot_is_not_accepted(self):
        inspection = self._fill(self._receive("L1"), nonconforming=1)
        self._sign(inspection, self.quality, "action_inspected")
        second = inspection.with_user(self.quality_2)
        with self.assertRaisesRegex(UserError, "1 nonconforming units, 0 are allowed"):
            self._decide(second, 10, 0, 0)
        self._decide(second, 0, 10, 0)
        self.assertEqual(inspection.state, "failed")
        with self.assertRaisesRegex(UserError, "rejected all of it"):
            inspection.lot_id.with_user(self.approver)._quality_decide("released", "never mind")

    def test_concession_is_for_approvers_with_a_reason_and_not_for_expired_lots(self):
        inspection = self._fill(self._receive("L1"), nonconforming=1)
        self._sign(inspection, self.quality, "action_inspected")
        with self.assertRaises(AccessError):
            self._decide(inspection.with_user(self.quality_2), 0, 0, 10, "fine")
        approver = inspection.with_user(self.approver)
        with self.assertRaisesRegex(UserError, "reason"):
            self._decide(approver, 0, 0, 10)
        inspection.lot_id._udi_correct({"expiration_date": "2020-01-01 12:00:00"}, "misread")
        with self.assertRaisesRegex(UserError, "expired"):
            self._decide(approver, 0, 0, 10, "Cosmetic only")
        inspection.lot_id._udi_correct({"expiration_date": "2040-01-01 12:00:00"}, "read again")
        self._decide(approver, 0, 0, 10, "Cosmetic only")
        self.assertEqual((inspection.state, inspection.concession_quantity), ("failed", 10))

    def test_rejected_part_is_put_apart_and_the_rest_can_be_released(self):
        inspection = self._fill(self._receive("L1"))
        self._sign(inspection, self.quality, "action_inspected")
        self._decide(inspection.with_user(self.quality_2), 8, 2, 0, "Two are bent")
        lot = inspection.lot_id
        self.assertEqual(self._quantity(lot, self.warehouse.quality_quarantine_loc_id), 2)
        lot.with_user(self.approver)._quality_decide("released", "the rest is fine")
        self.assertEqual((self._quantity(lot), inspection.hold_id.state), (8, "active"))

    def test_rejected_part_is_put_apart_where_it_lies_by_now(self):
        inspection = self._receive("L1")
        lot, quarantine = inspection.lot_id, self.warehouse._quality_quarantine()
        aside = self._move(self.stock, quarantine, lot, 9)
        self._line(aside, lot, 9)
        self._validate(aside)
        self._sign(self._fill(inspection), self.quality, "action_inspected")
        self._decide(inspection.with_user(self.quality_2), 8, 2, 0)
        self.assertEqual((inspection.state, inspection.hold_id.line_ids.mapped("quantity")), ("failed", [1, 1]))
        self.assertEqual((self._quantity(lot), self._quantity(lot, quarantine)), (0, 10))
        lines = inspection.with_user(self.quality).action_view_nonconformity()["context"]["default_line_ids"]
        self.assertEqual(
            [line for *_command, line in lines],
            [{"lot_id": lot.id, "source_location_id": quarantine.id, "quantity": 2}],
        )

    def test_quantities_come_to_the_lot_size(self):
        inspection = self._fill(self._receive("L1"))
        for parts in ((9, 0, 0), (10, 1, 0), (11, -1, 0)):
            with self.assertRaisesRegex(UserError, "come to"):
                self._decide(inspection.with_user(self.quality_2), *parts)

    def test_open_inspection_stands_against_the_release(self):
        inspection = self._receive("L1")
        with self.assertRaisesRegex(UserError, "is not finished"):
            inspection.lot_id.with_user(self.approver)._quality_decide("released", "hurry")
        self._pass(inspection)
        inspection.lot_id.with_user(self.approver)._quality_decide("released", "inspected")

    def test_decided_is_settled(self):
        inspection = self._receive("L1")
        self._pass(inspection)
        for act in (
            lambda: self._decide(inspection.with_user(self.approver), 0, 10, 0),
            lambda: inspection.with_user(self.quality).result_ids[1].write({"nonconforming": 1}),
            lambda: (
                self.env["medical.inspection.result"]
                .with_user(self.quality)
                .create({"inspection_id": inspection.id, "name": "More"})
            ),
            lambda: inspection.sudo().unlink(),
        ):
            with self.assertRaises(UserError), self.cr.savepoint():
                act()
        for values in (
            {"state": "open"},
            {"accepted_quantity": 1},
            {"decided_by_id": self.quality.id},
            {"sample_size": 1},
        ):
            for user in (self.quality, self.approver, self.env.ref("base.user_root")):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    inspection.with_user(user).write(values)

    # Sampling of lots

    def test_switching_after_bad_lots(self):
        self.plan.write({"sampling": "aql", "level": "II", "aql": "1", "four_eyes": False})
        for number in range(2):
            inspection = self._receive(f"BAD{number}", 1000)
            self.assertEqual((inspection.severity, inspection.accept_number), ("normal", 2))
            for line in inspection.result_ids.with_user(self.quality):
                line.write(
                    {"values_text": "10 " * 80} if line.kind == "measured" else {"checked": 80, "nonconforming": 5}
                )
            self._decide(inspection.with_user(self.quality), 0, 1000, 0)
        tight = self._receive("NEXT", 1000)
        self.assertEqual((tight.severity, tight.accept_number), ("tightened", 1))
        elsewhere = self._receive(
            "OTHER", 1000, partner=self.env["res.partner"].create({"name": "Quality Good Vendor"})
        )
        self.assertEqual(elsewhere.severity, "normal")

    def test_reduced_inspection_after_many_good_lots(self):
        self.plan.write({"sampling": "aql", "level": "II", "aql": "1", "four_eyes": False, "reduced": True})

        def decide(name, nonconforming):
            inspection = self._receive(name, 1000).with_user(self.quality)
            size = inspection.sample_size
            for line in inspection.result_ids:
                line.write(
                    {"values_text": "10 " * size}
                    if line.kind == "measured"
                    else {"checked": size, "nonconforming": nonconforming}
                )
            good = nonconforming <= inspection.accept_number
            self._decide(inspection, 1000 * good, 1000 * (not good), 0)
            return inspection.severity, inspection.sample_size, inspection.accept_number

        for number in range(10):
            self.assertEqual(decide(f"GOOD{number}", 1), ("normal", 80, 2))
        self.assertEqual(decide("REDUCED", 1), ("reduced", 32, 1))
        self.assertEqual(decide("BAD", 2), ("reduced", 32, 1))
        self.assertEqual(decide("NORMAL", 0), ("normal", 80, 2))

    def test_a_vendor_is_let_in_again(self):
        self.plan.write({"sampling": "aql", "level": "II", "aql": "1", "four_eyes": False})
        for number in range(7):
            inspection = self._receive(f"BAD{number}", 1000)
            size = inspection.sample_size
            for line in inspection.result_ids.with_user(self.quality):
                line.write(
                    {"values_text": "10 " * size} if line.kind == "measured" else {"checked": size, "nonconforming": 5}
                )
            self._decide(inspection.with_user(self.quality), 0, 1000, 0)
        self.assertEqual(self._receive("STOPPED", 1000).severity, "stopped")
        self.plan.with_user(self.approver).switching_from = fields.Datetime.now() + timedelta(seconds=1)
        self.assertEqual(self._receive("AGAIN", 1000).severity, "tightened")

    def test_many_lots_of_a_receipt_are_opened_at_once(self):
        self.plan.label_check = True

        def queries(count):
            picking = self._move(self.suppliers, self.stock, None, count, product=self.stent)
            picking.move_ids.move_line_ids.unlink()
            self.env["stock.move.line"].create(
                [
                    {
                        "picking_id": picking.id,
                        "move_id": picking.move_ids.id,
                        "product_id": self.stent.id,
                        "picked": True,
                        "product_uom_id": self.stent.uom_id.id,
                        "quantity": 1,
                        "lot_name": f"Q{count}-{number}",
                        "location_id": self.suppliers.id,
                        "location_dest_id": self.stock.id,
                    }
                    for number in range(count)
                ]
            )
            self._validate(picking)
            inspections = self.env["medical.inspection"].search([("picking_id", "=", picking.id)])
            self.assertEqual(len(inspections), count)
            self.assertEqual(len(set(inspections.mapped("name"))), count)
            self.assertEqual({len(inspection.result_ids) for inspection in inspections}, {7})
            lines = picking.move_line_ids.browse(picking.move_line_ids.ids)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(self.env["medical.inspection"]._open(lines)), count)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        self.assertLessEqual(queries(40) - queries(4), 18, "no query per lot, only more batches")

    def test_inspected_again_after_everything_was_rejected(self):
        inspection = self._fill(self._receive("L1"), nonconforming=1)
        self._sign(inspection, self.quality, "action_inspected")
        self._decide(inspection.with_user(self.quality_2), 0, 10, 0)
        lot = inspection.lot_id
        with self.assertRaisesRegex(AccessError, "Inspect lots"):
            lot.with_user(self.clerk).action_quality_inspect()
        with self.assertRaisesRegex(UserError, "rejected all of it"):
            lot.with_user(self.approver)._quality_decide("released", "never mind")
        action = lot.with_user(self.quality).action_quality_inspect()
        again = self.env["medical.inspection"].search(action["domain"])
        self.assertEqual((again.state, again.quantity, again.partner_id), ("open", 10, inspection.partner_id))
        self.assertEqual(inspection.repeated_by_id, again)
        with self.assertRaisesRegex(UserError, "open already"):
            lot.with_user(self.quality).action_quality_inspect()
        with self.assertRaisesRegex(UserError, r"not finished \(Length, Surface\)"):
            lot.with_user(self.approver)._quality_decide("released", "hurry")
        self._pass(again)
        lot.with_user(self.approver)._quality_decide("released", "sorted")
        with self.assertRaisesRegex(UserError, "quarantine first"):
            lot.with_user(self.quality).action_quality_inspect()

    def test_skip_lot(self):
        self.plan.write({"skip_after": 2, "skip_lots": 2, "four_eyes": False})
        states = []
        for number in range(8):
            inspection = self._receive(f"S{number}")
            if inspection.state == "open":
                self._pass(inspection)
            states.append("s" if inspection.state == "skipped" else "i")
        self.assertEqual("".join(states), "iississi")

    # Returns, production, purchase

    def test_a_return_is_kept_apart_until_it_is_inspected(self):
        self._plan(name="Returns", operation="return")
        lot = self._lot("SOLD", 10, state="released")
        out = self._move(self.stock, self.customers, lot, 4)
        self._line(out, lot, 4)
        self._validate(out)
        back = self._move(self.customers, self.stock, lot, 4, kind=self.warehouse.in_type_id)
        self._line(back, lot, 4)
        self._validate(back)
        inspection = self.env["medical.inspection"].search([("lot_id", "=", lot.id), ("operation", "=", "return")])
        quarantine = self.warehouse.quality_quarantine_loc_id
        self.assertEqual((self._quantity(lot), self._quantity(lot, quarantine)), (6, 4))
        self.assertFalse(lot.quality_blocked)
        with self.assertRaisesRegex(UserError, "ends by itself"):
            self._lift(inspection.hold_id.with_user(self.approver), "hurry")
        away = self._move(quarantine, self.stock, lot, 4)
        self._line(away, lot, 4)
        with self.assertRaisesRegex(UserError, "is on hold"), self.cr.savepoint():
            away._action_done()
        self._pass(inspection)
        self.assertEqual(inspection.hold_id.state, "lifted")
        away._action_done()
        self.assertEqual(self._quantity(lot), 10)

    def test_the_order_line_shows_what_was_accepted(self):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.vendor.id,
                "company_id": self.company.id,
                "order_line": [(0, 0, {"product_id": self.stent.id, "product_qty": 10, "price_unit": 1})],
            }
        )
        order.button_confirm()
        picking = order.picking_ids
        self._line(picking, None, 10, lot_name="BOUGHT")
        self._validate(picking)
        inspection = self.env["medical.inspection"].search([("picking_id", "=", picking.id)])
        self.assertEqual(inspection.purchase_line_id, order.order_line)
        self._sign(self._fill(inspection), self.quality, "action_inspected")
        self._decide(inspection.with_user(self.quality_2), 8, 2, 0)
        line = order.order_line
        line.invalidate_recordset()
        self.assertEqual(
            (line.quality_lot_count, line.quality_accepted, line.quality_rejected, line.quality_rate), (1, 8, 2, 80)
        )

    def test_roles(self):
        inspection = self._receive("L1")
        for user in (self.clerk, self.manager, self.auditor):
            self.assertEqual(inspection.with_user(user).state, "open")
            with self.assertRaises(AccessError), self.cr.savepoint():
                self._decide(inspection.with_user(user), 10, 0, 0)
            with self.assertRaises(AccessError), self.cr.savepoint():
                inspection.with_user(user).result_ids[0].write({"values_text": "10 10 10"})
        for user in (self.clerk, self.quality, self.auditor):
            with self.assertRaises(AccessError), self.cr.savepoint():
                self.plan.with_user(user).write({"sample_size": 1})
