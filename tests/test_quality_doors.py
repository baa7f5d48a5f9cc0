"""Doors that other apps open: production, kits, unbuild, repair, dropshipping, point of sale. None lets a held lot through."""

from ground import GROUND

from conftest import shell

PREPARE = (
    GROUND
    + """
from odoo.exceptions import UserError
env.user.group_ids |= env.ref("medical_base.group_medical_quality_approver")
category = env["product.category"].create({"name": "Devices"})
ground._switch_on("medical_quality.scope_feature_quality", category_id=category.id)
def product(name, **values):
    return env["product.product"].create(
        {"name": name, "is_storable": True, "tracking": "lot", "categ_id": category.id, **values})
def lot(name, product, quantity=10):
    found = env["stock.lot"].create({"name": name, "product_id": product.id, "company_id": company.id})
    env["stock.quant"].with_context(inventory_mode=True).create({
        "product_id": product.id, "location_id": stock.id, "lot_id": found.id, "inventory_quantity": quantity}).action_apply_inventory()
    found._quality_decide("released", "test")
    return found
def hold(lots):
    held = env["medical.hold"].create({"reason": "Seal", "company_id": company.id, "line_ids": [(0, 0, {"lot_id": one.id}) for one in lots]})
    held.action_set()
    return held
def refused(act):
    env.flush_all()
    try:
        with env.cr.savepoint():
            act()
            env.flush_all()
    except UserError as error:
        return str(error)
    return "went through"
"""
)

PRODUCTION = (
    PREPARE
    + """
part, device = product("Part"), product("Device")
bom = env["mrp.bom"].create({"product_tmpl_id": device.product_tmpl_id.id, "bom_line_ids": [(0, 0, {"product_id": part.id, "product_qty": 1})]})
bad, good = lot("BAD", part), lot("GOOD", part)
order = env["mrp.production"].create({"product_id": device.id, "product_qty": 1, "bom_id": bom.id, "picking_type_id": warehouse.manu_type_id.id})
order.action_confirm()
hold(bad)
order.action_assign()
reserved = order.move_raw_ids.move_line_ids.lot_id.mapped("name")
order.qty_producing = 1
order._set_qty_producing()
order.move_raw_ids.move_line_ids.unlink()
def consume(one):
    env["stock.move.line"].create({
        "move_id": order.move_raw_ids.id, "product_id": part.id, "product_uom_id": part.uom_id.id, "quantity": 1, "lot_id": one.id,
        "location_id": stock.id, "location_dest_id": order.move_raw_ids.location_dest_id.id, "picked": True})
    order.lot_producing_ids = env["stock.lot"].create({"name": "MADE", "product_id": device.id, "company_id": company.id})
    order.move_raw_ids.picked = True
    order.button_mark_done()
said = refused(lambda: consume(bad))
consume(good)
made = order.lot_producing_ids
deliver = env["stock.move"].create({
    "product_id": device.id, "product_uom_qty": 1, "product_uom": device.uom_id.id, "company_id": company.id,
    "location_id": stock.id, "location_dest_id": customers.id, "picking_type_id": warehouse.out_type_id.id})
deliver._action_confirm()
deliver._action_assign()
before, state = deliver.quantity, made.quality_state
made._quality_decide("released", "batch record")
unbuild = env["mrp.unbuild"].create({"product_id": device.id, "bom_id": bom.id, "product_qty": 1, "lot_id": made.id, "mo_id": order.id, "company_id": company.id})
deliver._do_unreserve()
hold(made)
print(json.dumps({"reserved": reserved, "said": said, "state": order.state, "made": state, "before": before,
                  "unbuild": refused(unbuild.action_unbuild)}))
"""
)

KIT = (
    PREPARE
    + """
part, kit = product("Part"), product("Kit", tracking="none")
env["mrp.bom"].create({"product_tmpl_id": kit.product_tmpl_id.id, "type": "phantom", "bom_line_ids": [(0, 0, {"product_id": part.id, "product_qty": 2})]})
bad = lot("BAD", part)
order = env["sale.order"].create({"partner_id": env["res.partner"].create({"name": "Hospital"}).id, "order_line": [(0, 0, {"product_id": kit.id, "product_uom_qty": 1})]})
order.action_confirm()
picking = order.picking_ids
before = picking.move_ids.mapped("quantity")
hold(bad)
after = picking.move_ids.mapped("quantity")
move = picking.move_ids
def force():
    env["stock.move.line"].create({
        "move_id": move.id, "picking_id": picking.id, "product_id": part.id, "product_uom_id": part.uom_id.id, "quantity": 2,
        "lot_id": bad.id, "location_id": stock.id, "location_dest_id": move.location_dest_id.id, "picked": True})
    picking.button_validate()
print(json.dumps({"before": before, "after": after, "said": refused(force)}))
"""
)

