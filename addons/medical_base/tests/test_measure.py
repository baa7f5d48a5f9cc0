from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..engine import measure as engine
from ..models.medical_measure import MedicalMeasure
from .common import MedicalBaseCase

_PATHS = {"company_id": "company_id", "date": "start", "product_id": "id"}
TODAY = "2026-05-20 12:00:00"


def _facts(measure, domain, first, last):
    """Legal clocks are the facts of these tests: they have a company and a moment."""
    return "medical.clock", measure._fact_domain("medical.clock", _PATHS, domain, first, last)


def _rows(measure, domain, first, last, grain):
    """Facts that every kind can be made of: the day of the month of each clock."""
    model, facts = _facts(measure, domain, first, last)
    by_day = measure._group_facts(model, facts, _PATHS, (*grain, "day"))
    return [(*key, float(day.day), count) for *key, day, count in by_day]


@tagged("post_install", "-at_install")
class TestMeasure(MedicalBaseCase):
    people = (*MedicalBaseCase.people, "approver", "planner", "quality", "auditor")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What an addon does by extending the model: the two methods of a measure.
        for code in ("test", "test_other"):
            for name, method in ((f"_measure_{code}", _rows), (f"_facts_{code}", _facts)):
                setattr(MedicalMeasure, name, method)
                cls.addClassCleanup(delattr, MedicalMeasure, name)
        cls.measure = cls._measure()
        for day in (1, 1, 3, 10):
            cls._clock(f"2026-05-{day:02} 12:00:00")
        cls._clock("2026-05-04 12:00:00", company=cls.other_company)
        cls.env["medical.measure"].search([]).filtered(lambda one: one.code != "test").active = False

    @classmethod
    def _measure(cls, code="test", **values):
        return (
            cls.env["medical.measure"]
            .sudo()
            .create(
                {
                    "code": code,
                    "name": "Days",
                    "definition": "The days of legal clocks.",
                    "unit": "days",
                    "direction": "lower",
                    "kind": "duration",
                    "group_id": cls.env.ref("medical_base.group_medical_quality_approver").id,
                    **values,
                }
            )
        )

    @classmethod
    def _clock(cls, start, company=None):
        with freeze_time(TODAY):
            return cls.env["medical.clock"].create(
                {
                    "name": "Fact",
                    "rule_id": cls.env.ref("medical_base.clock_rule_us_recall_initiated").id,
                    "company_id": (company or cls.company).id,
                    "start": start,
                }
            )

    def _freeze(self, now=TODAY):
        with freeze_time(now):
            self.measure._freeze()
        return self.env["medical.measure.value"].search(
            [("measure_id", "=", self.measure.id), ("company_id", "=", self.company.id)]
        )

    def _now(self, **values):
        for name, value in values.items():
            self.measure.sudo()[name] = value
        return self.measure._figures(self.company, Domain.TRUE, date(2026, 5, 1), date(2026, 5, 31))[()]

    # The definition

    def test_a_measure_without_its_methods_does_not_load(self):
        with self.assertRaisesRegex(ValidationError, "needs the method _measure_nothing"), self.cr.savepoint():
            self._measure("nothing")

    def test_wrong_definitions(self):
        with self.assertRaisesRegex(ValidationError, "cannot be cut by colour"), self.cr.savepoint():
            self._measure("test_other", grain="product_id,colour")
        with self.assertRaisesRegex(ValidationError, "only ratios and durations"), self.cr.savepoint():
            self._measure("test_other", kind="level", half_life=10)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self._measure()

    def test_the_formula_is_not_edited(self):
        measure = self.measure.with_user(self.approver)
        for values in ({"definition": "Mine"}, {"version": 2}, {"half_life": 3}, {"code": "test_other"}):
            with self.assertRaisesRegex(AccessError, "comes with its addon"):
                measure.write(values)
            with self.assertRaisesRegex(AccessError, "comes with its addon"):
                self.measure.with_user(self.admin).write(values)
        measure.owner_id = self.quality
        self.assertEqual(self._entries(self.measure)[-1].field_name, "owner_id")

    # Reading

    def test_kinds(self):
        """Days 1, 1, 3 and 10 as value and how often, or as numerator and denominator."""
        self.assertEqual(self._now(), engine.Figure(2.0, 10.0))
        # The days 1 (twice), 3 and 10: three rows.
        self.assertEqual(self._now(kind="ratio", factor=10.0), engine.Figure(10 * 14 / 4))
        self.assertEqual(self._now(kind="count", factor=1.0), engine.Figure(14.0))
        self.assertEqual(self._now(kind="level"), engine.Figure(14.0 / 31))

    def test_half_life(self):
        """Of (1, 2), (3, 1) and (10, 1) the first counts half when it is 2 days older than the half-life says."""
        weights = [2.0 ** (-(31 - day) / 7) for day in (1, 3, 10)]
        figure = self._now(kind="ratio", half_life=7)
        self.assertAlmostEqual(
            figure.value,
            sum(weight * day for weight, day in zip(weights, (1, 3, 10), strict=True))
            / sum(weight * count for weight, count in zip(weights, (2, 1, 1), strict=True)),
        )
        self.assertEqual(self._now(kind="duration", half_life=1).value, 10.0)
        values = self._freeze()
        self.assertAlmostEqual(self.measure.value, 10.0, delta=10 * engine.ERROR)
        self.assertEqual(sum(values.mapped("denominator")), 4, "what is frozen is not weighted")

    def test_grains_and_scopes(self):
        with self.assertRaisesRegex(UserError, "cannot be cut by product_id"):
            self.measure._rows(self.company, Domain.TRUE, date(2026, 5, 1), date(2026, 5, 2), ("product_id",))
        self.measure.sudo().period = "month"
        with self.assertRaisesRegex(UserError, "cannot be cut by day"):
            self.measure._rows(self.company, Domain.TRUE, date(2026, 5, 1), date(2026, 5, 2), ("day",))
        with self.assertRaisesRegex(UserError, "do not know warehouse_id"):
            self._now_of(Domain("warehouse_id", "=", self.warehouse.id))
        one = self.env["medical.clock"].search([("company_id", "=", self.company.id)], limit=1)
        self.assertEqual(len(self._now_of(Domain("product_id", "=", one.id))), 1)

    def _now_of(self, domain):
        return self.measure._rows(self.company, domain, date(2026, 5, 1), date(2026, 5, 31), ("month",))

    def test_days_are_those_of_the_company(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        self._clock("2026-05-06 17:00:00")
        rows = self.measure._rows(self.company, Domain.TRUE, date(2026, 5, 7), date(2026, 5, 7), ("day",))
        self.assertEqual(rows, [(date(2026, 5, 7), 7.0, 1)])

    # The night

    def test_before_the_first_night_there_is_nothing_to_add_up(self):
        """The screen of the first day: a pivot asks for the total over no rows."""
        values = self.env["medical.measure.value"]
        [[total], by_measure] = values.formatted_read_grouping_sets(
            [("measure_id", "=", self.measure.id)], [[], ["measure_id"]], ["value:avg", "high:avg"]
        )
        self.assertEqual((total["value:avg"], total["high:avg"], by_measure), (False, False, []))

    def test_what_is_over_is_frozen_once(self):
        values = self._freeze()
        self.assertEqual(sorted(values.mapped("date")), [date(2026, 5, day) for day in (1, 3, 10)])
        self.assertEqual(values.mapped("denominator"), [1, 1, 2])
        self.assertEqual(set(values.mapped("as_of")), {datetime(2026, 5, 20, 12)})
        self.assertEqual(self.measure.freeze_ids.filtered(lambda one: one.company_id == self.company).row_count, 3)
        self.assertEqual(self._freeze(), values)
        # A fact that comes late does not change what was frozen, and what happens today is not over.
        self._clock("2026-05-10 12:00:00")
        self._clock("2026-05-20 11:00:00")
        self.assertEqual(self._freeze(), values)
        later = self._freeze("2026-05-23 12:00:00")
        self.assertEqual((later - values).mapped("date"), [date(2026, 5, 20)])
        with freeze_time("2026-05-23 12:00:00"):
            self.assertEqual(self.measure.frozen_to, date(2026, 5, 22))

    def test_months_are_frozen_when_they_are_over(self):
        self.measure.sudo().period = "month"
        self.assertFalse(self._freeze())
        values = self._freeze("2026-06-01 12:00:00")
        self.assertEqual((values.mapped("date"), values.numerator, values.denominator), ([date(2026, 5, 1)], 15, 4))

    def test_a_new_formula_is_frozen_anew_beside_the_old_one(self):
        old = self._freeze()
        self.measure.sudo().version = 2
        self.assertFalse(self.measure.is_measured)
        both = self._freeze()
        self.assertEqual(len(both), 2 * len(old))
        current = both.search([("id", "in", both.ids), ("is_current", "=", True)])
        self.assertEqual(current, both - old)
        self.assertEqual(set(current.mapped("is_current")), {True})
        self.assertEqual(both.search([("id", "in", both.ids), ("is_current", "=", False)]), old)
        groups = both._read_group([("id", "in", both.ids)], ["version"], ["value:avg"])
        self.assertAlmostEqual(groups[0][1], groups[1][1])
        self.assertIs(both._read_group([("id", "in", both.ids)], [], ["value:avg"])[0][0], False)

    def test_a_failure_is_written_down_and_does_not_stop_the_rest(self):
        other = self._measure("test_other", sequence=1)

        def fails(measure, domain, first, last, grain):
            raise ValueError("No facts today")

        with (
            patch.object(MedicalMeasure, "_measure_test_other", fails),
            mute_logger("odoo.addons.medical_base.models.medical_measure"),
        ):
            self._cron()
        failed = other.freeze_ids.filtered(lambda one: one.company_id == self.company)
        self.assertEqual((failed.failure, failed.row_count), ("No facts today", 0))
        self.assertEqual(self.measure.frozen_to, date(2026, 5, 19))
        self._cron()
        self.assertEqual(other.frozen_to, date(2026, 5, 19))

    def _cron(self):
        with freeze_time(TODAY), self.enter_registry_test_mode():
            self.env.ref("medical_base.ir_cron_freeze_measures").method_direct_trigger()
        self.env.invalidate_all()

    def test_statements_of_a_night_do_not_grow_with_facts(self):
        def statements(now):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self._freeze(now)
            return self.env.cr.sql_log_count - before

        few = statements("2026-05-12 12:00:00")
        for hour in range(20):
            self._clock(f"2026-05-{12 + hour % 7:02} {hour:02}:00:00")
        companies = self.env["res.company"].search_count([])
        self.assertLessEqual(statements(TODAY), few)
        # The companies and what was frozen; then per company: zone, facts, values, note and the savepoint.
        self.assertLessEqual(few, 10 + 8 * companies)

    def test_old_values_go(self):
        self._freeze()
        Value = self.env["medical.measure.value"]
        with freeze_time("2036-05-07 12:00:00"):
            Value._gc_old()
        self.assertEqual(Value.search([("measure_id", "=", self.measure.id)]).mapped("date"), [date(2026, 5, 10)])

    def test_nobody_writes_values(self):
        value = self._freeze()[:1]
        for record in (value, self.measure.freeze_ids[:1]):
            for attempt in (
                lambda record=record: record.write({"version": 9}),
                lambda record=record: record.sudo().unlink(),
                lambda record=record: record.sudo().create({"measure_id": self.measure.id}),
            ):
                with self.assertRaises(AccessError):
                    attempt()

    # Adding up

    def test_groups_of_values(self):
        values = self._freeze()
        groups = values._read_group([("id", "in", values.ids)], ["date:month"], ["value:avg", "high:avg"])
        ((_month, median, high),) = groups
        self.assertAlmostEqual(median, 2.0, delta=2 * engine.ERROR)
        self.assertAlmostEqual(high, 10.0, delta=10 * engine.ERROR)
        self.measure.sudo().write({"kind": "ratio", "version": 2, "factor": 10.0})
        values = self._freeze() - values
        self.assertAlmostEqual(values._read_group([("id", "in", values.ids)], [], ["value:avg"])[0][0], 35.0)
        self.assertAlmostEqual(self.measure.value, 35.0)
        self.measure.sudo().write({"kind": "level", "version": 3, "factor": 1.0})
        self._freeze()
        self.assertAlmostEqual(self.measure.value, 14 / 3, msg="of the three days that have rows")

    def test_the_client_reads_the_board(self):
        self._freeze()
        found = (
            self.env["medical.measure.value"]
            .with_user(self.quality)
            .formatted_read_group([("measure_id", "=", self.measure.id)], ["measure_id"], ["value:avg", "__count"])
        )
        self.assertEqual((found[0]["__count"], round(found[0]["value:avg"])), (3, 2))

    # Targets

    def test_targets(self):
        self._freeze()
        self.assertEqual(self.measure.status, "none")
        target = (
            self.env["medical.measure.target"]
            .with_user(self.approver)
            .create({"measure_id": self.measure.id, "goal": 5.0})
        )
        self.assertEqual((target.is_measured, target.is_reached), (True, True))
        target.goal = 1.0
        self.assertFalse(target.is_reached)
        self.assertEqual((self.measure.status, self.measure.goal), ("missed", 1.0))
        target.days = 17
        self.assertAlmostEqual(target.value, 6.5, delta=1, msg="3 and 10: the first days are further back")
        self.assertEqual(self._entries(target).mapped("field_name"), ["(created)", "goal", "days"])
        with self.assertRaisesRegex(ValidationError, "cannot be cut by Warehouse"):
            target.warehouse_id = self.warehouse

    def test_targets_of_a_part(self):
        self.measure.sudo().grain = "category_id, product_id"
        self.assertEqual(self.measure.grain_text, "Category, Product")
        self.measure.sudo().grain = "category_id"

        def rows(measure, domain, first, last, grain):
            return [(date(2026, 5, 1), self.implants.id, 1, 2), (date(2026, 5, 1), self.office.id, 2, 2)]

        self.measure.sudo().kind = "ratio"
        with patch.object(MedicalMeasure, "_measure_test", rows):
            self._freeze()
        Target = self.env["medical.measure.target"]
        targets = Target.create(
            [
                {"measure_id": self.measure.id, "category_id": category.id, "goal": 1}
                for category in (self.devices, self.implants, self.office, Target.category_id)
            ]
        )
        self.assertEqual(targets.mapped("value"), [0.5, 0.5, 1.0, 0.75])

    # People

    def test_nearer_to_zero_is_better(self):
        self.measure.sudo().write({"direction": "zero", "kind": "ratio", "factor": -1.0})
        self._freeze()
        target = self.env["medical.measure.target"].create({"measure_id": self.measure.id, "goal": 4.0})
        self.assertEqual((target.value, target.is_reached), (-3.5, True))
        target.goal = 3.0
        self.assertFalse(target.is_reached)

    def test_measures_that_are_asked_together_read_once(self):
        read = []
        for measure, times in ((self.measure, 2), (self.measure._together(), 1)):
            read.clear()
            for _time in range(2):
                self.assertEqual(measure._once(("facts", 1), lambda: read.append(1) or len(read)), len(read))
            self.assertEqual(len(read), times)
        forged = self.measure.with_context(medical_measure_kept={"found": {(self.company.id, "facts"): 9}})
        self.assertEqual(forged._once(("facts",), lambda: 1), 1)

    def test_who_may_do_what(self):
        self._freeze()
        planning = self._measure("test_other", group_id=self.env.ref("medical_base.group_medical_planner").id)
        Target = self.env["medical.measure.target"]
        for user, measure, may in (
            (self.approver, self.measure, True),
            (self.planner, planning, True),
            (self.admin, self.measure, True),
            (self.approver, planning, False),
            (self.planner, self.measure, False),
            (self.quality, self.measure, False),
            (self.auditor, self.measure, False),
        ):
            with self.subTest(user=user.login, measure=measure.code):
                self.assertTrue(measure.with_user(user).name)
                self.assertTrue(self.env["medical.measure.value"].with_user(user).search_count([]))
                values = {"measure_id": measure.id, "goal": 1.0, "company_id": self.company.id}
                if may:
                    target = Target.with_user(user).create(values)
                    measure.with_user(user).owner_id = user
                    target.unlink()
                else:
                    with self.assertRaises(AccessError):
                        Target.with_user(user).create(values)
                    with self.assertRaises(AccessError):
                        measure.with_user(user).owner_id = user
                for attempt in ("create", "unlink"):
                    self.assertFalse(measure.with_user(user).has_access(attempt))
        clerk = self._user("measure_clerk", "employee")
        for model in ("medical.measure", "medical.measure.value", "medical.measure.freeze", "medical.measure.target"):
            with self.assertRaises(AccessError):
                self.env[model].with_user(clerk).search([])

    def test_companies_are_apart(self):
        self._freeze()
        stranger = self._user("measure_stranger", "approver", company=self.other_company)
        theirs = self.env["medical.measure.value"].with_user(stranger).search([])
        self.assertEqual(theirs.mapped("date"), [date(2026, 5, 4)])
        self.assertEqual(self.measure.with_user(stranger).value, theirs.value)
        self.assertEqual(set(self.measure.with_user(stranger).freeze_ids.company_id.ids), {self.other_company.id})

    def test_the_records_behind_a_figure(self):
        values = self._freeze()
        with freeze_time(TODAY):
            action = self.measure.with_user(self.quality).action_view_facts()
        found = self.env[action["res_model"]].with_user(self.quality).search(action["domain"])
        self.assertEqual((len(found), found.company_id), (4, self.company))
        self.assertIn("half within 2.00, 90 % within 10.00 days", action["name"])
        day = values.filtered(lambda value: value.date == date(2026, 5, 1)).with_user(self.quality)
        action = day.action_view_facts()
        self.assertEqual(self.env[action["res_model"]].search_count(action["domain"]), 2)
        with self.assertRaises(AccessError):
            values[:1].with_user(self.planner).action_view_facts()

    def test_screens(self):
        self._freeze()
        with Form(self.measure.with_user(self.approver)) as form:
            form.owner_id = self.approver
            with form.target_ids.new() as line:
                line.goal = 4.0
        self.assertEqual(self.measure.target_ids.company_id, self.company)
        action = self.measure.action_view_values()
        self.assertEqual(
            self.env["medical.measure.value"].search_count([*action["domain"], ("company_id", "=", self.company.id)]),
            3,
        )
        menu = self.env.ref("medical_base.menu_medical_measures")
        for user, sees in ((self.quality, True), (self.auditor, True), (self.planner, False)):
            visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            self.assertEqual(menu.id in visible, sees, user.login)
