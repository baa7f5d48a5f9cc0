"""Odoo's own command line for ./dev test: of the asset bundles only those are made beforehand that a tour loads.

Odoo makes every bundle that a view names, also those of its website, its reports and its own unit tests; that takes
longer than all tours of most addons. What a tour loads besides is made when it asks for it.
"""

from odoo.cli import main

from odoo.addons.base.models.ir_qweb import IrQweb

SCRIPTS = {"web.assets_web", "web.assets_tests"}
STYLES = {"web.assets_web", "web.assets_web_print"}

IrQweb._get_bundles_to_pregenarate = lambda self: (SCRIPTS, STYLES)
main()
