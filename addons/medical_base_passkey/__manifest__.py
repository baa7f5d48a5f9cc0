{
    "name": "Medical Supply Base: Passkeys",
    "summary": "Sign electronically with a passkey",
    "version": "19.0.1.0.0",
    "author": "Medical Supply Suite contributors",
    "website": "https://github.com/medical-supply-suite/medical-supply-suite",
    "license": "LGPL-3",
    "category": "Supply Chain/Inventory",
    "development_status": "Beta",
    "depends": ["medical_base", "auth_passkey"],
    "data": ["wizards/medical_sign_views.xml"],
    "assets": {
        "web.assets_backend": ["medical_base_passkey/static/src/**/*"],
    },
    "auto_install": True,
}
