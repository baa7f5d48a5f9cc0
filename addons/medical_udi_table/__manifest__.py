{
    "name": "Medical UDI: Tables",
    "summary": "Device identifiers from and to tables: our own, the FDA's GUDID and the NMPA's database",
    "version": "19.0.1.0.0",
    "author": "Medical Supply Suite contributors",
    "website": "https://github.com/medical-supply-suite/medical-supply-suite",
    "license": "LGPL-3",
    "category": "Supply Chain/Inventory",
    "development_status": "Beta",
    "depends": ["medical_udi"],
    "external_dependencies": {"python": ["openpyxl", "XlsxWriter"]},
    "data": [
        "security/ir.model.access.csv",
        "security/medical_udi_table_rules.xml",
        "data/ir_cron.xml",
        "views/medical_udi_table_views.xml",
    ],
    "auto_install": True,
}
