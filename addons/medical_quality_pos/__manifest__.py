{
    "name": "Medical Quality: Point of Sale",
    "summary": "What quality has not released is not sold at the till either, and a till that is offline sells none of it",
    "version": "19.0.1.0.0",
    "author": "Medical Supply Suite contributors",
    "website": "https://github.com/medical-supply-suite/medical-supply-suite",
    "license": "LGPL-3",
    "category": "Supply Chain/Quality",
    "development_status": "Beta",
    "depends": ["medical_quality", "point_of_sale"],
    "assets": {
        "point_of_sale._assets_pos": ["medical_quality_pos/static/src/**/*"],
        "web.assets_tests": ["medical_quality_pos/static/tests/tours/**/*"],
    },
    "auto_install": True,
}
