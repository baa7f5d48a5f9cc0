"""Odoo's own command line for ./dev test --core: tests that run while an addon is installed wait until all addons are."""

from odoo.cli import main
from odoo.tests import loader
from odoo.tests.suite import OdooSuite

_make_suite = loader.make_suite


def make_suite(module_names, position="at_install"):
    """All tests at the end, none before."""
    if position == "at_install":
        return OdooSuite([])
    return OdooSuite([*_make_suite(module_names, "at_install"), *_make_suite(module_names, "post_install")])


loader.make_suite = make_suite
main()
