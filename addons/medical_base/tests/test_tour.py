from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestScopeTour(HttpCase):
    def test_scope_tour(self):
        feature = self.env["medical.scope.feature"].create({"name": "Tour feature", "code": "tour"})
        category = self.env["product.category"].create({"name": "Tour devices"})
        self.env["product.product"].create(
            [{"name": f"Tour {number}", "is_storable": True, "categ_id": category.id} for number in range(3)]
        )
        self.start_tour("/odoo/medical-scopes", "medical_base_scope_tour", login="admin")
        scope = self.env["medical.scope"].search([("feature_id", "=", feature.id)])
        self.assertRecordValues(
            scope, [{"state": "active", "category_id": category.id, "reason": "Pilot", "product_count": 3}]
        )
        entry = self.env["medical.audit.entry"].search(
            [("model", "=", "medical.scope"), ("res_id", "=", scope.id), ("field_name", "=", "state")]
        )
        self.assertRecordValues(entry, [{"new_value": "active", "reason": "Pilot"}])
