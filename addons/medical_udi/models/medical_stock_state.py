from odoo import fields, models
from odoo.tools import SQL

from .product_category import STOCK_CLASSES


class MedicalStockState(models.Model):
    """What is in stock, by the state it is in: the stock ledger (quants of internal and transit locations) and nothing else.

    Where it is decides first (in production, in transit), then what it is (raw, finished, spare part).
    """

    _name = "medical.stock.state"
    _description = "Stock by State"
    _auto = False
    _order = "product_id, state, id"
    _rec_name = "product_id"
    _depends = {
        "stock.quant": ["product_id", "location_id", "lot_id", "company_id", "quantity"],
        "stock.location": ["usage", "parent_path", "medical_stock_state"],
        "product.product": ["product_tmpl_id"],
        "product.template": ["categ_id", "sale_ok", "medical_stock_class"],
        "product.category": ["parent_path", "medical_stock_class"],
    }

    state = fields.Selection(
        [
            ("raw", "Raw Material"),
            ("production", "In Production"),
            ("finished", "Finished"),
            ("spare", "Spare Part"),
            ("transit", "In Transit"),
        ],
        readonly=True,
    )
    stock_class = fields.Selection(STOCK_CLASSES, readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    product_tmpl_id = fields.Many2one("product.template", "Product Template", readonly=True)
    categ_id = fields.Many2one("product.category", "Product Category", readonly=True)
    location_id = fields.Many2one("stock.location", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", readonly=True)
    lot_id = fields.Many2one("stock.lot", "Lot/Serial Number", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    quantity = fields.Float(readonly=True, digits="Product Unit")
    product_uom_id = fields.Many2one("uom.uom", "Unit", readonly=True)

    @property
    def _table_query(self) -> SQL:
        return SQL(
            """
            WITH place AS (
                SELECT DISTINCT ON (location.id) location.id, setting.state
                  FROM stock_location location
                  JOIN (%(location_states)s) setting ON starts_with(location.parent_path, setting.parent_path)
                 ORDER BY location.id, length(setting.parent_path) DESC, setting.given DESC
            ), category AS (
                SELECT DISTINCT ON (below.id) below.id, above.medical_stock_class AS class
                  FROM product_category below
                  JOIN product_category above ON starts_with(below.parent_path, above.parent_path)
                 WHERE above.medical_stock_class IS NOT NULL
                 ORDER BY below.id, length(above.parent_path) DESC
            ), product AS (
                SELECT variant.id, template.id AS template_id, template.categ_id, template.uom_id,
                       COALESCE(template.medical_stock_class, category.class, %(default_class)s) AS class
                  FROM product_product variant
                  JOIN product_template template ON template.id = variant.product_tmpl_id
                  LEFT JOIN category ON category.id = template.categ_id
            )
            SELECT ledger.id, ledger.product_id, product.template_id AS product_tmpl_id, product.categ_id,
                   product.uom_id AS product_uom_id, ledger.location_id, location.warehouse_id, ledger.lot_id, ledger.company_id,
                   ledger.quantity, product.class AS stock_class,
                   COALESCE(ledger.state, CASE WHEN location.usage = 'transit' THEN 'transit' END, place.state, product.class) AS state
              FROM (%(ledger)s) ledger
              JOIN stock_location location ON location.id = ledger.location_id AND location.usage IN ('internal', 'transit')
              JOIN product ON product.id = ledger.product_id
              LEFT JOIN place ON place.id = ledger.location_id
            """,
            location_states=self._location_states(),
            default_class=self._default_class(),
            ledger=self._ledger(),
        )

    def _location_states(self) -> SQL:
        """Path of locations, the state of what is in them and below, and whether people gave it."""
        return SQL(
            """
            SELECT parent_path, medical_stock_state AS state, TRUE AS given
              FROM stock_location
             WHERE medical_stock_state IS NOT NULL
            """
        )

    def _default_class(self) -> SQL:
        """Class of products for which neither they nor their categories give one."""
        return SQL("CASE WHEN template.sale_ok THEN 'finished' ELSE 'raw' END")

    def _ledger(self) -> SQL:
        """Quantities that add up to the stock ledger; a state where it is known better than by place and product."""
        return SQL(
            "SELECT id, product_id, location_id, lot_id, company_id, quantity, NULL::varchar AS state FROM stock_quant"
        )
