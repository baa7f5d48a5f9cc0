{
    "name": "Supplier Visits (test)",
    "version": "19.0.1.0.0",
    "author": "Medical Supply Suite contributors",
    "license": "LGPL-3",
    "depends": ["medical_base"],
    "data": ["security/ir.model.access.csv", "views/medical_test_visit_views.xml"],
}
