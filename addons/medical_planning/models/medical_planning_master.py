"""What has to be right before anything is planned: vendors, units, lead times, routes."""

from collections import namedtuple

from odoo import models

# What is known about a pair before any number is computed.
Master = namedtuple(
    "Master",
    "series product warehouse vendor policy rule lead_days lead_deviation lead_source minimum multiple blocked",
)


_RULE_FIELDS = (
    "active product_id location_id product_min_qty product_max_qty supplier_id medical_managed medical_by_hand "
    "medical_proposal_id"
).split()
_SELLER_FIELDS = "product_tmpl_id product_id partner_id delay min_qty product_uom_id date_start date_end".split()


def arrays(masters):
    """Name → (n,) array of what the engines ask about ``masters``; times in days."""
    import numpy as np

    values = {
        "lead": lambda m: m.lead_days,
        "lead_sd": lambda m: m.lead_deviation,
        "shelf_life": lambda m: m.product._medical_shelf_life(),
        "moq": lambda m: m.minimum,
        "multiple": lambda m: m.multiple,
        "rounding": lambda m: 10.0 ** -m.product._medical_digits(),
        "unit_cost": lambda m: m.product.standard_price,
    }
    return {name: np.array([value(master) for master in masters], dtype=float) for name, value in values.items()}


def policy_set(policies):
    """The engine's PolicySet; a product without policy keeps no stock on purpose: it aims at the least service."""
    import numpy as np

    from ..engine.replay.company import PolicySet

    known = {}
    return PolicySet(
        review=np.array([policy.review_days for policy in policies], dtype=float),
        target=np.array([policy.service_target / 100.0 if policy else 0.5 for policy in policies]),
        target_fill=np.array([policy.service_type == "fill" for policy in policies], dtype=bool),
        cap=np.array([policy.max_change_percent / 100.0 or np.inf for policy in policies], dtype=float),
        least=np.array([policy.least_service / 100.0 if policy.is_shared else 1.0 for policy in policies]),
        owner=np.array([known.setdefault((policy._name, policy.id), len(known)) for policy in policies]),
    )


class MedicalPlanningMaster(models.AbstractModel):
    _name = "medical.planning.master"
    _description = "Master Data of Planning"

    def _masters(self, company, series, as_of, policies):
        """One :class:`Master` per series, in order; ``policies``: that of each; ``blocked`` is (code, reason) or None."""
        products = series.product_id.with_company(company)
        products.fetch(["active", "uom_id", "categ_id", "standard_price", "use_expiration_date", "is_storable"])
        products.product_tmpl_id.fetch(["expiration_time", "removal_time"])
        rules = self._rules(company, products)
        sellers = self._sellers(company, products)
        measured = self.env["medical.lead.time"]._measure(company, products.ids, as_of)
        buys = self._bought_warehouses(company)
        masters = []
        for row, policy in zip(series, policies, strict=True):
            product, warehouse = row.product_id, row.warehouse_id
            rule = rules.get((product.id, warehouse.lot_stock_id.id), self.env["stock.warehouse.orderpoint"])
            seller = rule.supplier_id or sellers.get(product.id, self.env["product.supplierinfo"])
            blocked = self._blocked(product, warehouse, seller, buys, measured)
            if blocked:
                lead = (0.0, 0.0, False)
                minimum = multiple = 0.0
            else:
                lead = self.env["medical.lead.time"]._choose(measured, product.id, seller.partner_id.id, seller.delay)
                lead = (lead[0] + company.days_to_purchase, lead[1], lead[2])
                unit = seller.product_uom_id
                minimum = unit._compute_quantity(seller.min_qty, product.uom_id, round=False)
                multiple = unit._compute_quantity(1.0, product.uom_id, round=False) if unit != product.uom_id else 0.0
            masters.append(
                Master(row, product, warehouse, seller.partner_id, policy, rule, *lead, minimum, multiple, blocked)
            )
        return masters

    def _rules(self, company, products):
        """Reorder rules of the products by (product id, location id), archived ones too."""
        everything = self.env["stock.warehouse.orderpoint"].with_context(active_test=False)
        rules = everything.search_fetch(
            [("company_id", "=", company.id), ("product_id", "in", products.ids)], _RULE_FIELDS
        )
        return {(rule.product_id.id, rule.location_id.id): rule for rule in rules}

    def _sellers(self, company, products):
        """First valid vendor price of each product, as core's order of sellers has it."""
        infos = self.env["product.supplierinfo"].search_fetch(
            [
                ("product_tmpl_id", "in", products.product_tmpl_id.ids),
                ("company_id", "in", (company.id, False)),
                ("partner_id.active", "=", True),
            ],
            _SELLER_FIELDS,
        )
        today = self.env.cr.now().date()
        by_template = {}
        for info in infos:
            if (not info.date_start or info.date_start <= today) and (not info.date_end or info.date_end >= today):
                by_template.setdefault(info.product_tmpl_id.id, []).append(info)
        found = {}
        for product in products:
            for info in by_template.get(product.product_tmpl_id.id, ()):
                if not info.product_id or info.product_id == product:
                    found.setdefault(product.id, info)
        return found

    def _bought_warehouses(self, company):
        """Ids of the warehouses whose stock location has a buy rule."""
        rules = self.env["stock.rule"].search([("action", "=", "buy"), ("company_id", "in", (company.id, False))])
        places = rules.location_dest_id
        warehouses = self.env["stock.warehouse"].search([("company_id", "=", company.id)])
        return set(warehouses.filtered(lambda one: (one.lot_stock_id | one.view_location_id) & places).ids)

    def _blocked(self, product, warehouse, seller, buys, measured):
        """(code, sentence) when an item cannot be planned, else None."""
        if not product.active:
            return "archived", self.env._("The product is archived.")
        if warehouse.id not in buys:
            return "no_route", self.env._(
                "Warehouse %(warehouse)s buys nothing: switch on 'Buy to Resupply' there.", warehouse=warehouse.name
            )
        if not seller:
            return "no_vendor", self.env._("No vendor with a valid price: add one on the product's Purchase tab.")
        if not seller.product_uom_id._has_common_reference(product.uom_id):
            return "unit_mismatch", self.env._(
                "%(vendor)s sells in %(theirs)s, which does not convert to %(ours)s: correct the vendor's unit.",
                vendor=seller.partner_id.name,
                theirs=seller.product_uom_id.name,
                ours=product.uom_id.name,
            )
        if product.use_expiration_date and not product.product_tmpl_id.expiration_time:
            return "no_shelf_life", self.env._(
                "The product expires but has no shelf life: set the expiration time on its Inventory tab."
            )
        by_product, by_vendor = measured
        if seller.delay <= 0 and not (
            (product.id, seller.partner_id.id) in by_product or seller.partner_id.id in by_vendor
        ):
            return "no_lead_time", self.env._(
                "%(vendor)s has no lead time and nothing was received yet: set it on the vendor's price.",
                vendor=seller.partner_id.name,
            )
        return None
