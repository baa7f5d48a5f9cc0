from dataclasses import dataclass

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


@dataclass(frozen=True)
class _Place:
    """Where a product is given a unit: the model, and SQL on its table, which is called ``place``."""

    kind: str
    model: str
    label: str
    unit: SQL
    template: SQL | None = None  # without: the one of the variant
    product: SQL = SQL("place.product_id")
    company: SQL = SQL("place.company_id")
    expected: SQL = SQL("NULL::float")
    found: SQL = SQL("NULL::float")
    join: SQL = SQL()
    where: SQL = SQL("TRUE")


_OF_TEMPLATE = SQL("place.product_tmpl_id")
_UNIT = SQL("place.product_uom_id")
_ACTIVE = SQL("place.active")
_OPEN = SQL("place.state NOT IN ('done', 'cancel')")
# The position in this list is part of the rows' ids.
PLACES = (
    _Place("vendor", "product.supplierinfo", "Vendor Price", _UNIT, template=_OF_TEMPLATE),
    _Place("packaging", "product.uom", "Packaging Barcode", SQL("place.uom_id")),
    _Place(
        "template",
        "product.template",
        "Packaging of Product",
        SQL("other.uom_uom_id"),
        template=SQL("place.id"),
        product=SQL("NULL::int"),
        join=SQL("JOIN product_template_uom_uom_rel other ON other.product_template_id = place.id"),
    ),
    _Place("di", "medical.udi.di", "Device Identifier", SQL("place.uom_id")),
    _Place(
        "factor",
        "medical.udi.di",
        "Package Quantity of DI",
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
    _Place(
        "code", "medical.code.map", "Plant Code", SQL("place.uom_id"), where=SQL("place.kind = 'item' AND place.active")
    ),
    _Place("move", "stock.move", "Open Stock Move", SQL("place.product_uom"), where=_OPEN),
    _Place(
        "orderpoint", "stock.warehouse.orderpoint", "Reordering Rule", SQL("place.replenishment_uom_id"), where=_ACTIVE
    ),
    _Place(
        "purchase",
        "purchase.order.line",
        "Open Purchase Line",
        _UNIT,
        join=SQL("JOIN purchase_order bought ON bought.id = place.order_id"),
        where=SQL("bought.state NOT IN ('cancel', 'done') AND COALESCE(place.qty_received, 0) < place.product_qty"),
    ),
    _Place("bom", "mrp.bom", "Bill of Materials", _UNIT, template=_OF_TEMPLATE, where=_ACTIVE),
    _Place(
        "component",
        "mrp.bom.line",
        "Component",
        _UNIT,
        company=SQL("bill.company_id"),
        join=SQL("JOIN mrp_bom bill ON bill.id = place.bom_id"),
        where=SQL("bill.active"),
    ),
)
# What the query reads: it has to see what was written a moment ago.
_READ = {"uom.uom", "product.template", "product.product", "purchase.order"} | {place.model for place in PLACES}
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

    kind = fields.Selection([(place.kind, place.label) for place in PLACES], "Where", readonly=True)
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
            SQL(to_flush=field)
            for model in _READ
            if model in self.env
            for field in self.env[model]._fields.values()
            if field.store
        ]
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
            places=SQL(" UNION ALL ").join(
                self._source(number, place) for number, place in enumerate(PLACES) if place.model in self.env
            ),
        )
        return SQL().join([query, *flush])

    @api.model
    def _source(self, number, place):
        """The rows of one place, in the columns that the query puts together."""
        join, template = place.join, place.template
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
            kind=place.kind,
            model=place.model,
            product=place.product,
            template=template,
            company=place.company,
            unit=place.unit,
            expected=place.expected,
            found=place.found,
            table=SQL.identifier(self.env[place.model]._table),
            join=join,
            where=place.where,
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
        return record._medical_form(record.display_name, target="current")

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
