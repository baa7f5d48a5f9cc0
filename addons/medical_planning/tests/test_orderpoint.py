from datetime import date, timedelta

from odoo.tests import tagged

from .common import PlanningCase


@tagged("post_install", "-at_install")
class TestOrderpoint(PlanningCase):
    def _managed(self, product):
        rule = self._rule(product, trigger="auto")
        rule.write({"medical_managed": True})
        return rule

    def test_horizon_of_managed_and_unmanaged_rules(self):
        """A managed rule looks to its lead time, its neighbour over the company's horizon."""
        self.company.horizon_days = 365
        managed, other = self._managed(self.gloves), self._rule(self.stent)
        both = managed | other
        both.invalidate_recordset()
        self.assertEqual(managed.lead_horizon_date, date.today() + timedelta(days=managed.lead_days))
        self.assertEqual(other.lead_horizon_date, date.today() + timedelta(days=other.lead_days + 365))
        self.assertEqual(managed.get_horizon_days(), 0)
        self.assertEqual(other.get_horizon_days(), 365)
        self.assertEqual(self.company.horizon_days, 365)

    def test_stock_that_expires_within_the_horizon_only(self):
        """ODOO.md fact 15: core orders although there is stock for 200 days; a managed rule does not."""
        self.company.horizon_days = 365
        results = {}
        for product in (self.gloves, self.stent):
            product.write({"tracking": "lot", "use_expiration_date": True, "expiration_time": 300, "removal_time": 0})
            lot = self.env["stock.lot"].create(
                {"name": f"L-{product.id}", "product_id": product.id, "company_id": self.company.id}
            )
            soon = date.today() + timedelta(days=200)
            lot.write({"expiration_date": soon, "removal_date": soon, "use_date": soon, "alert_date": soon})
            self.env["stock.quant"]._update_available_quantity(product, self.warehouse.lot_stock_id, 20, lot_id=lot)
        managed, other = self._managed(self.gloves), self._rule(self.stent)
        for rule in managed | other:
            rule.write({"product_min_qty": 5, "product_max_qty": 10})
        (managed | other)._compute_qty_to_order_computed()
        results = (managed.qty_to_order, other.qty_to_order)
        self.assertEqual(results, (0.0, 10.0))

    def test_core_keeps_managed_manual_rules(self):
        rule = self._rule(self.gloves, trigger="manual", product_min_qty=0.0, product_max_qty=0.0)
        self.env.cr.execute("UPDATE stock_warehouse_orderpoint SET create_uid = 1 WHERE id = %s", [rule.id])
        rule.invalidate_recordset()
        rule.medical_managed = True
        self.env["stock.warehouse.orderpoint"]._unlink_processed_orderpoints()
        self.assertTrue(rule.exists())
        rule.medical_managed = False
        self.env["stock.warehouse.orderpoint"]._unlink_processed_orderpoints()
        self.assertFalse(rule.exists())

    def test_rules_created_by_the_nightly_run_belong_to_a_person(self):
        self.policy._put_in_force(trigger="manual")
        self._import()
        self._switch_on()
        self.company.medical_planner_id = self.planner
        run = self._run(user=self.env.ref("base.user_root"))
        rules = run.proposal_ids.orderpoint_id
        self.assertEqual(len(rules), 2)
        self.assertEqual(rules.create_uid, self.planner)

    def test_scheduler_makes_rfqs_with_the_reason(self):
        self._import()
        self._switch_on()
        run = self._run()
        rules = run.proposal_ids.orderpoint_id
        self.env["stock.rule"].run_scheduler(company_id=self.company.id)
        lines = self.env["purchase.order.line"].search([("orderpoint_id", "in", rules.ids)])
        self.assertEqual(lines.product_id, self.gloves | self.stent)
        line = lines.filtered(lambda found: found.product_id == self.gloves)
        proposal = self._proposal(run, self.gloves)
        self.assertEqual(line.medical_proposal_id, proposal)
        self.assertEqual(line.product_qty, proposal.new_max)
        self.assertEqual(line.medical_reorder_point, proposal.new_min)
        self.assertIn("95 %", line.medical_reason)
        # A second scheduler run orders nothing more.
        self.env["stock.rule"].run_scheduler(company_id=self.company.id)
        self.assertEqual(len(self.env["purchase.order.line"].search([("orderpoint_id", "in", rules.ids)])), 2)
        # Rolling back names the draft lines that were made from these rules.
        action = run.with_user(self.planner).action_roll_back()
        self.assertEqual(self.env["purchase.order.line"].search(action["domain"]), lines)

    def test_suggest_on_the_basis_of_the_forecast(self):
        self._import({self.gloves: lambda position: 100})
        self.company.medical_history_periods = 48
        run = self._run()
        series = self._series(run, self.gloves)
        # The forecast of the month that today falls in, whatever today is.
        first = date.today().replace(day=1)
        lines = series.line_ids.sorted("date")
        lines[0].sudo().date = first
        lines[1].sudo().date = (first + timedelta(days=32)).replace(day=1)
        (lines - lines[:2]).sudo().unlink()
        products = self.gloves.with_context(
            suggest_based_on="medical_forecast", suggest_days=7, suggest_percent=100, warehouse_id=self.warehouse.id
        ).with_company(self.company)
        expected = lines[0].mean * 7 / 30.4
        self.assertAlmostEqual(products.suggested_qty, expected, delta=3)
        self.env["stock.quant"]._update_available_quantity(self.gloves, self.warehouse.lot_stock_id, 1000)
        products.invalidate_recordset()
        self.assertEqual(products.suggested_qty, 0)

    def test_lead_time_is_measured_from_receipts(self):
        lead = self.env["medical.lead.time"]
        orders = self.env["purchase.order"]
        for days in (20, 24, 28):
            order = orders.create(
                {
                    "partner_id": self.vendor.id,
                    "company_id": self.company.id,
                    "order_line": [(0, 0, {"product_id": self.gloves.id, "product_qty": 5, "price_unit": 1})],
                }
            )
            order.button_confirm()
            receipt = order.picking_ids
            receipt.move_ids.write({"quantity": 5, "picked": True})
            receipt._action_done()
            order.date_approve = receipt.move_ids.date - timedelta(days=days)
        measured = lead._measure(self.company, self.gloves.ids, date.today())
        mean, deviation, source = lead._choose(measured, self.gloves.id, self.vendor.id, 14)
        self.assertAlmostEqual(mean, 24.0, places=2)
        self.assertAlmostEqual(deviation, 4.0, places=2)
        self.assertEqual(source, "product")
        self.assertEqual(lead._choose(measured, self.stent.id, self.vendor.id, 14)[2], "vendor")
        self.assertEqual(lead._choose(({}, {}), self.stent.id, self.vendor.id, 14), (14.0, 3.5, "promised"))

    def test_vendors_minimum_and_multiple(self):
        box = self.env["uom.uom"].create(
            {
                "name": "Test box of 50",
                "relative_uom_id": self.env.ref("uom.product_uom_unit").id,
                "relative_factor": 50,
            }
        )
        boxed = self._product(
            "Boxed",
            "T-BOX",
            sellers=[{"partner_id": self.vendor.id, "delay": 10, "min_qty": 4, "product_uom_id": box.id, "price": 1}],
        )
        self._import({boxed: lambda position: 20})
        proposal = self._proposal(self._run(), boxed)
        self.assertEqual(proposal.order_minimum, 200.0)
        self.assertEqual((proposal.new_max - proposal.new_min) % 50, 0)
        self.assertGreaterEqual(proposal.new_max - proposal.new_min, 200)
        self.assertIn("moq", proposal.limits)
