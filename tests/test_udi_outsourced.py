"""R020: a finished lot traces to its components through work done outside, and to its packaging, both ways."""

from ground import GROUND

from conftest import shell

OUTSOURCED = (
    GROUND
    + """
vendor, coater, hospital = env["res.partner"].create([{"name": "Wire Vendor"}, {"name": "Coater"}, {"name": "Hospital"}])
wire, coated, stent, foil = env["product.product"].create(
    [{"name": name, "is_storable": True, "tracking": "lot"} for name in ("Wire", "Coated Wire", "Stent", "Foil")])
def lot(product, name):
    return env["stock.lot"].create({"name": name, "product_id": product.id, "company_id": company.id})
def move(kind, source, target, product, quantity, number, partner):
    picking = ground._transfer(kind, source, target, [(product, quantity)], partner)
    picking.move_ids.move_line_ids.unlink()
    picking.move_ids.move_line_ids = [(0, 0, {"product_id": product.id, "quantity": quantity, "lot_id": number.id,
        "picking_id": picking.id, "location_id": source.id, "location_dest_id": target.id})]
    picking.move_ids.picked = True
    picking._action_done()
    return picking
w1, f1 = lot(wire, "W1"), lot(foil, "F1")
move(warehouse.in_type_id, suppliers, stock, wire, 10, w1, vendor)
move(warehouse.in_type_id, suppliers, stock, foil, 10, f1, vendor)
# The wire is coated outside: it goes to the coater, and comes back as another product.
env["mrp.bom"].create({"product_tmpl_id": coated.product_tmpl_id.id, "type": "subcontract", "subcontractor_ids": [(6, 0, coater.ids)],
                       "bom_line_ids": [(0, 0, {"product_id": wire.id, "product_qty": 1})]})
move(warehouse.int_type_id, stock, coater.property_stock_subcontractor, wire, 4, w1, coater)
c1 = lot(coated, "C1")
receipt = ground._transfer(warehouse.in_type_id, suppliers, stock, [(coated, 4)], coater)
outside = receipt._get_subcontract_production()
outside.lot_producing_ids = c1
outside.qty_producing = 4
outside._set_qty_producing()
outside.move_raw_ids.move_line_ids.lot_id = w1
receipt.move_ids.move_line_ids.lot_id = c1
receipt.move_ids.picked = True
receipt._action_done()
# The stent is made of it here, and packed in foil.
bom = env["mrp.bom"].create({"product_tmpl_id": stent.product_tmpl_id.id, "bom_line_ids": [
    (0, 0, {"product_id": coated.id, "product_qty": 2}), (0, 0, {"product_id": foil.id, "product_qty": 1})]})
order = env["mrp.production"].create({"product_id": stent.id, "product_qty": 2, "bom_id": bom.id})
order.action_confirm()
order.action_assign()
s1 = lot(stent, "S1")
order.lot_producing_ids = s1
order.qty_producing = 2
order._set_qty_producing()
order.move_raw_ids.picked = True
order.button_mark_done()
move(warehouse.out_type_id, stock, customers, stent, 1, s1, hospital)
back, forth = s1.medical_trace("backward"), w1.medical_trace("forward")
def met(trace):
    return sorted({row["lot"] for row in trace["rows"]})
print(json.dumps({
    "state": [outside.state, receipt.state, order.state],
    "backward": met(back), "forward": met(forth),
    "from": sorted({total["partner"] for total in back["totals_by_consignee"]}),
    "to": [(total["partner"], total["quantity"]) for total in forth["totals_by_consignee"]],
    "screen": order.action_medical_trace()["tag"],
}))
"""
)


def test_a_finished_lot_traces_to_components_through_outsourced_work_and_packaging(apps_database):
    """R020: from the finished lot back to wire and foil, from the wire forward to the hospital; work outside on the way."""
    answer = shell(apps_database, OUTSOURCED)
    assert answer["state"] == ["done", "done", "done"]
    assert answer["backward"] == ["C1", "F1", "S1", "W1"]
    assert answer["forward"] == ["C1", "S1", "W1"]
    assert answer["from"] == ["Wire Vendor"]
    assert answer["to"] == [["Hospital", 1.0]]
