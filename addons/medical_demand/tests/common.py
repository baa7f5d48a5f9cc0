import random
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import Command

from odoo.addons.medical_base.tests.common import MedicalCase

# All tests plan at this date: history is written relative to it.
AS_OF = date(2026, 6, 30)
MONTHS = 36


class DemandCase(MedicalCase):
    """Two products of one vendor in one warehouse, with three years of monthly history."""

    people = ("planner",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.medical_history_periods = 48
        cls.vendor = cls.env["res.partner"].create({"name": "Test Vendor", "is_company": True})
        cls.category = cls.env["product.category"].create({"name": "Test Devices"})
        cls.gloves = cls._product("Gloves", "T-GLOVES")
        cls.stent = cls._product("Stent", "T-STENT")

    @classmethod
    def _product(cls, name, code, **values):
        delay = values.pop("delay", 14)
        sellers = values.pop("sellers", [{"partner_id": cls.vendor.id, "delay": delay, "price": 5.0, "min_qty": 1.0}])
        return cls.env["product.product"].create(
            {
                "name": name,
                "default_code": code,
                "type": "consu",
                "is_storable": True,
                "categ_id": cls.category.id,
                "standard_price": 5.0,
                "seller_ids": [Command.create(seller) for seller in sellers],
                **values,
            }
        )

    @classmethod
    def _months(cls, count=MONTHS):
        first = AS_OF.replace(day=1) - relativedelta(months=count - 1)
        return [first + relativedelta(months=index) for index in range(count)]

    @classmethod
    def _history_text(cls, demand, count=MONTHS):
        """CSV text; ``demand`` maps a product to a function of the month's position."""
        lines = ["product_code,warehouse_code,date,quantity"]
        for product, amount in demand.items():
            for position, month in enumerate(cls._months(count)):
                lines.append(f"{product.default_code},{cls.warehouse.code},{month},{amount(position)}")
        return "\n".join(lines)

    @classmethod
    def _import(cls, demand=None, count=MONTHS):
        demand = demand or {
            cls.gloves: lambda position: 100 + position % 12 * 10,
            cls.stent: lambda position: 6 if position % 4 == 0 else 0,
        }
        return cls.env["medical.demand.import"]._import_text(
            cls._history_text(demand, count), "history.csv", cls.company
        )

    def _month(self, position):
        """(first, last day) of the month at this position of the history; MONTHS is the first one ahead."""
        first = AS_OF.replace(day=1) + relativedelta(months=position - MONTHS + 1)
        return first, first + relativedelta(months=1) - timedelta(days=1)

    def _event(self, position, **values):
        first, last = self._month(position)
        event = self.env["medical.demand.event"].create(
            {
                "name": f"Event {position}",
                "company_id": self.company.id,
                "date_from": first,
                "date_to": last,
                "product_ids": [Command.set(self.gloves.ids)],
                **values,
            }
        )
        event.action_confirm()
        return event

    def _history(self, boosted=(), factor=1.5, count=MONTHS):
        rng = random.Random(1)
        self._import(
            {
                self.gloves: lambda position: round(
                    (200 + rng.randint(-5, 5)) * (factor if position in boosted else 1)
                ),
                self.stent: lambda position: 50 + rng.randint(-3, 3),
            },
            count,
        )


class ExternalSeriesMixin:
    """Beside a DemandCase: five years of demand that follow an index, which ``_external`` hands over."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.medical_history_periods = 60
        rng = random.Random(4)
        level, cls.index = 100.0, []
        for _month in range(72):
            level *= 1 + rng.uniform(-0.12, 0.12)
            cls.index.append(level)
        mean = sum(cls.index) / len(cls.index)
        # Demand follows the index by three months.
        cls._import(
            {
                cls.gloves: lambda position: round(300 * cls.index[12 + position - 3] / mean + rng.randint(-3, 3)),
                cls.stent: lambda position: round(150 * cls.index[12 + position - 3] / mean + rng.randint(-2, 2)),
            },
            60,
        )

    def _external(self, values, **more):
        months = [AS_OF.replace(day=1) - relativedelta(months=59 - at) for at in range(60)]
        text = "date;value\n" + "\n".join(f"{month};{value}" for month, value in zip(months, values, strict=True))
        return self.env["medical.external.series"].create(
            {"name": "Operations", "company_id": self.company.id, "pasted": text, **more}
        )
