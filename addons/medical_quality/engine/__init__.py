"""Sampling of lots by attributes: pure Python, no Odoo."""

from .sampling import AQLS, LEVELS, Plan, code_letter, severity, single_plan
