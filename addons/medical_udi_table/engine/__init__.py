"""Tables of device identifiers: columns, and rows read and written. No Odoo in here."""
