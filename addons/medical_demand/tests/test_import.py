import base64
import gzip

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import AS_OF, DemandCase


@tagged("post_install", "-at_install")
class TestImport(DemandCase):
    def _text(self, *rows, heading="product_code,warehouse_code,date,quantity"):
        return "\n".join([heading, *rows])

    def _load(self, text, **options):
        return self.env["medical.demand.import"]._import_text(text, "file.csv", self.company, **options)

    def test_every_refused_row_is_listed(self):
        code = self.warehouse.code
        batch = self._load(
            self._text(
                f"T-GLOVES,{code},2026-05-01,10",
                f"T-GLOVES,{code},2026-06-01,-4",
                f"T-UNKNOWN,{code},2026-06-01,4",
                "T-GLOVES,NOWHERE,2026-06-01,4",
                f"T-GLOVES,{code},soon,4",
                f"T-STENT,{code},2026-06-01,nan",
                f"T-STENT,{code},2026-04-01,5",
            )
        )
        self.assertEqual((batch.accepted, batch.refused), (2, 5))
        self.assertEqual(sorted(batch.remark_ids.mapped("line")), [3, 4, 5, 6, 7])
        self.assertEqual(len(batch.history_ids), 2)
        self.assertEqual(batch.as_of, self.env["medical.demand.panel"]._default_as_of(self.company))

    def test_unknown_column_is_refused_by_name(self):
        text = self._text("T-GLOVES,X,2026-05-01,10,red", heading="product_code,warehouse_code,date,quantity,colour")
        with self.assertRaisesRegex(UserError, "colour"):
            self._load(text)
        self.assertFalse(self.env["medical.demand.import"].search([("company_id", "=", self.company.id)]))

    def test_columns_in_any_order_with_stockouts(self):
        batch = self._load(
            self._text(
                f"2026-05-01,{self.warehouse.code},12,7,T-GLOVES,Gloves",
                heading="date,warehouse_code,stockout_days,quantity,product_code,product_name",
            )
        )
        self.assertEqual((batch.history_ids.quantity, batch.history_ids.stockout_days), (7.0, 12.0))

    def test_the_same_demand_twice(self):
        self._import()
        again = self._import()
        self.assertEqual((again.accepted, again.refused), (0, 72))
        self.assertIn("Imported already", again.remark_ids[0].reason)
        first = self.env["medical.demand.import"].search([("accepted", "=", 72)])
        first.with_user(self.planner).action_cancel()
        self.assertFalse(first.history_ids)
        self.assertEqual(self._import().accepted, 72)

    def test_spellings_and_what_planners_decide(self):
        code = self.warehouse.code
        rows = [f"T-GLOVES,{code},2026-05-01,10", f"T-GLOVES,{code},2026-04-01,10", f"t-gloves ,{code},2026-06-01,10"]
        self.assertEqual(self._load(self._text(*rows)).accepted, 3)
        self.env["medical.demand.import"].search([("company_id", "=", self.company.id)]).action_cancel()
        strict = self._load(self._text(*rows), repair_labels=False)
        self.assertEqual((strict.accepted, strict.refused), (2, 1))

    def test_missing_masters_are_made_in_demo_databases_only(self):
        text = self._text("NEW-1,WNEW,2026-05-01,10", "NEW-1,WNEW,2026-06-01,10")
        self.assertEqual(self._load(text).accepted, 0)
        self.env["ir.config_parameter"].set_param("medical_demand.demo_database", "1")
        batch = self._load(text)
        self.assertEqual(batch.accepted, 2)
        self.assertEqual(batch.remark_ids.mapped("kind"), ["assumed", "assumed"])
        product = self.env["product.product"].search([("default_code", "=", "NEW-1")])
        self.assertEqual(product.seller_ids.delay, 30)

    def test_long_warehouse_codes_of_other_systems(self):
        self.env["ir.config_parameter"].set_param("medical_demand.demo_database", "1")
        batch = self._load(
            self._text("N-1,HOSPITAL-NORTH,2026-05-01,1", "N-1,HOSPITAL-SOUTH,2026-05-01,2", "N-1,HOSPI,2026-05-01,3")
        )
        warehouses = batch.history_ids.warehouse_id
        self.assertEqual(len(warehouses), 3)
        self.assertEqual(set(warehouses.mapped("name")), {"HOSPITAL-NORTH", "HOSPITAL-SOUTH", "HOSPI"})
        self.assertEqual(len(set(warehouses.mapped("code"))), 3)
        # The same file later finds them by their names.
        again = self._load(self._text("N-1,HOSPITAL-SOUTH,2026-06-01,2"))
        self.assertEqual(again.history_ids.warehouse_id.name, "HOSPITAL-SOUTH")

    def test_monthly_history_does_not_fit_weekly_planning(self):
        self.company.medical_period = "week"
        with self.assertRaisesRegex(UserError, "plans in weeks"):
            self._import()

    def test_wizard_checks_without_importing(self):
        data = gzip.compress(self._history_text({self.gloves: lambda position: 3}).encode())
        wizard = (
            self.env["medical.demand.import.wizard"]
            .with_user(self.planner)
            .create({"file": base64.b64encode(data), "file_name": "history.csv.gz", "company_id": self.company.id})
        )
        wizard.action_check()
        self.assertIn("36", wizard.summary)
        self.assertFalse(self.env["medical.demand.history"].search([("company_id", "=", self.company.id)]))
        batch = self.env["medical.demand.import"].browse(wizard.action_import()["res_id"])
        self.assertEqual((batch.accepted, batch.as_of, batch.user_id), (36, AS_OF, self.planner))

    def test_a_file_that_is_no_text(self):
        wizard = self.env["medical.demand.import.wizard"].create(
            {"file": base64.b64encode(b"\xff\xfe\x00\x01"), "file_name": "x.xlsx", "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "UTF-8"):
            wizard.action_import()

    def _large(self):
        """An import of 72 rows that is worked off in batches of 30, the first of which is done."""
        for name, size in (("_at_once", 10), ("_batch_size", 30)):
            self.patch(self.registry["medical.demand.import"], name, size)
        batch = self._import().with_user(self.planner)
        batch._for_work()._work_batch()
        self.assertEqual((batch.state, batch.position, round(batch.progress)), ("running", 30, 42))
        return batch

    def test_a_large_file_goes_on_after_a_kill_and_no_row_is_written_twice(self):
        batch = self._large()
        pair = [(self.gloves.id, self.warehouse.id)]
        panel = self.env["medical.demand.panel"]
        self.assertFalse(panel._find_pairs(self.company, AS_OF), "half an import is no demand yet")
        with self.assertRaisesRegex(UserError, "still running on the same things"):
            self._import()
        self.env.invalidate_all()
        self.env.cr.cache.clear()
        with self.enter_registry_test_mode():
            self.env.ref("medical_demand.ir_cron_import").method_direct_trigger()
        batch.invalidate_recordset()
        self.assertEqual((batch.state, batch.accepted, batch.refused), ("done", 72, 0))
        self.assertEqual(len(batch.history_ids), 72)
        self.assertIn(pair[0], panel._find_pairs(self.company, AS_OF))
        self.assertEqual(batch.step_ids.mapped("state_to"), ["done", "running"])

    def test_a_large_import_is_cancelled_or_goes_on_after_an_error(self):
        batch = self._large()
        batch.action_cancel()
        self.assertFalse(batch.history_ids)
        batch._for_work()._work(lambda left: True)
        self.assertEqual((batch.state, batch.accepted), ("cancelled", 30), "it is not worked on any more")
        batch = self._large()
        batch._fail(message="Disk full")
        batch.action_go_on()
        batch._for_work()._work(lambda left: True)
        self.assertEqual((batch.state, len(batch.history_ids)), ("done", 72))

    def test_doubtful_rows_are_flagged_and_do_not_count_until_cleared(self):
        values = {position: 10 for position in range(36)} | {30: 5000}
        text = self._history_text({self.gloves: lambda position: values[position]})
        text += f"\nT-GLOVES,{self.warehouse.code},2099-01-01,10"
        batch = self._load(text)
        self.assertEqual((batch.accepted, batch.flagged), (37, 2))
        flagged = batch.history_ids.filtered("flagged")
        self.assertEqual(sorted(flagged.mapped("quantity")), [10.0, 5000.0])
        unit = flagged.filtered(lambda row: row.quantity == 5000)
        self.assertIn("check the unit", unit.flag_reason)
        panel = self.env["medical.demand.panel"]
        pair = [(self.gloves.id, self.warehouse.id)]
        self.assertEqual(panel._load(self.company, pair, AS_OF).quantity[0][-6], 0.0)
        unit.with_user(self.planner).action_clear_flag()
        self.assertEqual(panel._load(self.company, pair, AS_OF).quantity[0][-6], 5000.0)

    def test_only_planners_import(self):
        foreign = self.env["res.company"].create({"name": "Foreign"})
        with self.assertRaisesRegex(AccessError, "Switch to Foreign"):
            self.env["medical.demand.import"].with_user(self.planner)._import_text("x", "x", foreign)
        clerk = self._user("clerk")
        with self.assertRaises(AccessError):
            self.env["medical.demand.import"].with_user(clerk)._import_text("x", "x", self.company)
        with self.assertRaises(AccessError):
            self._import().with_user(clerk).action_cancel()
