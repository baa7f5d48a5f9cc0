"""What a place means for the goods in it: a quarantine or not, ours or somebody else's, of which warehouse."""

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from odoo.addons.medical_base.document import QUALITY_APPROVER

# Where goods may be kept apart, and the levels above such places.
_KEPT = ("internal", "transit")
_WITHIN = (*_KEPT, "view")
_MEANING = frozenset({"quality_quarantine", "usage", "location_id", "company_id"})


class StockLocation(models.Model):
    _name = "stock.location"
    _inherit = ["stock.location", "medical.audited.mixin"]

    _audited_fields = ("quality_quarantine", "usage", "location_id", "company_id")

    quality_quarantine = fields.Boolean(
        "Quarantine",
        copy=False,
        help="Blocked lots may be moved here. What lies here or below is not available, and leaves for "
        "stock only when its lot is released and not on hold, or as scrap or back to the supplier. A quality approver sets it.",
    )
    quality_in_quarantine = fields.Boolean(
        compute="_compute_quality_in_quarantine", store=True, recursive=True, index="btree_not_null"
    )

    @api.depends("quality_quarantine", "usage", "location_id.quality_in_quarantine")
    def _compute_quality_in_quarantine(self):
        """A place that goods are used or gone in is no quarantine, whatever is said of it."""
        for location in self:
            said = location.quality_quarantine or location.location_id.quality_in_quarantine
            location.quality_in_quarantine = said and location.usage in _WITHIN

    @api.constrains("quality_quarantine", "usage", "location_id")
    def _check_quality_quarantine(self):
        gone = Domain("usage", "not in", _WITHIN) & Domain("location_id.quality_in_quarantine", "=", True)
        wrong = Domain("usage", "not in", _KEPT) & Domain("quality_quarantine", "=", True) | gone
        # sudo: also places of other companies, and archived ones.
        places = self.sudo().with_context(active_test=False)
        if place := places.search(Domain("id", "child_of", self.ids) & wrong, limit=1):
            raise ValidationError(
                self.env._(
                    "%(location)s (%(usage)s) cannot be a quarantine, nor lie in one: goods there are used, gone or not in "
                    "our hands. Choose an internal place, or take it out of the quarantine.",
                    location=place.display_name,
                    usage=dict(self._fields["usage"]._description_selection(self.env))[place.usage],
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        if any("quality_in_quarantine" in vals for vals in vals_list):
            self._quality_refuse_derived()
        places = super().create(vals_list)
        if any("warehouse_id" in vals for vals in vals_list):
            self.env.add_to_compute(self._fields["warehouse_id"], places)
        if not self.env.su and (marked := places.filtered("quality_quarantine")):
            marked._quality_check_approver()
        return places

    def write(self, vals):
        """What a place means is for quality approvers: parts of lots on hold lie there, and control ends where it ends."""
        if "quality_in_quarantine" in vals:
            self._quality_refuse_derived()
        if "warehouse_id" in vals:
            # Core tells new ones; it follows from where they are all the same.
            self.env.add_to_compute(self._fields["warehouse_id"], self)
            vals = {name: value for name, value in vals.items() if name != "warehouse_id"}
        if not _MEANING & set(vals):
            return super().write(vals)
        # sudo: what lies below changes with it, whoever sees it.
        places = self.sudo().with_context(active_test=False).search([("id", "child_of", self.ids)])
        before = {place: place._quality_meaning() for place in places}
        result = super().write(vals)
        if changed := places.filtered(lambda place: place._quality_meaning() != before[place]):
            self._quality_check_meaning(changed, before)
        return result

    def _quality_meaning(self):
        return self.quality_quarantine, self.quality_in_quarantine, self.usage, self.warehouse_id, self.company_id

    def _quality_check_meaning(self, changed, before):
        """Refuse that places mean something else: without an approver, and where it would change what is in stock."""
        flagged = changed.filtered(lambda place: place._quality_meaning()[:2] != before[place][:2])
        # sudo: whether quality decides somewhere is no secret.
        scopes = self.env["medical.scope"].sudo()
        deciding = scopes.search([("feature_id.code", "=", "quality"), ("state", "=", "active")]).company_id
        decided = changed.filtered(lambda place: (place.company_id or deciding) & deciding)
        if not self.env.su and (flagged or decided):
            (flagged or decided).with_env(self.env)._quality_check_approver()
        retyped = decided.filtered(lambda place: place.usage != before[place][2])
        quants = changed.env["stock.quant"].search([("location_id", "in", retyped.ids), ("quantity", "!=", 0)])
        if controlled := quants.product_id._quality_controlled_anywhere():
            quant = quants.filtered(lambda quant: quant.product_id in controlled)[0]
            raise ValidationError(
                self.env._(
                    "%(product)s, which is under quality control, has moved through %(location)s: the type of the place stays. "
                    "Make a new one.",
                    product=quant.product_id.display_name,
                    location=quant.location_id.display_name,
                )
            )

    def _quality_check_approver(self):
        if not self.env.user.has_group(QUALITY_APPROVER):
            raise AccessError(
                self.env._(
                    "%(location)s: whether a place is a quarantine, its type, and what it belongs to are set by quality "
                    "approvers only. Ask one of them.",
                    location=self.sudo()[0].display_name,  # sudo: it may be out of the user's reach by now
                )
            )

    @api.model
    def _quality_refuse_derived(self):
        raise AccessError(self.env._("Mark a location as quarantine; what lies below follows from it."))
