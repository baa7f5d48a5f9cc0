from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

# Where a product is given a unit: kind, model, label. The place of a kind in this list is part of the rows' ids.
KINDS = [
    ("vendor", "product.supplierinfo", "Vendor Price"),
    ("packaging", "product.uom", "Packaging Barcode"),
    ("template", "product.template", "Packaging of Product"),
    ("di", "medical.udi.di", "Device Identifier"),
    ("factor", "medical.udi.di", "Package Quantity of DI"),
    ("code", "medical.code.map", "Plant Code"),
    ("move", "stock.move", "Open Stock Move"),
    ("orderpoint", "stock.warehouse.orderpoint", "Reordering Rule"),
    ("purchase", "purchase.order.line", "Open Purchase Line"),
    ("bom", "mrp.bom", "Bill of Materials"),
    ("component", "mrp.bom.line", "Component"),
]
# What the query reads, by model: it has to see what was written a moment ago.
_READ = {
    "uom.uom": ["parent_path", "factor"],
    "product.template": ["uom_id", "active", "company_id", "uom_ids"],
    "product.product": ["product_tmpl_id", "active"],
    "product.supplierinfo": ["product_uom_id", "product_id", "product_tmpl_id", "company_id"],
    "product.uom": ["uom_id", "product_id", "company_id"],
    "medical.udi.di": ["uom_id", "product_id", "company_id", "unit_quantity"],
    "medical.code.map": ["uom_id", "product_id", "company_id", "kind", "active"],
    "stock.move": ["product_uom", "product_id", "company_id", "state"],
    "stock.warehouse.orderpoint": ["replenishment_uom_id", "product_id", "company_id", "active"],
    "purchase.order": ["state"],
    "purchase.order.line": ["product_uom_id", "product_id", "company_id", "qty_received", "product_qty", "order_id"],
    "mrp.bom": ["product_uom_id", "product_id", "product_tmpl_id", "company_id", "active"],
    "mrp.bom.line": ["product_uom_id", "product_id", "bom_id"],
}
# More kinds than there will be: ids stay unique and the same from one query to the next.
_STRIDE = 32


