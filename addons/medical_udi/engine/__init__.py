"""Reading and writing UDI carriers of all issuing agencies. Imports no Odoo."""
