{
    "name": "Medical UDI: Delivery",
    "summary": "Carriers and tracking references in the trace of a lot",
    "version": "19.0.1.0.0",
    "author": "Medical Supply Suite contributors",
    "website": "https://github.com/medical-supply-suite/medical-supply-suite",
    "license": "LGPL-3",
    "category": "Supply Chain/Inventory",
    "development_status": "Beta",
    "depends": ["medical_udi", "stock_delivery"],
    "auto_install": True,
}
