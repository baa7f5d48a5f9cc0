from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class MedicalCodeMap(models.Model):
    """What a code of another plant or system is here: a product, a unit, or the beginning of lot numbers."""

    _name = "medical.code.map"
    _description = "Plant Code"
    _inherit = ["medical.audited.mixin"]
    _rec_name = "code"
    _order = "source_id, kind, code"
    _check_company_auto = True
    _audited_fields = ("source_id", "kind", "code", "product_id", "uom_id", "lot_prefix", "active")

    source_id = fields.Many2one(
        "medical.code.source", "Plant or System", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="source_id.company_id", store=True, index="btree_not_null")
    kind = fields.Selection(
        [("item", "Item"), ("unit", "Unit"), ("lot", "Lot Prefix")],
        required=True,
        default="item",
        help="Item: the code of a product. Unit: the code of a unit or packaging. "
        "Lot prefix: what its lot and serial numbers begin with.",
    )
    code = fields.Char(required=True, index=True, help="As the other side writes it; capitals count.")
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        domain="[('type', '=', 'consu')]",
    )
    uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        ondelete="restrict",
        help="Of an item: the packaging level that the code stands for; empty for the product's own unit.",
    )
    lot_prefix = fields.Char(
        "Prefix Here", help="What lot numbers begin with here instead; empty: the prefix is taken off."
    )
    meaning = fields.Char("Is Here", compute="_compute_meaning")
    active = fields.Boolean(default=True)

    _code_unique = models.UniqueIndex(
        "(source_id, kind, code) WHERE active",
        "This code of the plant or system is mapped already: a code means one thing only.",
    )

    @api.depends("kind", "product_id", "uom_id", "code", "lot_prefix")
    def _compute_meaning(self):
        for row in self:
            if row.kind == "item":
                parts = [row.product_id.display_name, row.uom_id.name]
                row.meaning = ", ".join(part for part in parts if part)
            elif row.kind == "unit":
                row.meaning = row.uom_id.name
            else:
                row.meaning = f"{row.code or ''}… → {row.lot_prefix or ''}…"

    @api.constrains("kind", "product_id", "uom_id", "code", "lot_prefix")
    def _check_meaning(self):
        for row in self:
            if problem := row._meaning_problem():
                raise ValidationError(problem)

    def _meaning_problem(self):
        if self.kind == "item" and not self.product_id:
            return self.env._("Item code %(code)s: choose the product that it stands for.", code=self.code)
        if self.kind == "unit" and not self.uom_id:
            return self.env._("Unit code %(code)s: choose the unit that it stands for.", code=self.code)
        if self.kind != "item" and self.product_id:
            return self.env._("Only item codes stand for a product: clear it on %(code)s.", code=self.code)
        if self.kind == "item" and self.uom_id and not self.uom_id._has_common_reference(self.product_id.uom_id):
            return self.env._(
                "Item code %(code)s: %(unit)s cannot be converted to %(own)s, the unit of %(product)s. Choose another unit.",
                unit=self.uom_id.name,
                own=self.product_id.uom_id.name,
                product=self.product_id.display_name,
                code=self.code,
            )
        if self.kind == "lot" and (self.lot_prefix or "").startswith(self.code):
            return self.env._(
                "Lot prefix %(code)s: the prefix here begins with it, so it could not be told whether a number was "
                "already changed.",
                code=self.code,
            )
        return None

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._stripped(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._stripped(vals))

    @api.model
    def _stripped(self, vals):
        """Spaces around a code come from spreadsheets, not from the plant."""
        texts = {name: vals[name].strip() for name in ("code", "lot_prefix") if isinstance(vals.get(name), str)}
        if "code" in texts and not texts["code"]:
            raise UserError(self.env._("A plant code is a text: enter it, or take the line out."))
        return {**vals, **texts}

    # What others ask for

    @api.model
    def _resolve(self, source, kind, codes):
        """``{code: mapping}`` of those ``codes`` that ``source`` gives a meaning to."""
        codes = [code for code in set(codes) if code]
        if not source or not codes:
            return {}
        # sudo: who receives goods need not maintain codes; the source is one of the document's company.
        found = self.sudo().search([("source_id", "=", source.id), ("kind", "=", kind), ("code", "in", codes)])
        return {row.code: row.with_env(self.env) for row in found}

    @api.model
    def _resolve_anywhere(self, codes, company):
        """The item that ``codes`` stand for at every plant and system that knows them, or an empty set."""
        # sudo: as above, limited to the company.
        found = (
            self.sudo()
            .search([("kind", "=", "item"), ("code", "in", codes), ("company_id", "in", (company.id, False))])
            .with_env(self.env)
        )
        return found[:1] if len({(row.product_id, row.uom_id) for row in found}) == 1 else self.browse()

    @api.model
    def _problem(self, source, kind, code, document):
        """Why ``code`` has no meaning, as a sentence that says what to do."""
        if not source:
            return self.env._(
                "%(code)s cannot be looked up: choose on %(document)s whose codes are used ('Codes Of').",
                code=code,
                document=document,
            )
        names = {"code": code, "plant": source.name}
        if kind == "unit":
            return self.env._(
                "Unit %(code)s of %(plant)s is not mapped to a unit here: add it under Plant Codes, or correct it.",
                **names,
            )
        return self.env._(
            "%(code)s of %(plant)s is not mapped to a product here: add it under Plant Codes, or correct it.", **names
        )

    @api.model
    def _lot_prefixes(self, source):
        """``{prefix there: prefix here}`` of lot and serial numbers."""
        if not source:
            return {}
        # sudo: as in _resolve.
        rows = self.sudo().search([("source_id", "=", source.id), ("kind", "=", "lot")])
        return {row.code: row.lot_prefix or "" for row in rows}

    @api.model
    def _standard_lot(self, prefixes, name):
        """``name`` of a lot as it is written here; the longest prefix that fits counts."""
        fitting = [prefix for prefix in prefixes if name.startswith(prefix) and len(name) > len(prefix)]
        if not fitting:
            return name
        longest = max(fitting, key=len)
        return prefixes[longest] + name[len(longest) :]
