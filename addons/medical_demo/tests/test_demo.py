import csv
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from ..demo_generator import MARKER, collect, generate, history, simulate

MONTHS = 12
SEED = 3


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    """The generator on a small company: what it writes is what core would have left behind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(MARKER, False)
        cls.vendor = cls.env["res.partner"].create({"name": "Demo test vendor"})
        cls.warehouses = cls.env["stock.warehouse"].create(
            [{"name": f"Demo test {code}", "code": code} for code in ("DT1", "DT2")]
        )
        cls.hospitals = cls.env["res.partner"].create(
            [
                {
                    "name": f"Demo test hospital {number}",
                    "medical_region": region,
                    "medical_hospital_grade": grade,
                }
                for number, (region, grade) in enumerate(
                    [
                        ("DT1", "tertiary_a"),
                        ("DT1", "secondary"),
                        ("DT2", "tertiary_b"),
                        ("Elsewhere", "primary"),
                    ]
                )
            ]
        )
        patterns = {"disposables": "lot", "reagents": "lot", "equipment": "serial", "spare_parts": "none"}
        cls.products = cls.env["product.product"].create(
            [
                {
                    "name": f"Demo test {pattern}",
                    "default_code": f"DT-{pattern}",
                    "is_storable": True,
                    "tracking": tracking,
                    "standard_price": 12.5,
                    "weight": 0.2,
                    "use_expiration_date": tracking == "lot",
                    "expiration_time": 90,
                    "use_time": 10,
                    "removal_time": 15,
                    "alert_time": 30,
                    "seller_ids": [
                        Command.create({"partner_id": cls.vendor.id, "price": 11, "delay": 14, "min_qty": 5})
                    ],
                }
                for pattern, tracking in patterns.items()
            ]
        )
        cls.patterns = dict(zip(cls.products, patterns, strict=True))
        cls.records = (cls.products, cls.warehouses, cls.hospitals)
        cls.today = fields.Date.today()
        cls.result = cls._generate()
        cls.moves = cls.env["stock.move"].search([("product_id", "in", cls.products.ids)])

    @classmethod
    def _generate(cls):
        return generate(cls.env, cls.today, MONTHS, SEED, records=cls.records, patterns=cls.patterns)

    def _done_lines(self):
        return [("product_id", "in", self.products.ids), ("state", "=", "done")]

    def test_something_of_everything(self):
        done = self.moves.filtered(lambda move: move.state == "done")
        usages = {(move.location_id.usage, move.location_dest_id.usage) for move in done}
        self.assertLessEqual(
            {
                ("inventory", "internal"),
                ("supplier", "internal"),
                ("internal", "customer"),
                ("customer", "internal"),
            },
            usages,
        )
        self.assertTrue(self.moves.filtered(lambda move: move.state == "assigned"), "purchases still under way")
        self.assertGreater(self.result.story.served, 0.8)
        self.assertLess(max(done.mapped("date")).date(), self.today)
        rules = self.env["stock.warehouse.orderpoint"].search([("product_id", "in", self.products.ids)])
        self.assertEqual(len(rules), self.result.rows["stock_warehouse_orderpoint"])

    def test_quants_equal_moves(self):
        balance = {}
        for location, sign in (("location_id", -1), ("location_dest_id", 1)):
            for product, place, lot, quantity in self.env["stock.move.line"]._read_group(
                self._done_lines(), ["product_id", location, "lot_id"], ["quantity_product_uom:sum"]
            ):
                key = (product, place, lot)
                balance[key] = balance.get(key, 0) + sign * quantity
        quants = {
            (product, place, lot): quantity
            for product, place, lot, quantity in self.env["stock.quant"]._read_group(
                [("product_id", "in", self.products.ids)],
                ["product_id", "location_id", "lot_id"],
                ["quantity:sum"],
            )
        }
        self.assertEqual({key: quantity for key, quantity in balance.items() if quantity}, quants)
        for product in self.products:
            internal = sum(
                quantity
                for (of, place, _lot), quantity in quants.items()
                if of == product and place.usage == "internal"
            )
            self.assertEqual(product.qty_available, internal)

    def test_lots_balance(self):
        internal = self.env["stock.quant"].search(
            [("product_id", "in", self.products.ids), ("location_id.usage", "=", "internal")]
        )
        self.assertGreaterEqual(min(internal.mapped("quantity")), 0)
        for quant in internal:
            self.assertEqual(bool(quant.lot_id), quant.product_id.tracking != "none")
            if quant.product_id.tracking == "serial":
                self.assertEqual(quant.quantity, 1)
        lots = self.env["stock.lot"].search([("product_id", "in", self.products.ids)])
        self.assertEqual(len(lots), len({(lot.product_id, lot.name) for lot in lots}))
        for lot in lots.filtered("use_expiration_date"):
            product = lot.product_id
            for name in ("use", "removal", "alert"):
                distance = timedelta(days=product[f"{name}_time"])
                self.assertEqual(lot[f"{name}_date"], lot.expiration_date - distance)
        delivered_late = (
            self.env["stock.move.line"]
            .search([*self._done_lines(), ("location_dest_id.usage", "=", "customer")])
            .filtered(
                lambda line: line.lot_id.removal_date and line.date >= line.lot_id.removal_date + timedelta(days=1)
            )
        )
        self.assertFalse(delivered_late, "nothing leaves after its removal date")

    def test_stored_values_are_those_of_core(self):
        """What the ORM computes from the rows equals what the generator wrote."""
        compared = {
            "stock.move": (
                "quantity",
                "product_qty",
                "reference",
                "is_in",
                "is_out",
                "picked",
                "picking_type_id",
            ),
            "stock.move.line": ("state", "quantity_product_uom", "expiration_date", "removal_date"),
            "stock.picking": (
                "state",
                "scheduled_date",
                "date_deadline",
                "has_deadline_issue",
                "shipping_weight",
            ),
            "purchase.order": (
                "amount_untaxed",
                "amount_total",
                "receipt_status",
                "effective_date",
                "invoice_status",
                "picking_ids",
            ),
            "purchase.order.line": ("qty_received", "qty_to_invoice", "product_uom_qty", "price_total"),
            "stock.lot": ("location_id", "removal_date"),
        }
        purchases = self.moves.purchase_line_id
        records = {
            "stock.move": self.moves,
            "stock.move.line": self.moves.move_line_ids,
            "stock.picking": self.moves.picking_id,
            "purchase.order": purchases.order_id,
            "purchase.order.line": purchases,
            "stock.lot": self.moves.lot_ids,
        }
        # Prices of the past and the lots' own dates are inputs, not results.
        for model, names in compared.items():
            with self.subTest(model=model):
                self.assertTrue(records[model])
                before = records[model].mapped(lambda record, names=names: [record[name] for name in names])
                for name in names:
                    self.env.add_to_compute(records[model]._fields[name], records[model])
                after = records[model].mapped(lambda record, names=names: [record[name] for name in names])
                for record, old, new in zip(records[model], before, after, strict=True):
                    self.assertEqual(old, new, f"{record} {names}")

    def test_returns_are_linked(self):
        returns = self.moves.filtered("origin_returned_move_id")
        self.assertTrue(returns)
        for move in returns:
            origin = move.origin_returned_move_id
            self.assertEqual(move.move_orig_ids, origin)
            self.assertEqual(move.picking_id.return_id, origin.picking_id)
            self.assertLessEqual(move.quantity, origin.quantity)
            self.assertLessEqual(move.lot_ids, origin.lot_ids)
            self.assertGreater(move.date, origin.date)

    def test_core_reports_open(self):
        product = self.products[0]
        warehouse = self.warehouses[0]
        report = self.env["stock.forecasted_product_product"].with_context(warehouse_id=warehouse.id)
        [figures] = report.get_report_values(product.ids)["docs"]["product"].values()
        self.assertEqual(figures["quantity_on_hand"], product.with_context(warehouse_id=warehouse.id).qty_available)
        self.env.flush_all()
        per_day = self.env["report.stock.quantity"]._read_group(
            [("product_id", "=", product.id), ("state", "=", "forecast")], ["date:day"], ["product_qty:sum"]
        )
        self.assertTrue(per_day)
        delays = self.env["vendor.delay.report"]._read_group(
            [("partner_id", "=", self.vendor.id)], ["partner_id"], ["on_time_rate:sum", "qty_total:sum"]
        )
        [(_vendor, rate, total)] = delays
        self.assertGreater(total, 0)
        self.assertTrue(0 < rate <= 100)
        self.assertTrue(0 < self.vendor.on_time_rate <= 100)
        delivered = self.moves.filtered(
            lambda move: move.product_id == product and move.location_dest_id.usage == "customer"
        )
        lot = delivered.lot_ids[:1]
        self.assertTrue(lot.delivery_ids)
        lines = (
            self.env["stock.traceability.report"]
            .with_context(active_id=lot.id, model="stock.lot", active_model="stock.lot")
            .get_lines()
        )
        self.assertTrue(lines)

    def test_second_run_doubles_nothing(self):
        tables = (
            "stock.move",
            "stock.move.line",
            "stock.quant",
            "stock.lot",
            "stock.picking",
            "purchase.order",
            "purchase.order.line",
            "stock.warehouse.orderpoint",
        )
        before = [self.env[model].search_count([]) for model in tables]
        again = self._generate()
        self.assertFalse(again.written)
        self.assertEqual([self.env[model].search_count([]) for model in tables], before)
        self.assertEqual(again.story.ledger, self.result.story.ledger, "the same seed tells the same story")

    def test_vendors_differ(self):
        masters = collect(self.env, *self.records, self.patterns)
        days = {}
        for behaviour in ("on_time", "late", "erratic"):
            story = simulate(replace(masters, vendors={self.vendor.id: behaviour}), self.today, 24, SEED)
            orders = story.ledger.orders
            late = [
                picking.day - orders[picking.order].planned
                for picking in story.ledger.pickings
                if picking.kind == "receipt" and picking.day < story.ledger.today
            ]
            days[behaviour] = (sum(late) / len(late), max(late) - min(late))
        self.assertLess(abs(days["on_time"][0]), 2)
        self.assertGreater(days["late"][0], days["on_time"][0])
        self.assertGreater(days["erratic"][1], days["on_time"][1])

    def test_history_file_tells_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "history.csv.gz"
            count = history.write(str(path), self.result.story)
            self.assertGreater(count, 0)
            plain = Path(folder) / "history.csv"
            self.assertEqual(history.write(str(plain), self.result.story), count)
            with plain.open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        self.assertEqual(tuple(rows[0]), history.COLUMNS)
        first = min(row["date"] for row in rows)
        delivered = self.moves.filtered(
            lambda move: (
                move.location_dest_id.usage == "customer"
                and first <= move.date.date().isoformat() < self.today.replace(day=1).isoformat()
            )
        )
        self.assertEqual(sum(int(row["quantity"]) for row in rows), sum(delivered.mapped("quantity")))

    def test_without_masters(self):
        self.env["ir.config_parameter"].set_param(MARKER, False)
        nothing = tuple(records.browse() for records in self.records)
        with self.assertRaisesRegex(UserError, "--with-demo"):
            generate(self.env, self.today, MONTHS, SEED, records=nothing)
