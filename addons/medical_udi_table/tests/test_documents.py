import base64

from odoo.tests import tagged

from odoo.addons.medical_base.tests.document_case import DocumentCase
from odoo.addons.medical_udi.tests.common import MedicalUdiCase, gtin

from .test_di_table import delimited


@tagged("post_install", "-at_install")
class TestDocuments(DocumentCase, MedicalUdiCase):
    addon = "medical_udi_table"
    builders = {"medical.udi.di.import": "_build_import"}

    def _build_import(self, state):
        imports = self.env["medical.udi.di.import"]
        imports.search([("state", "=", "running")])._take("action_cancel")
        self.patch(self.registry[imports._name], "_at_once", 1 if state in ("done", "refused") else 0)
        code = "NOPE" if state == "refused" else self.gloves.barcode
        data = delimited([["di", "product_code"], [gtin(7000), code]])
        job = imports.with_user(self.quality).create({"file": base64.b64encode(data), "filename": "dis.csv"})
        if state == "checked":
            job.action_check()
        elif state != "draft":
            job.action_start()
        if state == "failed":
            job._fail(message="Disk full")
        elif state == "cancelled":
            job.action_cancel()
        return job.with_env(self.env)
