{
    "name": "Medical Quality: Subcontracting",
    "summary": "Lots that subcontractors make come in as receipts: in quarantine, with their inspection",
    "version": "19.0.1.0.0",
    "author": "Medical Supply Suite contributors",
    "website": "https://github.com/medical-supply-suite/medical-supply-suite",
    "license": "LGPL-3",
    "category": "Supply Chain/Quality",
    "development_status": "Beta",
    "depends": ["medical_quality", "mrp_subcontracting"],
    "auto_install": True,
}
