from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestQualityTour(HttpCase):
    def test_inspect_and_release(self):
        company = self.env.ref("base.main_company")
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", company.id)], limit=1)
        category = self.env["product.category"].create({"name": "Tour Devices"})
        self.env["medical.scope"].create(
            {
                "feature_id": self.env.ref("medical_quality.scope_feature_quality").id,
                "company_id": company.id,
                "category_id": category.id,
                "valid_from": "2020-01-01",
            }
        ).action_activate()
        self.env["medical.inspection.plan"].create(
            {
                "name": "Tour plan",
                "company_id": company.id,
                "categ_id": category.id,
                "sampling": "fixed",
                "sample_size": 1,
                "label_check": False,
                "four_eyes": False,
                "characteristic_ids": [(0, 0, {"name": "Surface", "kind": "attribute"})],
            }
        )
        product = self.env["product.product"].create(
            {"name": "Tour Stent", "is_storable": True, "tracking": "lot", "categ_id": category.id}
        )
        supplier = self.env.ref("stock.stock_location_suppliers")
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": warehouse.in_type_id.id,
                "location_id": supplier.id,
                "location_dest_id": warehouse.lot_stock_id.id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": product.id,
                            "product_uom_qty": 5,
                            "product_uom": product.uom_id.id,
                            "location_id": supplier.id,
                            "location_dest_id": warehouse.lot_stock_id.id,
                        },
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.move_ids.move_line_ids.write({"lot_name": "TOUR-LOT", "quantity": 5, "picked": True})
        picking._action_done()
        lot = picking.move_ids.lot_ids
        self.env["medical.inspection"].search([("lot_id", "=", lot.id)]).result_ids.write({"checked": 1})
        new_test_user(
            self.env, "quality_tour", "medical_base.group_medical_quality_approver", password="quality-tour-secret"
        )
        self.start_tour("/odoo/medical-lots-to-release", "medical_quality_release_tour", login="quality_tour")
        self.assertEqual((lot.quality_state, lot.signature_state), ("released", "signed"))
