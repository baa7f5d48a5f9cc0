"""The trace with apps beside it that medical_udi knows only by name: carriers of stock_delivery, parts of repair."""

from ground import GROUND

from conftest import shell

SCRIPT = (
    GROUND
    + """
hospital = env["res.partner"].create({"name": "Hospital", "street": "Ring 1"})
pump, seal = env["product.product"].create([
    {"name": name, "is_storable": True, "tracking": "lot", "udi_control": "never"} for name in ("Pump", "Seal")
])
pump_lot, seal_lot = env["stock.lot"].create([
    {"name": "P1", "product_id": pump.id, "company_id": company.id},
    {"name": "S1", "product_id": seal.id, "company_id": company.id},
])
for product, lot in ((pump, pump_lot), (seal, seal_lot)):
    env["stock.quant"]._update_available_quantity(product, stock, 5, lot_id=lot)
order = env["repair.order"].create({
    "product_id": pump.id, "product_qty": 1, "lot_id": pump_lot.id, "picking_type_id": warehouse.repair_type_id.id,
    "move_ids": [(0, 0, {"product_id": seal.id, "product_uom_qty": 2, "repair_line_type": "add"})],
})
order.action_validate()
order.action_repair_start()
line = order.move_ids.move_line_ids
line.write({"lot_id": seal_lot.id, "quantity": 2})
order.move_ids.picked = True
order.action_repair_end()
service = env["product.product"].create({"name": "Freight", "type": "service"})
carrier = env["delivery.carrier"].create({"name": "Swift Freight", "product_id": service.id})
picking = ground._transfer(warehouse.out_type_id, stock, customers, [(pump, 3)], hospital)
picking.carrier_id = carrier
picking.action_assign()
picking.move_ids.picked = True
picking.carrier_tracking_ref = "TR-1"
picking._action_done()
answer = seal_lot.medical_trace()
[sent] = [row for row in answer["rows"] if row["kind"] == "delivery"]
[used] = [row for row in answer["rows"] if row["kind"] == "consume"]
print(json.dumps({
    "state": order.state, "lots": answer["lots"], "carrier": sent["carrier"], "tracking": sent["tracking_reference"],
    "consignee": answer["totals_by_consignee"][0]["partner"], "net": answer["totals_by_consignee"][0]["quantity"],
    "document": [used["document_model"], used["document_id"] == order.id],
    "back": pump_lot.medical_trace("backward")["lots"],
}))
"""
)


def test_carriers_and_repairs_are_part_of_the_trace(apps_database):
    assert shell(apps_database, SCRIPT) == {
        "state": "done",
        "lots": 2,
        "carrier": "Swift Freight",
        "tracking": "TR-1",
        "consignee": "Hospital",
        "net": 3.0,
        "document": ["repair.order", True],
        "back": 2,
    }
