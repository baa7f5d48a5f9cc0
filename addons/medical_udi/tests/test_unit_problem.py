from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from .common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestUnitProblem(MedicalUdiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kilo = cls.env.ref("uom.product_uom_kgm")

    def _problems(self, product, user=None):
        rows = (
            self.env["medical.unit.problem"]
            .with_user(user or self.quality)
            .search([("product_tmpl_id", "=", product.product_tmpl_id.id)])
        )
        return {row.kind: row for row in rows}

    def test_units_that_convert_are_not_listed(self):
        self.gloves.product_tmpl_id.uom_ids = self.box | self.case
        self.env["product.supplierinfo"].create(
            {
                "partner_id": self.vendor.id,
                "product_tmpl_id": self.gloves.product_tmpl_id.id,
                "product_uom_id": self.case.id,
            }
        )
        self.assertFalse(self._problems(self.gloves))

    def test_every_place(self):
        vendor = self.env["product.supplierinfo"].create(
            {
                "partner_id": self.vendor.id,
                "product_tmpl_id": self.pen.product_tmpl_id.id,
                "product_uom_id": self.kilo.id,
            }
        )
        barcode = self.env["product.uom"].create(
            {"product_id": self.pen.id, "uom_id": self.kilo.id, "barcode": "PENKG"}
        )
        self.pen.product_tmpl_id.uom_ids = self.kilo
        picking = self._picking("in", [(self.pen, 1)])
        picking.move_ids.product_uom = self.kilo
        point = self.env["stock.warehouse.orderpoint"].create(
            {"product_id": self.pen.id, "warehouse_id": self.warehouse.id, "replenishment_uom_id": self.kilo.id}
        )
        problems = self._problems(self.pen)
        found = {kind: (row.res_model, row.res_id) for kind, row in problems.items()}
        self.assertEqual(
            found,
            {
                "vendor": ("product.supplierinfo", vendor.id),
                "packaging": ("product.uom", barcode.id),
                "template": ("product.template", self.pen.product_tmpl_id.id),
                "move": ("stock.move", picking.move_ids.id),
                "orderpoint": ("stock.warehouse.orderpoint", point.id),
            },
        )
        self.assertEqual(len({row.id for row in problems.values()}), 5)
        self.assertIn("kg cannot be converted to Units", problems["vendor"].message)
        self.assertEqual(problems["vendor"].record_name, self.vendor.name)
        self.assertEqual(problems["vendor"].action_open_record()["res_id"], vendor.id)
        self.assertEqual(problems["move"].action_open_record()["res_id"], picking.id)
        self.assertEqual(problems["packaging"].action_open_record()["res_model"], "product.product")

    def test_repaired_is_gone(self):
        row = self.env["product.supplierinfo"].create(
            {
                "partner_id": self.vendor.id,
                "product_tmpl_id": self.pen.product_tmpl_id.id,
                "product_uom_id": self.kilo.id,
            }
        )
        self.assertIn("vendor", self._problems(self.pen))
        row.product_uom_id = self.box
        self.assertFalse(self._problems(self.pen))

    def test_units_changed_after_the_di_was_registered(self):
        self.box.relative_factor = 12
        row = self._problems(self.gloves)["factor"]
        self.assertEqual((row.res_id, row.expected, row.found), (self.gloves_box_di.id, 10, 12))
        self.assertIn("packages hold 10 Units, but the unit Box of 10 is 12", row.message)
        di = self.env["medical.udi.di"].create({"code": "04012345678901", "product_id": self.pen.id})
        self.pen.uom_id = self.kilo
        row = self._problems(self.pen)["di"]
        self.assertEqual((row.record_name, row.uom_id, row.product_uom_id), ("04012345678901", self.unit, self.kilo))
        self.assertEqual(row.action_open_record()["res_id"], di.id)

    def test_done_and_archived_are_history(self):
        picking = self._picking("in", [(self.pen, 1)])
        picking.move_ids.product_uom = self.kilo
        picking.action_cancel()
        self.assertFalse(self._problems(self.pen))
        self.pen.product_tmpl_id.uom_ids = self.kilo
        self.pen.product_tmpl_id.active = False
        self.assertFalse(self._problems(self.pen))

    def test_the_guard_refuses_where_it_is_entered(self):
        self.company.medical_refuse_units = True
        picking = self._picking("in", [(self.pen, 1)])
        doors = {
            "vendor": lambda: self.env["product.supplierinfo"].create(
                {
                    "partner_id": self.vendor.id,
                    "product_tmpl_id": self.pen.product_tmpl_id.id,
                    "product_uom_id": self.kilo.id,
                }
            ),
            "packaging": lambda: self.env["product.uom"].create(
                {"product_id": self.pen.id, "uom_id": self.kilo.id, "barcode": "PENKG"}
            ),
            "template": lambda: self.pen.product_tmpl_id.write({"uom_ids": [Command.link(self.kilo.id)]}),
            "move": lambda: picking.move_ids.write({"product_uom": self.kilo.id}),
        }
        for name, door in doors.items():
            with (
                self.subTest(name),
                self.assertRaisesRegex(ValidationError, "to which kg cannot be converted"),
                self.cr.savepoint(),
            ):
                door()
        self.company.medical_refuse_units = False
        for door in doors.values():
            door()

    def test_companies_and_roles(self):
        other = self.env["res.company"].create({"name": "Other UDI Company"})
        self.env["product.supplierinfo"].create(
            {
                "partner_id": self.vendor.id,
                "product_tmpl_id": self.pen.product_tmpl_id.id,
                "product_uom_id": self.kilo.id,
                "company_id": other.id,
            }
        )
        for user in (self.clerk, self.quality, self.auditor, self.regulatory):
            self.assertFalse(self._problems(self.pen, user))
        nobody = self._user("employee")
        with self.assertRaises(AccessError):
            self._problems(self.pen, nobody)

    def test_one_query_however_many(self):
        def queries(count):
            templates = self.env["product.template"].create(
                [{"name": f"Thing {count}-{number}", "uom_ids": self.kilo.ids} for number in range(count)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rows = self.env["medical.unit.problem"].search([("product_tmpl_id", "in", templates.ids)])
            self.assertEqual(len(rows.mapped("message")), count)
            self.assertEqual(len(rows.mapped("record_name")), count)
            return self.cr.sql_log_count - before

        queries(1)
        self.assertEqual(queries(2), queries(50))
