{
    "name": "Medical UDI",
    "summary": "Every box known by its UDI, bound to lots and moves, traceable both ways",
    "version": "19.0.1.0.0",
    "author": "Medical Supply Suite contributors",
    "website": "https://github.com/medical-supply-suite/medical-supply-suite",
    "license": "LGPL-3",
    "category": "Supply Chain/Inventory",
    "development_status": "Beta",
    "depends": ["medical_base", "product_expiry", "barcodes_gs1_nomenclature"],
    "data": [
        "security/ir.model.access.csv",
        "security/medical_udi_rules.xml",
        "data/medical_scope_feature.xml",
    ],
    "demo": [],
    "assets": {
        "web.assets_backend": ["medical_udi/static/src/**/*"],
        "web.assets_tests": ["medical_udi/static/tests/tours/**/*"],
    },
}
