from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import MedicalQualityCase

_GONE = ("customer", "production", "supplier", "inventory")


@tagged("post_install", "-at_install")
class TestPlace(MedicalQualityCase):
    """What a place means is set by approvers, agrees with itself, and is looked at when goods go there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.quarantine = cls.warehouse._quality_quarantine()
        cls.cage = cls.env["stock.location"].create({"name": "Cage", "location_id": cls.quarantine.id})
        cls.second = cls.env["stock.warehouse"].create({"name": "Second", "code": "QS", "company_id": cls.company.id})
        cls.approver.group_ids |= cls.env.ref("stock.group_stock_manager")

    def _refused_and_allowed(self, write):
        """Managers are refused what an approver may do."""
        with self.assertRaisesRegex(AccessError, "by quality approvers only"), self.cr.savepoint():
            write(self.manager)
        self.env.invalidate_all()
        write(self.approver)

    def test_an_approver_sets_what_a_place_means(self):
        for name, values in (
            ("flag", {"quality_quarantine": True}),
            ("taken away", {"quality_quarantine": False}),
            ("type", {"usage": "transit"}),
            ("into a quarantine", {"usage": "internal", "location_id": self.quarantine.id}),
            ("out of it", {"location_id": self.stock.id}),
            ("other warehouse", {"location_id": self.second.lot_stock_id.id}),
        ):
            with self.subTest(name):
                self._refused_and_allowed(lambda user, values=values: self.shelf.with_user(user).write(values))
        self.assertEqual(self.shelf.warehouse_id, self.second)

    def test_what_lies_below_changes_with_the_parent(self):
        inner = self.env["stock.location"].create({"name": "Inner", "location_id": self.shelf.id})
        self._refused_and_allowed(lambda user: self.shelf.with_user(user).write({"location_id": self.cage.id}))
        self.assertTrue(inner.quality_in_quarantine)
        self._refused_and_allowed(lambda user: self.cage.with_user(user).write({"location_id": self.stock.id}))
        self.assertFalse(inner.quality_in_quarantine)

    def test_new_and_imported_places(self):
        values = {"name": "New", "location_id": self.stock.id, "quality_quarantine": True}
        self._refused_and_allowed(lambda user: self.env["stock.location"].with_user(user).create(values))
        result = (
            self.env["stock.location"]
            .with_user(self.manager)
            .load(["name", "location_id/.id", "quality_quarantine"], [["Import", str(self.stock.id), "True"]])
        )
        self.assertIn("by quality approvers only", result["messages"][0]["message"])
        copied = self.quarantine.with_user(self.manager).copy()
        self.assertFalse(copied.quality_in_quarantine, "a copy is a place like others")

    def test_managers_go_on_arranging_their_shelves(self):
        places = self.env["stock.location"].with_user(self.manager)
        rack = places.create({"name": "Rack", "location_id": self.stock.id})
        places.create({"name": "In the Cage", "location_id": self.quarantine.id})
        self.shelf.with_user(self.manager).write({"location_id": rack.id, "name": "Top", "usage": "internal"})
        self.assertEqual(self.shelf.location_id, rack)
        warehouse = self.env["stock.warehouse"].with_user(self.manager).create({"name": "Third", "code": "QT"})
        self.assertEqual(warehouse.lot_stock_id.warehouse_id, warehouse)

    def test_where_quality_decides_nothing_types_are_free(self):
        self.env["medical.scope"].search([("company_id", "=", self.company.id)]).action_end()
        self.shelf.with_user(self.manager).usage = "transit"
        with self.assertRaisesRegex(AccessError, "by quality approvers only"), self.cr.savepoint():
            self.cage.with_user(self.manager).location_id = self.stock

    def test_a_quarantine_is_ours_and_real(self):
        view = self.env["stock.location"].create(
            {"name": "View", "usage": "view", "location_id": self.warehouse.view_location_id.id}
        )
        with self.assertRaisesRegex(ValidationError, "cannot be a quarantine"), self.cr.savepoint():
            view.quality_quarantine = True
        for usage in _GONE:
            for name, act in (
                ("flag", lambda usage=usage: self.shelf.write({"usage": usage, "quality_quarantine": True})),
                ("turned", lambda usage=usage: self.cage.write({"usage": usage})),
                ("itself", lambda usage=usage: self.quarantine.write({"usage": usage})),
                (
                    "new below",
                    lambda usage=usage: self.env["stock.location"].create(
                        {"name": "Below", "usage": usage, "location_id": self.cage.id}
                    ),
                ),
                ("moved below", lambda usage=usage: self._place(usage).write({"location_id": self.cage.id})),
                (
                    "parent moved",
                    lambda usage=usage: self._place(usage).location_id.write({"quality_quarantine": True}),
                ),
            ):
                with (
                    self.subTest(usage=usage, way=name),
                    self.assertRaisesRegex(ValidationError, "cannot be a quarantine"),
                    self.cr.savepoint(),
                ):
                    act()
                    self.env.flush_all()

    def _place(self, usage):
        parent = self.env["stock.location"].create({"name": "Parent", "location_id": self.stock.id})
        return self.env["stock.location"].create({"name": usage, "usage": usage, "location_id": parent.id})

    def test_what_it_is_counts_when_goods_go_there(self):
        """Whatever the database says: goods that go to a customer, or are used, do not go to a quarantine."""
        lot = self._lot("BLOCKED", 10)
        for usage in ("customer", "production"):
            place = self._place(usage)
            self.env.flush_all()
            # As older data, or another program, may have it.
            self.cr.execute("UPDATE stock_location SET quality_quarantine = true WHERE id = %s", [place.id])
            self.env.invalidate_all()
            place.modified(["quality_quarantine"])
            self.assertFalse(place.quality_in_quarantine)
            picking = self._move(self.stock, place, lot)
            with self.subTest(usage), self.assertRaisesRegex(UserError, "BLOCKED of Stent"), self.cr.savepoint():
                self._line(picking, lot).move_id._action_done()
        self.assertEqual(self._quantity(lot), 10)

    def test_where_controlled_goods_moved_the_type_stays(self):
        supplier = self.env["stock.location"].create({"name": "Plant", "usage": "supplier"})
        self.env["stock.quant"]._update_available_quantity(self.pen, supplier, -1)
        supplier.usage = "customer"
        supplier.usage = "supplier"
        picking = self._move(self.suppliers, self.stock, None, product=self.stent)
        line = self._line(picking, None, lot_name="FROM-PLANT")
        line.location_id = supplier
        self._validate(picking)
        with self.assertRaisesRegex(ValidationError, "the type of the place stays"), self.cr.savepoint():
            supplier.usage = "internal"

    def test_derived_fields_are_not_written(self):
        with self.assertRaisesRegex(AccessError, "what lies below follows"), self.cr.savepoint():
            self.shelf.quality_in_quarantine = True
        self.shelf.with_user(self.manager).warehouse_id = self.second
        self.assertEqual(self.shelf.warehouse_id, self.warehouse)

    def test_the_quarantine_of_a_warehouse_is_one_of_it(self):
        elsewhere = self.second._quality_quarantine()
        shared = self.env["stock.location"].create(
            {"name": "Shared", "company_id": False, "quality_quarantine": True, "location_id": False}
        )
        for place in (self.shelf, elsewhere, shared):
            with (
                self.subTest(place.display_name),
                self.assertRaisesRegex(ValidationError, "is no quarantine of"),
                self.cr.savepoint(),
            ):
                self.warehouse.quality_quarantine_loc_id = place
        self._refused_and_allowed(
            lambda user: self.warehouse.with_user(user).write({"quality_quarantine_loc_id": self.cage.id})
        )
        self.assertEqual(self.warehouse._quality_quarantine(), self.cage)
        with self.assertRaisesRegex(AccessError, "by quality approvers only"), self.cr.savepoint():
            self.second.with_user(self.manager).view_location_id = self.warehouse.view_location_id

    def test_the_quarantine_is_looked_at_when_it_is_used(self):
        lot = self._lot("PART", 10, state="released")
        self.quarantine.with_user(self.approver).quality_quarantine = False
        self._hold(lot, line_ids=[(0, 0, {"lot_id": lot.id, "quantity": 4, "source_location_id": self.stock.id})])
        place = self.warehouse.quality_quarantine_loc_id
        self.assertNotEqual(place, self.quarantine)
        self.assertEqual((self._quantity(lot, place), place.quality_in_quarantine), (4, True))

    def test_all_of_it_is_in_the_audit_trail(self):
        self.shelf.with_user(self.approver).write({"quality_quarantine": True})
        self.shelf.with_user(self.approver).write({"location_id": self.second.lot_stock_id.id})
        self.warehouse.with_user(self.approver).quality_quarantine_loc_id = self.cage
        entries = self.env["medical.audit.entry"].search([("user_id", "=", self.approver.id)])
        told = {(entry.model, entry.res_id, entry.field_name, entry.new_value) for entry in entries}
        self.assertLessEqual(
            {
                ("stock.location", self.shelf.id, "quality_quarantine", "True"),
                (
                    *("stock.location", self.shelf.id, "location_id"),
                    f"{self.second.lot_stock_id.display_name} (#{self.second.lot_stock_id.id})",
                ),
                (
                    *("stock.warehouse", self.warehouse.id, "quality_quarantine_loc_id"),
                    f"{self.cage.display_name} (#{self.cage.id})",
                ),
            },
            told,
        )
