import random
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo.tests import TransactionCase, new_test_user

# All tests plan at this date: history is written relative to it.
AS_OF = date(2026, 6, 30)
MONTHS = 36


class DemandCase(TransactionCase):
    """Two products of one vendor in one warehouse, with three years of monthly history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Planning Test Company"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.warehouse = cls.env["stock.warehouse"].search([("company_id", "=", cls.company.id)], limit=1)
        cls.company.medical_history_periods = 48
        cls.vendor = cls.env["res.partner"].create({"name": "Test Vendor", "is_company": True})
        cls.category = cls.env["product.category"].create({"name": "Test Devices"})
        cls.gloves = cls._product("Gloves", "T-GLOVES")
        cls.stent = cls._product("Stent", "T-STENT")
        cls.planner = new_test_user(
            cls.env,
            "test_planner",
            "medical_base.group_medical_planner",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

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
                "seller_ids": [(0, 0, seller) for seller in sellers],
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
                "product_ids": [(6, 0, self.gloves.ids)],
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
