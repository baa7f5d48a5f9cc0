"""Odoo's own command line; in a folder of its own because Python puts it on sys.path."""

from odoo.cli import main

main()
