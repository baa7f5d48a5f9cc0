{
    "name": "Medical Quality: Manufacturing",
    "summary": "What released products are made of changes by an approved change only",
    "version": "19.0.1.0.0",
    "author": "Medical Supply Suite contributors",
    "website": "https://github.com/medical-supply-suite/medical-supply-suite",
    "license": "LGPL-3",
    "category": "Supply Chain/Inventory",
    "development_status": "Beta",
    "depends": ["medical_quality", "medical_udi_mrp"],
    "data": ["views/medical_master_change_views.xml"],
    "auto_install": True,
}
