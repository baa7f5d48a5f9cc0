from odoo.tests import tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestStockState(MedicalQualityCase):
    def _states(self, lots):
        self.env.flush_all()
        groups = (
            self.env["medical.stock.state"]
            .with_user(self.clerk)
            ._read_group([("lot_id", "in", lots.ids)], ["state"], ["quantity:sum"])
        )
        return dict(groups)

    def test_state_of_the_lot(self):
        lot = self._lot("NEW", 5)
        self.assertEqual(self._states(lot), {"quarantine": 5})
        lot.with_user(self.approver)._quality_decide("released", "test")
        self.assertEqual(self._states(lot), {"finished": 5})
        hold = self._hold(lot)
        self.assertEqual(self._states(lot), {"hold": 5})
        lot.with_user(self.approver)._quality_decide("rejected", "test")
        self.assertEqual(self._states(lot), {"rejected": 5})
        self._lift(hold.with_user(self.approver), "test")
        self.assertEqual(self._states(lot), {"rejected": 5})

    def test_a_lot_is_what_quality_says_also_on_the_line(self):
        self.shelf.medical_stock_state = "production"
        lot = self._lot("LINE", 4, location=self.shelf)
        self.assertEqual(self._states(lot), {"quarantine": 4})
        lot.with_user(self.approver)._quality_decide("released", "test")
        self.assertEqual(self._states(lot), {"production": 4})

    def test_a_held_part_is_told_by_its_place(self):
        lot = self._lot("PART", 10, state="released")
        hold = (
            self.env["medical.hold"]
            .with_user(self.quality)
            .create(
                {
                    "reason": "Dented",
                    "company_id": self.company.id,
                    "line_ids": [(0, 0, {"lot_id": lot.id, "quantity": 3, "source_location_id": self.stock.id})],
                }
            )
        )
        hold.action_set()
        self.assertEqual(self._states(lot), {"finished": 7, "hold": 3})
        self._lift(hold.with_user(self.approver), "not so bad")
        # It still lies in quarantine, from where somebody has to fetch it.
        self.assertEqual(self._states(lot), {"finished": 7, "quarantine": 3})

    def test_a_rejected_part(self):
        self._plan(four_eyes=False)
        inspection = self._receive("IN")
        lot = inspection.lot_id
        self.assertEqual(self._states(lot), {"quarantine": 10})
        inspection.result_ids.checked = 1
        self._decide(inspection.with_user(self.quality), 8, 2, 0)
        self.assertEqual(self._states(lot), {"quarantine": 8, "rejected": 2})
        lot.with_user(self.approver)._quality_decide("released", "the rest is fine")
        self.assertEqual(self._states(lot), {"finished": 8, "rejected": 2})

    def test_the_states_add_up_to_the_ledger(self):
        lots = self._lot("S1", 5) + self._lot("S2", 7, state="released") + self._lot("S3", 9, state="rejected")
        # Two holds on a lot count it once.
        self._hold(lots)
        self._hold(lots[1])
        for quantity in (1, 2):
            hold = (
                self.env["medical.hold"]
                .with_user(self.quality)
                .create(
                    {
                        "reason": "Dented",
                        "company_id": self.company.id,
                        "line_ids": [
                            (0, 0, {"lot_id": lots[1].id, "quantity": quantity, "source_location_id": self.stock.id})
                        ],
                    }
                )
            )
            hold.action_set()
        self.env["stock.quant"]._update_available_quantity(self.pen, self.warehouse.quality_quarantine_loc_id, 6)
        self.env.flush_all()
        domain = [("company_id", "=", self.company.id)]
        ledger = dict(
            self.env["stock.quant"]._read_group(
                [*domain, ("location_id.usage", "in", ("internal", "transit"))], ["product_id"], ["quantity:sum"]
            )
        )
        states = dict(self.env["medical.stock.state"]._read_group(domain, ["product_id"], ["quantity:sum"]))
        self.assertEqual(states, ledger)
        self.assertEqual(ledger, {self.stent: 31, self.pen: 6})
        self.assertEqual(self._states(lots), {"hold": 12, "rejected": 9})
