from odoo.tests import HttpCase, tagged

from .common import MedicalQualityCase


@tagged("post_install", "-at_install")
class TestQualityTour(HttpCase, MedicalQualityCase):
    def test_inspect_and_release(self):
        self._plan(name="Tour plan", four_eyes=False)
        inspection = self._receive("TOUR-LOT", 5)
        inspection.result_ids.write({"checked": 1})
        lot = inspection.lot_id
        self.approver.password = "quality-tour-secret"
        self.start_tour("/odoo/medical-lots-to-release", "medical_quality_release_tour", login=self.approver.login)
        self.assertEqual((lot.quality_state, lot.signature_state), ("released", "signed"))
