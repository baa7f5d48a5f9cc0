import io
import json

import openpyxl

from odoo import http
from odoo.tests import HttpCase, tagged

from .test_trace import MedicalTraceCase


@tagged("post_install", "-at_install")
class TestTraceTour(HttpCase, MedicalTraceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.resin_lot = cls._lot(cls.resin, "RES1")
        cls._moved(cls.resin_lot, 100, "supplier", "stock", cls.vendor)
        for number in range(7):
            tube = cls._lot(cls.tube, f"TUB{number}")
            cls._produced([(cls.resin_lot, 2)], tube, 2)
            cls._moved(tube, 1, "stock", "customer", cls.hospital)
        cls.clerk.password = "udi_clerk_password"

    def test_tour(self):
        self.start_tour(
            f"/odoo/action-stock.action_production_lot_form/{self.resin_lot.id}",
            "medical_trace_tour",
            login=self.clerk.login,
        )

    def test_workbook(self):
        self.hospital.name = "=1+1"
        self.authenticate(self.clerk.login, "udi_clerk_password")
        asked = {"model": "stock.lot", "ids": self.resin_lot.ids, "direction": "forward"}
        answer = self.url_open(
            "/medical_udi/trace/xlsx", data={"data": json.dumps(asked), "csrf_token": http.Request.csrf_token(self)}
        )
        self.assertEqual(answer.status_code, 200)
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        self.assertEqual(book.sheetnames, ["Trace", "Consignees", "Our Places", "Movements"])
        head, *rows = book["Consignees"].iter_rows(values_only=True)
        [row] = [dict(zip(head, row, strict=True)) for row in rows]
        self.assertEqual((row["Consignee"], row["Net"], row["Product"]), ("=1+1", 7, "Tube"))
        self.assertEqual(book["Consignees"]["A2"].data_type, "s", "What people typed never becomes a formula.")
        self.assertEqual(book["Movements"].max_row, 1 + 21)
        self.assertTrue(
            self.env["medical.trace.log"].search([("purpose", "=", "export"), ("lot_id", "=", self.resin_lot.id)])
        )

    def test_workbook_is_refused_to_others(self):
        self.regulatory.password = "udi_regulatory_password"
        self.authenticate(self.regulatory.login, "udi_regulatory_password")
        asked = {"model": "stock.lot", "ids": self.resin_lot.ids, "direction": "forward"}
        answer = self.url_open(
            "/medical_udi/trace/xlsx", data={"data": json.dumps(asked), "csrf_token": http.Request.csrf_token(self)}
        )
        self.assertEqual(answer.status_code, 403)
