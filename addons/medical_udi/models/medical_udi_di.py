from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import QUALITY_USER, REGULATORY, step

_lt = LazyTranslate(__name__)

AGENCIES = [
    *((agency, agency) for agency in ("GS1", "HIBCC", "ICCBBA", "IFA")),
    ("MA", "MA (IDcode)"),
    ("AHM", "AHM (Ali Health)"),
]
CODES = ("code", "direct_mark_code", "unit_of_use_code")
# An edit of any of these makes it another device for the rules: it needs another DI (UDI rules of FDA, EU and NMPA).
NEW_DI_FIELDS = (
    *("code", "issuing_agency", "product_id", "uom_id", "contained_di_id", "contained_quantity"),
    *("brand", "version_model", "single_use", "sterile", "sterilize_before_use", "latex"),
)


class MedicalUdiDi(models.Model):
    """A device identifier: one version or model of a device at one packaging level, never reused."""

    _name = "medical.udi.di"
    _description = "Device Identifier"
    _inherit = ["medical.document.mixin", "mail.thread", "mail.activity.mixin"]
    _rec_name = "code"
    _rec_names_search = ["code", "brand", "catalog_number", "product_id"]
    _order = "product_id, unit_quantity, code"
    _check_company_auto = True

    _settles = {"draft": NEW_DI_FIELDS}
    _kept_from = "active"
    _audited_fields = (*NEW_DI_FIELDS, "replaced_di_id", "state", "catalog_number", "mri")

    code = fields.Char("DI", required=True, copy=False, index="trigram", tracking=True)
    issuing_agency = fields.Selection(AGENCIES, required=True, default="GS1")
    product_id = fields.Many2one(
        "product.product", required=True, index=True, ondelete="restrict", domain="[('is_storable', '=', True)]"
    )
    company_id = fields.Many2one(related="product_id.company_id", store=True, index="btree_not_null")
    uom_id = fields.Many2one(
        "uom.uom",
        "Packaging",
        required=True,
        index=True,
        ondelete="restrict",
        compute="_compute_uom_id",
        store=True,
        readonly=False,
        precompute=True,
        help="The packaging level that carries this DI; the product's own unit for the primary DI.",
    )
    contained_di_id = fields.Many2one(
        "medical.udi.di",
        "Contains",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('product_id', '=', product_id), ('issuing_agency', '=', issuing_agency)]",
        help="The DI of what is inside this package; empty for the device itself.",
    )
    contained_quantity = fields.Float(default=1.0, digits="Product Unit")
    container_ids = fields.One2many("medical.udi.di", "contained_di_id", "Packed in")
    unit_quantity = fields.Float(
        "Units",
        compute="_compute_package",
        store=True,
        recursive=True,
        digits="Product Unit",
        help="How many of the product's own unit one package holds. A scan of this DI counts so many.",
    )
    primary_di_id = fields.Many2one(
        "medical.udi.di", "Primary DI", compute="_compute_package", store=True, recursive=True, index="btree_not_null"
    )
    replaced_di_id = fields.Many2one(
        "medical.udi.di", "Replaces", index="btree_not_null", ondelete="restrict", copy=False, readonly=True
    )
    state = fields.Selection([("draft", "Draft"), ("active", "Active"), ("discontinued", "Discontinued")])
    replacement_ids = fields.One2many("medical.udi.di", "replaced_di_id", "Replaced by")
    activated_on = fields.Date("In Use since", readonly=True, copy=False)
    discontinued_on = fields.Date(readonly=True, copy=False)
    registration_ids = fields.One2many("medical.udi.registration", "di_id", "Registrations")
    # Superuser counts: who registers devices need not be a stock user.
    lot_count = fields.Integer(compute="_compute_lot_count", compute_sudo=True)

    # What the databases of the authorities have in common.
    brand = fields.Char("Brand or Trade Name")
    version_model = fields.Char("Version or Model")
    catalog_number = fields.Char("Catalogue Number", index="btree_not_null")
    description = fields.Text()
    manufacturer_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="restrict",
        help="Who stands on the label as manufacturer or labeler.",
    )
    nomenclature = fields.Selection(
        [("gmdn", "GMDN"), ("emdn", "EMDN"), ("fda", "FDA product code"), ("nmpa", "NMPA class code")]
    )
    nomenclature_code = fields.Char()
    basic_udi_di = fields.Char("Basic UDI-DI", help="The group key of EUDAMED; never on a label.")
    direct_mark_code = fields.Char(
        "Direct Mark DI",
        index="btree_not_null",
        copy=False,
        help="Where the mark on the device itself differs from the label.",
    )
    unit_of_use_code = fields.Char("Unit of Use DI", index="btree_not_null", copy=False)
    unit_of_use_count = fields.Integer("Units of Use", help="How many units of use one device package holds.")
    has_lot = fields.Boolean("Lot on Label", compute="_compute_on_label", store=True, readonly=False, precompute=True)
    has_serial = fields.Boolean(
        "Serial on Label", compute="_compute_on_label", store=True, readonly=False, precompute=True
    )
    has_expiry = fields.Boolean(
        "Expiry on Label", compute="_compute_on_label", store=True, readonly=False, precompute=True
    )
    has_production_date = fields.Boolean("Production Date on Label")
    has_donation = fields.Boolean("Donation Number on Label")
    single_use = fields.Boolean()
    max_reuses = fields.Integer("Maximum Reuses")
    sterile = fields.Boolean("Packaged Sterile")
    sterilize_before_use = fields.Boolean("Sterilize before Use")
    sterilization_method = fields.Char()
    latex = fields.Boolean("Contains Latex")
    mri = fields.Selection(
        [("safe", "MR safe"), ("conditional", "MR conditional"), ("unsafe", "MR unsafe"), ("unknown", "Not stated")],
        "MRI Safety",
        default="unknown",
    )
    implantable = fields.Boolean()
    size_text = fields.Char("Size")
    storage_min = fields.Float("Storage from (°C)")
    storage_max = fields.Float("Storage to (°C)")

    _code_unique = models.Constraint(
        "unique(issuing_agency, code)", "This device identifier exists already: a DI belongs to one product for ever."
    )
    _contained_positive = models.Constraint(
        "CHECK (contained_quantity > 0)", "A package holds more than nothing: correct the contained quantity."
    )

    @api.depends("product_id")
    def _compute_uom_id(self):
        for di in self:
            if not di.uom_id:
                di.uom_id = di.product_id.uom_id

    @api.depends("product_id")
    def _compute_on_label(self):
        """What Odoo tracks of the product; people correct it where the label says more or less."""
        for di in self:
            di.has_lot = di.product_id.tracking != "serial"
            di.has_serial = di.product_id.tracking == "serial"
            di.has_expiry = di.product_id.use_expiration_date

    @api.depends(
        "uom_id",
        "product_id.uom_id",
        "contained_quantity",
        "contained_di_id.unit_quantity",
        "contained_di_id.primary_di_id",
    )
    def _compute_package(self):
        for di in self:
            inner = di.contained_di_id
            unit = di.product_id.uom_id
            if inner:
                di.unit_quantity = di.contained_quantity * inner.unit_quantity
            elif di.uom_id and di.uom_id._has_common_reference(unit):
                di.unit_quantity = di.uom_id._compute_quantity(1.0, unit, round=False)
            else:
                di.unit_quantity = 1.0
            di.primary_di_id = inner.primary_di_id if inner else di

    def _compute_lot_count(self):
        self._medical_count("lot_count", "stock.lot", "udi_di_id")

    @api.depends("code", "uom_id")
    def _compute_display_name(self):
        for di in self:
            level = f" ({di.uom_id.name})" if di.contained_di_id else ""
            di.display_name = f"{di.code or ''}{level}"

    @api.constrains("contained_di_id")
    def _check_package_tree(self):
        if self._has_cycle("contained_di_id"):
            raise ValidationError(self.env._("A package cannot contain itself: correct 'Contains'."))
        for di in self:
            if di.contained_di_id and di.contained_di_id.product_id != di.product_id:
                raise ValidationError(
                    self.env._(
                        "%(outer)s and %(inner)s are of different products: a package level holds one device.",
                        outer=di.code,
                        inner=di.contained_di_id.code,
                    )
                )

    @api.constrains("uom_id", "contained_di_id", "contained_quantity", "product_id")
    def _check_unit(self):
        """The packaging's own factor, where it has one, and the package tree have to say the same."""
        for di in self:
            unit = di.product_id.uom_id
            if not di.uom_id._has_common_reference(unit):
                raise ValidationError(
                    self.env._(
                        "%(di)s: the packaging %(packaging)s does not convert to %(unit)s, the unit of %(product)s.",
                        di=di.code,
                        packaging=di.uom_id.name,
                        unit=unit.name,
                        product=di.product_id.display_name,
                    )
                )
            by_unit = di.uom_id._compute_quantity(1.0, unit, round=False)
            if di.contained_di_id and unit.compare(by_unit, di.unit_quantity):
                raise ValidationError(
                    self.env._(
                        "%(di)s: %(packaging)s stands for %(by_unit)g %(unit)s, but its contents come to %(by_tree)g. "
                        "Choose another packaging or correct the contained quantity.",
                        di=di.code,
                        packaging=di.uom_id.name,
                        by_unit=by_unit,
                        unit=unit.name,
                        by_tree=di.unit_quantity,
                    )
                )

    @api.constrains("issuing_agency", *CODES)
    def _check_codes(self):
        """All identifiers have the form of their agency."""
        from ..engine.identifiers import problem

        for di in self:
            for code in di._codes():
                if wrong := problem(di.issuing_agency, code):
                    raise ValidationError(
                        self.env._(
                            "%(code)s is no %(agency)s identifier: %(problem)s",
                            code=code,
                            agency=dict(AGENCIES)[di.issuing_agency],
                            problem=wrong,
                        )
                    )

    @api.constrains("issuing_agency", "product_id", *CODES)
    def _check_owner(self):
        """No identifier is another product's."""
        owners = {}
        for di in self:
            for code in di._codes():
                owners.setdefault((di.issuing_agency, code), di.product_id)
        codes = list({code for _agency, code in owners})
        # sudo: a DI belongs to one product in all companies; only the codes are told.
        for other in self.sudo().search(Domain.OR(Domain(name, "in", codes) for name in CODES)):
            for code in other._codes():
                owner = owners.get((other.issuing_agency, code))
                if owner and owner != other.product_id:
                    raise ValidationError(
                        self.env._(
                            "%(code)s is an identifier of another product already, with %(other)s: a DI belongs to one product for "
                            "ever.",
                            code=code,
                            other=other.code,
                        )
                    )

    def _codes(self):
        """The DI itself, the one marked on the device and the one of the unit of use, where there are any."""
        return [self[name] for name in CODES if self[name]]

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._normalise(vals, vals.get("issuing_agency", "GS1"))
        return super().create(vals_list)

    def write(self, vals):
        if set(CODES) & set(vals):
            self._normalise(vals, vals.get("issuing_agency") or self[:1].issuing_agency)
        return super().write(vals)

    @api.model
    def _normalise(self, vals, agency):
        from ..engine.identifiers import normal

        for name in CODES:
            if code := (vals.get(name) or "").strip():
                vals[name] = normal(agency, code)

    def _settled_advice(self):
        return self.env._("Such a change makes it another device: use 'New DI from This' and give it a DI of its own.")

    # What people do

    @step("draft", to="active", label=_lt("Activate"), group=(QUALITY_USER, REGULATORY), on="activated_on")
    def action_activate(self):
        """The DI may be scanned and printed; its code becomes the barcode of its packaging where that has none."""
        self._give_barcodes()

    def _unmet_activate(self):
        return {
            di: self.env._(
                "Activate %(inner)s first: %(outer)s contains it.", inner=di.contained_di_id.code, outer=di.code
            )
            for di in self
            if di.contained_di_id.state == "draft"
        }

    @step("active", to="discontinued", label=_lt("Discontinue"), group=(QUALITY_USER, REGULATORY), on="discontinued_on")
    def action_discontinue(self):
        """No new stock is expected; what is there can still be scanned."""

    @step("discontinued", to="active", label=_lt("Activate Again"), group=(QUALITY_USER, REGULATORY))
    def action_activate_again(self):
        self._guarded_write({"discontinued_on": False})
        self._give_barcodes()

    def action_view_new_version(self):
        """A draft with all attributes of this one, for the device that it became."""
        self.ensure_one()
        self.check_access("write")
        fields_kept = self.copy_data()[0]
        context = {f"default_{name}": value for name, value in fields_kept.items() if name != "message_follower_ids"}
        context["default_replaced_di_id"] = self.id
        return self.browse()._medical_form(self.env._("New DI"), target="current", **context)

    def action_view_lots(self):
        return self._medical_records("stock.action_production_lot_form", [("udi_di_id", "in", self.ids)])

    def _give_barcodes(self):
        """Core's barcode screens find product and packaging by these."""
        taken = self._taken_barcodes()
        packagings = []
        for di in self.filtered(lambda di: di.code not in taken):
            if di.contained_di_id or di.uom_id != di.product_id.uom_id:
                packagings.append(di.id)
            elif not di.product_id.barcode:
                # sudo: who registers a DI may not be allowed to change products.
                di.product_id.sudo().barcode = di.code
        packagings = self.browse(packagings)
        # sudo: as above.
        self.env["product.uom"].sudo().create(
            [
                {
                    "product_id": di.product_id.id,
                    "uom_id": di.uom_id.id,
                    "barcode": di.code,
                    "company_id": di.company_id.id,
                }
                for di in packagings
            ]
        )
        templates = {}
        for template, dis in packagings.grouped(lambda di: di.product_id.product_tmpl_id).items():
            missing = dis.uom_id - template.sudo().uom_ids
            if missing:
                templates[missing] = templates.get(missing, template.browse()) | template
        for units, having in templates.items():
            having.sudo().uom_ids |= units

    def _taken_barcodes(self):
        codes = self.mapped("code")
        # sudo: a barcode is unique over all companies.
        products = self.env["product.product"].sudo().with_context(active_test=False)
        taken = set(products.search([("barcode", "in", codes)]).mapped("barcode"))
        return taken | set(self.env["product.uom"].sudo().search([("barcode", "in", codes)]).mapped("barcode"))

    # What others ask for

    @api.model
    def _find(self, issuing_agency, code):
        """The DI in use with this code, on the label or marked on the device itself, or an empty set."""
        if not code:
            return self.browse()
        in_use = Domain("issuing_agency", "=", issuing_agency) & Domain("state", "!=", "draft")
        return self.search(in_use & Domain("code", "=", code), limit=1) or self.search(
            in_use & Domain("direct_mark_code", "=", code), limit=1
        )

    def _registrations_missing(self, country, day=None):
        """The DIs of ``self`` that may not be sold in ``country`` on ``day``: a market there asks for a registration of
        the primary DI and there is none in force. Countries of no market ask for none."""
        markets = self.env["medical.udi.market"].search([("country_ids", "in", country.ids)]) if country else None
        if not markets:
            return self.browse()
        day = day or fields.Date.context_today(self)
        found = self.env["medical.udi.registration"]._read_group(
            Domain("di_id", "in", self.primary_di_id.ids)
            & Domain("market_id", "in", markets.ids)
            & Domain("state", "=", "registered")
            & (Domain("valid_from", "=", False) | Domain("valid_from", "<=", day))
            & (Domain("valid_to", "=", False) | Domain("valid_to", ">=", day)),
            ["di_id"],
            ["market_id:recordset"],
        )
        having = {di: registered for di, registered in found}
        return self.filtered(lambda di: markets - having.get(di.primary_di_id, markets.browse()))
