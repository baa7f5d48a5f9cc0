"""Sampling of lots by attributes: pure Python, no Odoo."""

from .sampling import AQLS, LEVELS, Inspected, Plan, code_letter, points, severity, single_plan, tighter_aql
