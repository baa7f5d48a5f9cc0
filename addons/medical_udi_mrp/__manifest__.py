{
    "name": "Medical UDI: Manufacturing",
    "summary": "Components issued by scan, mix-ups refused and finished lots with their UDI on manufacturing orders",
    "version": "19.0.1.0.0",
    "author": "Medical Supply Suite contributors",
    "website": "https://github.com/medical-supply-suite/medical-supply-suite",
    "license": "LGPL-3",
    "category": "Supply Chain/Manufacturing",
    "development_status": "Beta",
    "depends": ["medical_udi", "mrp"],
    "data": ["views/mrp_production_views.xml"],
    "pre_init_hook": "pre_init_hook",
    "auto_install": True,
}
