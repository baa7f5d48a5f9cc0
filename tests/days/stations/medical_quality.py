"""Quality, as others meet it."""

from day import station


@station("buyer", "11:00")
def sees_what_quality_accepted(buyer):
    [passed] = buyer.web.call(
        "medical.inspection",
        "search_read",
        [("purchase_line_id", "!=", False), ("state", "=", "passed")],
        ["purchase_line_id"],
        order="id desc",
        limit=1,
    )
    [line] = buyer.web.call(
        "purchase.order.line", "read", [passed["purchase_line_id"][0]], ["order_id", "quality_accepted"]
    )
    assert line["quality_accepted"] > 0
    order = line["order_id"][1].split()[0]

    buyer.app("Purchase")
    buyer.menu("Orders", "Purchase Orders")
    buyer.search(order)
    buyer.open(buyer.rows(order))
    buyer.columns("Accepted by Quality", "Rejected by Quality")
    buyer.sees(".o_data_row td[name='quality_accepted']", f"{line['quality_accepted']:,.2f}")