class MedicalUnitProblem(models.Model):
    """Units that cannot be converted to the product's own, and packages whose quantity contradicts their unit.

    Odoo converts 5 kg to 5 units without a word when the two have nothing in common. The list is read from what is
    there now, in one query; models of apps that are not installed are left out.
    """

    _name = "medical.unit.problem"
    _description = "Unit That Does Not Convert"
    _auto = False
    _order = "product_tmpl_id, kind, id"
    _rec_name = "product_tmpl_id"

    kind = fields.Selection([(kind, label) for kind, _model, label in KINDS], "Where", readonly=True)
    res_id = fields.Many2oneReference("Record", model_field="res_model", readonly=True, aggregator=None)
    res_model = fields.Char("Model", readonly=True)
    product_tmpl_id = fields.Many2one("product.template", "Product", readonly=True)
    product_id = fields.Many2one("product.product", "Variant", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    uom_id = fields.Many2one("uom.uom", "Unit", readonly=True)
    product_uom_id = fields.Many2one("uom.uom", "Product's Unit", readonly=True)
    expected = fields.Float("Units by Packages", readonly=True, digits="Product Unit", aggregator=None)
    found = fields.Float("Units by Unit", readonly=True, digits="Product Unit", aggregator=None)
    record_name = fields.Char("Entered On", compute="_compute_record_name")
    message = fields.Char("What Is Wrong", compute="_compute_message")

    @property
    def _table_query(self) -> SQL:
        # Not _depends: some of these models are there only with their app.
        flush = [
            SQL(to_flush=self.env[model]._fields[name])
            for model, names in _READ.items()
            if model in self.env
            for name in names
        ]
        sources = [source for kind, source in self._sources().items() if self._kind_model(kind) in self.env]
        query = SQL(
            """
            SELECT place.res_id::bigint * %(stride)s + place.number AS id, place.kind, place.res_model, place.res_id,
                   place.product_id, template.id AS product_tmpl_id, COALESCE(place.company_id, template.company_id) AS company_id,
                   place.uom_id, own.id AS product_uom_id, place.expected, place.found
              FROM (%(places)s) place
              JOIN product_template template ON template.id = place.product_tmpl_id AND template.active
              JOIN uom_uom unit ON unit.id = place.uom_id
              JOIN uom_uom own ON own.id = template.uom_id
             WHERE CASE WHEN place.kind = 'factor'
                        THEN split_part(unit.parent_path, '/', 1) = split_part(own.parent_path, '/', 1)
                             AND abs(place.expected - place.found) > 1e-6 * greatest(1, abs(place.expected))
                        ELSE split_part(unit.parent_path, '/', 1) <> split_part(own.parent_path, '/', 1)
                   END
            """,
            stride=_STRIDE,
            places=SQL(" UNION ALL ").join(sources),
        )
        return SQL().join([query, *flush])

    @api.model
    def _kind_model(self, kind):
        return next(model for name, model, _label in KINDS if name == kind)

    @api.model
    def _sources(self):
        """``{kind: SELECT}`` of all places with a unit, in the columns that ``_source`` gives."""
        return {
            "vendor": self._source(
                "vendor", "product_supplierinfo", SQL("place.product_uom_id"), template=SQL("place.product_tmpl_id")
            ),
            "packaging": self._source("packaging", "product_uom", SQL("place.uom_id")),
            "template": self._source(
                "template",
                "product_template",
                SQL("other.uom_uom_id"),
                template=SQL("place.id"),
                product=SQL("NULL::int"),
                join=SQL("JOIN product_template_uom_uom_rel other ON other.product_template_id = place.id"),
            ),
            "di": self._source("di", "medical_udi_di", SQL("place.uom_id")),
            "factor": self._source(
                "factor",
                "medical_udi_di",
                SQL("place.uom_id"),
                expected=SQL("place.unit_quantity"),
                found=SQL("unit.factor / own.factor"),
                join=SQL(
                    """
                    JOIN product_product device ON device.id = place.product_id
                    JOIN product_template master ON master.id = device.product_tmpl_id
                    JOIN uom_uom unit ON unit.id = place.uom_id
                    JOIN uom_uom own ON own.id = master.uom_id
                    """
                ),
            ),
            "code": self._source(
                "code", "medical_code_map", SQL("place.uom_id"), where=SQL("place.kind = 'item' AND place.active")
            ),
            "move": self._source(
                "move", "stock_move", SQL("place.product_uom"), where=SQL("place.state NOT IN ('done', 'cancel')")
            ),
            "orderpoint": self._source(
                "orderpoint", "stock_warehouse_orderpoint", SQL("place.replenishment_uom_id"), where=SQL("place.active")
            ),
            "purchase": self._source(
                "purchase",
                "purchase_order_line",
                SQL("place.product_uom_id"),
                where=SQL(
                    "bought.state NOT IN ('cancel', 'done') AND COALESCE(place.qty_received, 0) < place.product_qty"
                ),
                join=SQL("JOIN purchase_order bought ON bought.id = place.order_id"),
            ),
            "bom": self._source(
                "bom",
                "mrp_bom",
                SQL("place.product_uom_id"),
                template=SQL("place.product_tmpl_id"),
                where=SQL("place.active"),
            ),
            "component": self._source(
                "component",
                "mrp_bom_line",
                SQL("place.product_uom_id"),
                company=SQL("bill.company_id"),
                where=SQL("bill.active"),
                join=SQL("JOIN mrp_bom bill ON bill.id = place.bom_id"),
            ),
        }

    @api.model
    def _source(
        self,
        kind,
        table,
        unit,
        *,
        template=None,
        company=None,
        product=None,
        expected=None,
        found=None,
        join=None,
        where=None,
    ):
        """One place where units are entered, in the columns that the query puts together."""
        number = [name for name, _model, _label in KINDS].index(kind)
        join = join or SQL("")
        if template is None:
            template = SQL("variant.product_tmpl_id")
            join = SQL("%s JOIN product_product variant ON variant.id = place.product_id AND variant.active", join)
        return SQL(
            """
            SELECT %(number)s AS number, %(kind)s AS kind, %(model)s AS res_model, place.id AS res_id,
                   %(product)s AS product_id, %(template)s AS product_tmpl_id, %(company)s AS company_id, %(unit)s AS uom_id,
                   %(expected)s AS expected, %(found)s AS found
              FROM %(table)s place %(join)s
             WHERE %(where)s
            """,
            number=number,
            kind=kind,
            model=self._kind_model(kind),
            product=product or SQL("place.product_id"),
            template=template,
            company=company or SQL("place.company_id"),
            unit=unit,
            expected=expected or SQL("NULL::float"),
            found=found or SQL("NULL::float"),
            table=SQL.identifier(table),
            join=join,
            where=where or SQL("TRUE"),
        )

    @api.depends("res_model", "res_id")
    def _compute_record_name(self):
        for model, rows in self.grouped("res_model").items():
            # sudo: an order line may be out of the reader's reach, its name is not.
            records = self.env[model].sudo().browse(rows.mapped("res_id"))
            names = {record.id: record.display_name for record in records}
            for row in rows:
                row.record_name = names[row.res_id]

    @api.depends("uom_id", "product_uom_id", "expected", "found", "kind")
    def _compute_message(self):
        for row in self:
            if row.kind == "factor":
                row.message = self.env._(
                    "Its packages hold %(expected)g %(own)s, but the unit %(unit)s is %(found)g: correct one of the two.",
                    expected=row.expected,
                    own=row.product_uom_id.name,
                    unit=row.uom_id.name,
                    found=row.found,
                )
            else:
                row.message = self.env._(
                    "%(unit)s cannot be converted to %(own)s: choose a unit made of %(own)s.",
                    unit=row.uom_id.name,
                    own=row.product_uom_id.name,
                )

    def action_open_record(self):
        """Open what has to be repaired."""
        self.ensure_one()
        record = self.env[self.res_model].browse(self.res_id)
        record.check_access("read")
        # Lines are repaired on their document.
        document = {"purchase.order.line": "order_id", "mrp.bom.line": "bom_id", "stock.move": "picking_id"}.get(
            self.res_model
        )
        if document and record[document]:
            record = record[document]
        if record._name == "product.uom":
            record = record.product_id
        return {"type": "ir.actions.act_window", "res_model": record._name, "res_id": record.id, "view_mode": "form"}

    # Where units are entered

    @api.model
    def _refuse(self, places):
        """Refuse units that do not convert, where the company wants that.

        :param places: (company, product or template, unit), of one record each
        """
        for company, product, unit in places:
            company = company or product.company_id or self.env.company
            if not unit or not product or not company.medical_refuse_units:
                continue
            if not unit._has_common_reference(product.uom_id):
                raise ValidationError(
                    self.env._(
                        "%(product)s is kept in %(own)s, to which %(unit)s cannot be converted: choose a unit made of %(own)s.",
                        product=product.display_name,
                        own=product.uom_id.name,
                        unit=unit.name,
                    )
                )
