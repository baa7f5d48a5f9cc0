from odoo.tests import tagged

from odoo.addons.medical_base.tests.readable import ReadableMixin

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestReadable(ReadableMixin, MedicalQualityCase):
    """One lot in quarantine, one on hold, one in a quarantine place; ordered, inspected, scrapped."""

    _addon = "medical_quality"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        place = cls.env["stock.location"].create(
            {"name": "Quarantine", "location_id": cls.stock.id, "quality_quarantine": True}
        )
        cls.warehouse.quality_quarantine_loc_id = place
        cls._lot("ASIDE", 5, state="released", location=place)
        cls._hold(cls._lot("HELD", 10, state="released"))
        cls._plan(sample_size=3)
        order = cls.env["purchase.order"].create(
            {
                "partner_id": cls.vendor.id,
                "order_line": [(0, 0, {"product_id": cls.stent.id, "product_qty": 8, "price_unit": 1})],
            }
        )
        order.button_confirm()
        receipt = order.picking_ids
        receipt.move_ids.move_line_ids.unlink()
        cls._line(receipt.with_user(cls.clerk), None, 8, lot_name="NEW")
        cls._validate(receipt)
        cls._move(cls.stock, cls.customers, None, 2)
        cls.env["stock.scrap"].create(
            {
                "product_id": cls.stent.id,
                "lot_id": cls.existing.id,
                "scrap_qty": 1,
                "location_id": cls.stock.id,
                "company_id": cls.company.id,
            }
        ).action_validate()
        assert cls.env["medical.inspection"].search([("purchase_line_id", "in", order.order_line.ids)])
