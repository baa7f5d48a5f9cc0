from odoo import Command
from odoo.tests import tagged

from .common import MedicalUdiMrpCase


@tagged("post_install", "-at_install")
class TestTrail(MedicalUdiMrpCase):
    def test_what_controlled_products_are_made_of(self):
        self.pen.categ_id = self.env["product.category"].create({"name": "Office"})
        self._switch_on(category_id=self.category.id)
        trail = self.env["medical.audit.entry"]
        line = self.bom.bom_line_ids[0]
        before = trail.search([])
        self.bom.write(
            {
                "product_qty": 2,
                "bom_line_ids": [
                    Command.update(line.id, {"product_qty": 5}),
                    Command.delete(self.bom.bom_line_ids[2].id),
                    Command.create({"product_id": self.pen.id, "product_qty": 9}),
                ],
            }
        )
        self.bom.active = False
        news = trail.search([], order="id") - before
        self.assertEqual(
            [(row.model, row.field_name) for row in news],
            [
                ("mrp.bom.line", "product_qty"),
                ("mrp.bom.line", "(deleted)"),
                ("mrp.bom.line", "(created)"),
                ("mrp.bom", "product_qty"),
                ("mrp.bom", "active"),
            ],
        )
        before = trail.search([])
        bom = self.env["mrp.bom"].create(
            {
                "product_tmpl_id": self.pen.product_tmpl_id.id,
                "bom_line_ids": [Command.create({"product_id": self.gloves.id, "product_qty": 1})],
            }
        )
        bom.bom_line_ids.product_qty = 3
        bom.unlink()
        self.assertEqual(trail.search([]), before)
