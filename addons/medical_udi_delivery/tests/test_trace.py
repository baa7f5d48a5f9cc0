from odoo.tests import tagged

from odoo.addons.medical_udi.tests.common import MedicalUdiCase


@tagged("post_install", "-at_install")
class TestCarrier(MedicalUdiCase):
    def test_the_carrier_is_part_of_the_trace(self):
        service = self.env["product.product"].create({"name": "Freight", "type": "service"})
        carrier = self.env["delivery.carrier"].create({"name": "Swift Freight", "product_id": service.id})
        lot = self._stock(self.gloves, "L1", 10)
        sent, by_hand = self._picking("out", [(self.gloves, 3)]), self._picking("out", [(self.gloves, 2)])
        sent.write({"carrier_id": carrier.id, "carrier_tracking_ref": "TR-1"})
        for picking in (sent, by_hand):
            picking.move_ids.picked = True
            picking._action_done()
        rows = {row["picking_id"]: (row["carrier"], row["tracking_reference"]) for row in lot.medical_trace()["rows"]}
        self.assertEqual(rows[sent.id], ("Swift Freight", "TR-1"))
        self.assertFalse(any(rows[by_hand.id]))