REPAIR = (
    PREPARE
    + """
part, device = product("Part"), product("Device")
bad = lot("BAD", part)
mended = lot("MENDED", device)
hold(bad)
order = env["repair.order"].create({
    "product_id": device.id, "lot_id": mended.id, "picking_type_id": warehouse.repair_type_id.id,
    "move_ids": [(0, 0, {"repair_line_type": "add", "product_id": part.id, "product_uom_qty": 1, "product_uom": part.uom_id.id})]})
order.action_validate()
order.action_repair_start()
def mend():
    move = order.move_ids.filtered(lambda move: move.product_id == part)
    move.move_line_ids.unlink()
    env["stock.move.line"].create({
        "move_id": move.id, "product_id": part.id, "product_uom_id": part.uom_id.id, "quantity": 1, "lot_id": bad.id,
        "location_id": move.location_id.id, "location_dest_id": move.location_dest_id.id, "picked": True})
    order.action_repair_end()
print(json.dumps({"said": refused(mend), "left": sum(bad.quant_ids.filtered(lambda q: q.location_id == stock).mapped("quantity"))}))
"""
)

DROPSHIP = (
    PREPARE
    + """
device = product("Device")
dropship = env["stock.picking.type"].search([("code", "=", "dropship"), ("company_id", "=", company.id)], limit=1)
picking = ground._transfer(dropship, suppliers, customers, [(device, 1)])
picking.move_ids.move_line_ids.unlink()
env["stock.move.line"].create({
    "move_id": picking.move_ids.id, "picking_id": picking.id, "product_id": device.id, "product_uom_id": device.uom_id.id, "quantity": 1,
    "lot_name": "NEW", "location_id": suppliers.id, "location_dest_id": customers.id, "picked": True})
print(json.dumps({"said": refused(picking._action_done)}))
"""
)

POS = (
    PREPARE
    + """
device = product("Device", available_in_pos=True)
bad = lot("BAD", device)
hold(bad)
config = env["pos.config"].create({"name": "Counter"})
session = env["pos.session"].create({"config_id": config.id, "user_id": env.uid})
order = env["pos.order"].create({
    "session_id": session.id, "company_id": company.id, "amount_tax": 0, "amount_total": 0, "amount_paid": 0, "amount_return": 0,
    "lines": [(0, 0, {"product_id": device.id, "qty": 1, "price_unit": 0, "price_subtotal": 0, "price_subtotal_incl": 0,
                      "pack_lot_ids": [(0, 0, {"lot_name": "BAD"})]})]})
# The counter goes on when stock refuses, and leaves the transfer for the warehouse.
said = refused(lambda: env["stock.picking"]._create_picking_from_pos_order_lines(customers.id, order.lines, config.picking_type_id, order.partner_id))
moves = env["stock.move"].search([("product_id", "=", device.id), ("location_dest_id", "=", customers.id)])
print(json.dumps({"said": said, "done": moves.filtered(lambda move: move.state == "done").ids,
                  "left": sum(bad.quant_ids.filtered(lambda q: q.location_id == stock).mapped("quantity"))}))
"""
)


def test_production_and_unbuild(apps_database):
    said = shell(apps_database, PRODUCTION)
    assert said["reserved"] == ["GOOD"]
    assert "BAD of Part is on hold" in said["said"]
    assert (said["state"], said["made"], said["before"]) == ("done", "quarantine", 0)
    assert "MADE of Device is on hold" in said["unbuild"]


def test_kit(apps_database):
    said = shell(apps_database, KIT)
    assert (said["before"], said["after"]) == ([2], [0])
    assert "BAD of Part is on hold" in said["said"]


def test_repair(apps_database):
    said = shell(apps_database, REPAIR)
    assert "BAD of Part is on hold" in said["said"]
    assert said["left"] == 10


def test_dropship(apps_database):
    assert "NEW of Device is new and has not been released" in shell(apps_database, DROPSHIP)["said"]


def test_point_of_sale(apps_database):
    said = shell(apps_database, POS)
    assert (said["done"], said["left"]) == ([], 10)
