from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestStockState(MedicalUdiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.steel = cls._product("Steel", sale_ok=False)
        cls.pump = cls._product("Pump", medical_stock_class="spare")
        cls.stock = cls.warehouse.lot_stock_id
        cls.shelf, cls.line = cls.env["stock.location"].create(
            [{"name": name, "location_id": cls.stock.id, "company_id": cls.company.id} for name in ("Shelf", "Line")]
        )
        cls.bench = cls.env["stock.location"].create(
            {"name": "Bench", "location_id": cls.line.id, "company_id": cls.company.id}
        )
        cls.road = cls.env["stock.location"].create({"name": "Road", "usage": "transit", "company_id": cls.company.id})

    def _put(self, product, location, quantity, **values):
        self.env["stock.quant"]._update_available_quantity(product, location, quantity, **values)

    def _states(self, product, user=None):
        groups = (
            self.env["medical.stock.state"]
            .with_user(user or self.clerk)
            ._read_group([("product_id", "=", product.id)], ["state"], ["quantity:sum"])
        )
        return dict(groups)

    def test_what_it_is(self):
        self._put(self.steel, self.shelf, 5)
        self._put(self.pump, self.shelf, 3)
        self._put(self.pen, self.shelf, 2)
        self.assertEqual(self._states(self.steel), {"raw": 5})
        self.assertEqual(self._states(self.pump), {"spare": 3})
        self.assertEqual(self._states(self.pen), {"finished": 2})
        below = self.env["product.category"].create({"name": "Below", "parent_id": self.category.id})
        self.pen.categ_id = below
        self.category.medical_stock_class = "raw"
        self.assertEqual(self._states(self.pen), {"raw": 2})
        below.medical_stock_class = "spare"
        self.assertEqual(self._states(self.pen), {"spare": 2})
        self.assertEqual(self._states(self.pump), {"spare": 3})
        self.pen.medical_stock_class = "finished"
        self.assertEqual(self._states(self.pen), {"finished": 2})

    def test_where_it_is(self):
        self.line.medical_stock_state = "production"
        for location in (self.shelf, self.line, self.bench, self.road):
            self._put(self.pump, location, 1)
        self.assertEqual(self._states(self.pump), {"spare": 1, "production": 2, "transit": 1})
        self.bench.medical_stock_state = "transit"
        self.assertEqual(self._states(self.pump), {"spare": 1, "production": 1, "transit": 2})

    def test_the_states_add_up_to_the_ledger(self):
        self.line.medical_stock_state = "production"
        lots = [self._stock(self.gloves, f"L{number}", 10 + number) for number in range(3)]
        self._put(self.gloves, self.bench, 4, lot_id=lots[0])
        self._put(self.gloves, self.road, 2, lot_id=lots[1])
        self._put(self.gloves, self.shelf, -1.5, lot_id=lots[2])
        self._put(self.pen, self.shelf, 7)
        delivery = self._picking("out", [(self.pen, 3)])
        delivery.move_ids.picked = True
        delivery._action_done()
        Quant = self.env["stock.quant"]
        ledger = dict(
            Quant._read_group(
                [("location_id.usage", "in", ("internal", "transit")), ("company_id", "=", self.company.id)],
                ["product_id"],
                ["quantity:sum"],
            )
        )
        states = dict(
            self.env["medical.stock.state"]._read_group(
                [("company_id", "=", self.company.id)], ["product_id"], ["quantity:sum"]
            )
        )
        self.assertEqual(states, ledger)
        self.assertEqual((ledger[self.gloves], ledger[self.pen]), (37.5, 4))
        self.assertEqual(sum(self._states(self.gloves).values()), 37.5)
        # What left, or is counterpart of receipts, is not stock.
        self.assertEqual(set(states), {self.gloves, self.pen})

    def test_companies_and_roles(self):
        other = self.env["res.company"].create({"name": "Other UDI Company"})
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)], limit=1)
        self._put(self.pen, warehouse.lot_stock_id, 9)
        self._put(self.pen, self.shelf, 1)
        for user in (self.clerk, self.quality, self.auditor):
            self.assertEqual(self._states(self.pen, user), {"finished": 1})
        nobody = self._user("employee")
        with self.assertRaises(AccessError):
            self._states(self.pen, nobody)
