{
    "name": "Medical Quality: Planning",
    "summary": "Inspection and release are part of the supply lead time that planning uses",
    "version": "19.0.1.0.0",
    "author": "Medical Supply Suite contributors",
    "website": "https://github.com/medical-supply-suite/medical-supply-suite",
    "license": "LGPL-3",
    "category": "Supply Chain/Inventory",
    "development_status": "Beta",
    "depends": ["medical_quality", "medical_planning"],
    "auto_install": True,
}
