"""Forecasting and inventory arithmetic: pure functions over numpy arrays, no Odoo, no I/O, no clock."""
