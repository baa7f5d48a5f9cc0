"""Planning, as the buyer meets it."""

import re

from day import station


@station("buyer", "09:00")
def orders_what_planning_asks_for(buyer):
    buyer.app("Purchase")
    [line] = buyer.web.call(
        "purchase.order.line",
        "search_read",
        [("medical_proposal_id", "!=", False), ("order_id.state", "=", "draft")],
        ["order_id", "product_id", "product_qty", "medical_forecast"],
        order="order_id desc, id",
        limit=1,
    )
    buyer.sees(".o_purchase_dashboard", "New")
    buyer.open(buyer.rows(line["order_id"][1].split()[0]))

    code = re.match(r"\[(.*?)\]", line["product_id"][1])[1]
    row = buyer.sees(buyer.rows(code))
    row.locator(".fa-lightbulb-o").click()
    reason = buyer.sees(".o_medical_reason").inner_text()
    assert "demand of" in reason and "Data up to" in reason, reason
    buyer.keyboard.press("Escape")
    buyer.columns("Forecast Demand", "Reorder Point")
    buyer.sees(row.locator("td[name='medical_forecast']"), f"{line['medical_forecast']:,.2f}")

    wanted = line["product_qty"] + 10
    buyer.enter(row, "product_qty", wanted)
    buyer.press("Confirm Order")
    buyer.sees(".o_statusbar_status .o_arrow_button_current", "Purchase Order")
    buyer.sees(buyer.rows(code), f"{wanted:,.2f}")
    # Goods are received by those who work in Inventory.
    assert not buyer.get_by_role("button", name="Receive").count()


@station("buyer", "10:00")
def looks_at_a_vendor_and_a_product(buyer):
    buyer.app("Purchase")
    buyer.menu("Orders", "Vendors")
    buyer.search("Castelli Implant Works")
    buyer.open(buyer.rows("Castelli Implant Works"))
    buyer.menu("Products", "Products")
    buyer.search("MI-CUP-50")
    buyer.open(buyer.rows("MI-CUP-50"))
    buyer.stat("Forecast")
    buyer.sees(".o_data_row, .o_form_view canvas")


@station("buyer", "10:30")
def reads_a_forecast(buyer):
    buyer.app("Purchase")
    buyer.menu("Products", "Forecasts")
    buyer.open(buyer.rows("Planned").first)
    buyer.sees(".o_form_view canvas")
    buyer.sees(".o_form_view", "In short")
