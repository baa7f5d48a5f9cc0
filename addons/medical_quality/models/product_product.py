from odoo import fields, models
from odoo.fields import Domain


class _NewUnit:
    """Context value under which the unit of what has moved is written; over RPC nothing is ever this object."""


NEW_UNIT = _NewUnit()
NEW_UNIT_KEY = "quality_new_unit"


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _quality_controlled(self, warehouse=None, company=None):
        """The products of ``self`` whose lots quality decides about; only tracked ones have lots."""
        return self._medical_enabled("quality", warehouse, company).filtered(lambda product: product.tracking != "none")

    def _update_uom(self, to_uom_id):
        return super(ProductProduct, self.with_context(**{NEW_UNIT_KEY: NEW_UNIT}))._update_uom(to_uom_id)

    def _quality_controlled_anywhere(self):
        """The products of ``self`` that are under quality control in one company or another."""
        categories = self.env["medical.scope"]._enabled_anywhere("quality")
        return self.filtered(lambda product: product.categ_id.id in categories)

    def _quality_come_under_control(self, before):
        """What lies there of products that are under control from now on is to be decided on.

        :param before: company → products that were under control there
        """
        for company, categories in self.env["medical.scope"]._enabled_by_company("quality").items():
            new = self.filtered(
                lambda product, ids=categories: product.categ_id.id in ids and product.tracking != "none"
            )
            # sudo: control does not depend on who moves a product into it.
            new = (new - before.get(company, self.browse())).sudo()
            if self.env["medical.lot.ledger"].sudo()._open_stock(company, new, False):  # sudo: as above
                for template in new.product_tmpl_id:
                    template.message_post(
                        body=self.env._(
                            "Under quality control in %(company)s from now on: quality decides on the lots in stock.",
                            company=company.name,
                        )
                    )

    def _quality_lots_anywhere(self):
        """The products of ``self`` whose lots are decided about in one company or another."""
        return self._quality_controlled_anywhere().filtered(lambda product: product.tracking != "none")

    def _compute_quantities_dict(self, lot_id, owner_id, package_id, from_date=False, to_date=False):
        """Blocked stock is on hand, but neither free nor part of the forecast, so that replenishment reacts."""
        result = super()._compute_quantities_dict(lot_id, owner_id, package_id, from_date, to_date)
        until = fields.Datetime.to_datetime(to_date)
        if until and until < fields.Datetime.now():
            return result
        quants = self.env["stock.quant"]
        companies = self.env["medical.scope"]._quality_companies()
        partly = self.env["medical.lot.ledger"]._partly_free(self, companies) if companies else {}
        if not partly and not quants._quality_any_blocked():
            return result
        domain = Domain("product_id", "in", self.ids) & Domain(self._get_domain_locations()[0])
        for name, value in (("lot_id", lot_id), ("owner_id", owner_id), ("package_id", package_id)):
            if value is not None:
                domain &= Domain(name, "=", value)
        if "owners" in self.env.context:
            domain &= Domain("owner_id", "in", self.env.context["owners"] or [False])
        # product_expiry has taken out what is to be removed by then already.
        removed = self.env.context.get("to_date") or fields.Date.today()
        domain &= Domain("removal_date", "=", False) | Domain("removal_date", ">", removed)
        blocked = {
            product.id: quantity - reserved
            for product, quantity, reserved in quants._read_group(
                domain & quants._quality_blocked_domain(), ["product_id"], ["quantity:sum", "reserved_quantity:sum"]
            )
        }
        if partly:
            usable = domain & ~quants._quality_blocked_domain() & Domain("lot_id", "in", [lot.id for lot in partly])
            for product, lot, quantity, reserved in quants._read_group(
                usable, ["product_id", "lot_id"], ["quantity:sum", "reserved_quantity:sum"]
            ):
                over = min(quantity - partly[lot], quantity - reserved)
                blocked[product.id] = blocked.get(product.id, 0.0) + max(over, 0.0)
        for product in self:
            if quantity := blocked.get(product._origin.id):
                for name in ("free_qty", "virtual_available"):
                    result[product.id][name] = product.uom_id.round(result[product.id][name] - quantity)
        return result
