"""How inspections come into being: which plan, how strictly, how many units."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import Inspected, Plan, points, severity, single_plan, tighter_aql

# So many earlier lots decide how the next one is inspected.
_HISTORY = 200


class MedicalInspection(models.Model):
    # What follows from an inspection has a file of its own, which asks for other models than this one.
    _inherit = "medical.inspection"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _open(self, lines):
        """Inspections of lots that done move lines brought in; lots of products without a plan need none."""
        opened = self.browse()
        for (operation, company, partner), group in lines.grouped(
            lambda line: (line._quality_operation(), line.company_id, line._quality_brought().picking_id.partner_id)
        ).items():
            if not operation:
                continue
            # sudo: who receives goods need not read plans.
            plans = self.env["medical.inspection.plan"].sudo()._for(operation, company, partner, group.product_id)
            for product, of_product in group.grouped("product_id").items():
                if not plans[product]:
                    continue
                places = of_product.grouped(lambda line: (line.lot_id, line._quality_brought().location_dest_id))
                values = [
                    {
                        "lot_id": lot.id,
                        "location_id": location.id,
                        "quantity": sum(of_lot.mapped("quantity_product_uom")),
                        "picking_id": of_lot[0]._quality_brought().picking_id.id,
                        "purchase_line_id": of_lot[0]._quality_brought().move_id.purchase_line_id.id,
                    }
                    for (lot, location), of_lot in places.items()
                ]
                # sudo: nor make inspections by hand.
                opened |= self.sudo()._open_lots(
                    plans[product], company, partner, product, values, lines=list(places.values())
                )
        return opened

    @api.model
    def _open_lots(self, plan, company, partner, product, lots, *, whole=False, operation=None, lines=None):
        """Inspections of lots of one product, in the order in which they came.

        :param lots: a dict for each lot: lot_id, location_id, quantity, picking_id, purchase_line_id
        :param whole: every lot is inspected, also where the plan skips some
        :param operation: what calls for the inspections, where it is not that of the plan
        :param lines: for each lot the move lines that brought it; by default it is about all that waits of the lot
        """
        # Opening inspections adds nothing to what was decided: all lots have the same history.
        history = self._history(plan, partner, product)
        how = severity(history, "tightened" if plan.switching_from else "normal", reduced=plan.reduced)
        skipped = [False] * len(lots) if whole else self._skips(plan, partner, product, history, len(lots))
        values = []
        for skip, lot in zip(skipped, lots, strict=True):
            sample = self._sample(plan, lot["quantity"], how)
            values.append(
                {
                    **lot,
                    "company_id": company.id,
                    "operation": operation or plan.operation,
                    "partner_id": partner.id,
                    "plan_id": plan.id,
                    "severity": how,
                    "sample_size": sample.size,
                    "accept_number": sample.accept,
                    "accepted_quantity": lot["quantity"] if skip else 0.0,
                }
            )
        inspections = self._guarded_create(values)
        # sudo: what is released of an arrival follows from its inspection, whoever has it opened.
        self.env["medical.lot.entry"].sudo()._inspected(inspections, lines)
        past = inspections.browse([one.id for one, skip in zip(inspections, skipped, strict=True) if skip])
        past._skip()
        opened = inspections - past
        opened._take_over_plan()
        if how == "stopped" and opened:
            self.env["medical.quality.rule"]._fire("stopped", opened.lot_id, opened[0], partner)
        if (operation or plan.operation) == "return":
            for inspection in opened:
                inspection._keep_return_apart()
        return opened

    @api.model
    def _open_again(self, lots):
        """Inspect once more what lies in stock of ``lots``, which wait for their release.

        The new inspection stands in the place of those of the lot that rejected all of it.
        """
        companies = {lot: lot.company_id or self.env.company for lot in lots}
        places = self._places(companies)
        latest = self._latest_receipts(lots)
        groups = {}
        for lot in lots:
            line = latest.get(lot, self.env["stock.move.line"])
            operation = line._quality_operation() if line else "receipt"
            line = line._quality_brought()
            groups.setdefault((operation, companies[lot], line.picking_id.partner_id), []).append((lot, line))
        opened = self.browse()
        for (operation, company, partner), pairs in groups.items():
            products = lots.browse([lot.id for lot, _line in pairs]).product_id
            plans = self.env["medical.inspection.plan"]._for(operation, company, partner, products)
            for product in products:
                if not plans[product]:
                    raise UserError(
                        self.env._(
                            "%(product)s: no inspection plan fits. Add one under Configuration → Inspection Plans.",
                            product=product.display_name,
                        )
                    )
                values = [
                    {
                        "lot_id": lot.id,
                        "location_id": places[lot][0].id,
                        "quantity": places[lot][1],
                        "picking_id": line.picking_id.id,
                        "purchase_line_id": line.move_id.purchase_line_id.id,
                    }
                    for lot, line in pairs
                    if lot.product_id == product
                ]
                opened |= self._open_lots(plans[product], company, partner, product, values, whole=True)
        by_lot = opened.grouped("lot_id")
        failed = self.search([("lot_id", "in", lots.ids), ("state", "=", "failed"), ("repeated_by_id", "=", False)])
        for lot, of_lot in failed.filtered("rejected_whole").grouped("lot_id").items():
            of_lot._guarded_write({"repeated_by_id": by_lot[lot].id})
        return opened

    @api.model
    def _open_rework(self, lot, quantity, location, company, plan=None):
        """The inspection of what was reworked, by its own plan, or else by the plan by which it failed (``plan``)."""
        # sudo: who moves the goods need not read plans, nor make inspections by hand.
        opening, nobody = self.sudo(), self.env["res.partner"]
        found = opening.env["medical.inspection.plan"]
        for operation in ("rework", "production"):
            found = found or found._for(operation, company, nobody, lot.product_id)[lot.product_id]
        found = found or plan
        if not found:
            raise UserError(
                self.env._(
                    "There is no inspection plan for the rework of %(product)s: make one under Configuration → Inspection "
                    "Plans.",
                    product=lot.product_id.display_name,
                )
            )
        values = {
            "lot_id": lot.id,
            "location_id": location.id,
            "quantity": quantity,
            "picking_id": False,
            "purchase_line_id": False,
        }
        opened = opening._open_lots(
            found.sudo(), company, nobody, lot.product_id, [values], whole=True, operation="rework"
        )  # sudo: as above
        return opened.with_env(self.env)

    @api.model
    def _places(self, companies):
        """lot → where most of it lies, and how much of it there is. Raises UserError for a lot that cannot be inspected.

        :param companies: lot → the company whose stock is meant, with its branches
        """
        lots = self.env["stock.lot"].browse([lot.id for lot in companies])
        open_lots = self.search([("lot_id", "in", lots.ids), ("state", "=", "open")]).lot_id
        stock = {}
        for lot, location, quantity in self.env["stock.quant"]._read_group(
            [("lot_id", "in", lots.ids), ("location_id.usage", "in", ("internal", "transit")), ("quantity", ">", 0)],
            ["lot_id", "location_id"],
            ["quantity:sum"],
            order="quantity:sum desc",
        ):
            if companies[lot] not in location.company_id.parent_ids:
                continue
            place, total = stock.get(lot, (location, 0.0))
            stock[lot] = (place, total + quantity)
        for lot in lots:
            names = lot._quality_names()
            if not lot._quality_waits():
                raise UserError(
                    self.env._(
                        "%(lot)s of %(product)s does not wait for its release: put it in quarantine first.", **names
                    )
                )
            if lot in open_lots:
                raise UserError(self.env._("%(lot)s of %(product)s: an inspection is open already.", **names))
            if lot not in stock:
                raise UserError(self.env._("%(lot)s of %(product)s: there is nothing in stock to inspect.", **names))
        return stock

    @api.model
    def _latest_receipts(self, lots):
        """lot → the latest done move line that brought it into our stock."""
        lines = self.env["stock.move.line"].search(
            [
                ("lot_id", "in", lots.ids),
                ("state", "=", "done"),
                ("location_id.usage", "in", ("supplier", "production", "customer")),
                ("location_dest_id.usage", "in", ("internal", "transit")),
            ],
            order="date, id",
        )
        return {line.lot_id: line for line in lines if line._quality_operation()}

    def _take_over_plan(self):
        """What is looked at, as it is today: later changes of the plan do not reach these inspections."""
        names = ("name", "kind", "lower", "upper", "has_lower", "has_upper", "unit", "critical", "instruction")
        wanted = {}
        for plan in self.plan_id:
            wanted[plan] = [
                {name: line[name] for name in names} | {"sequence": line.sequence} for line in plan.characteristic_ids
            ]
            if plan.label_check:
                wanted[plan] += [
                    {"name": f"{self.env._('Label')}: {check}", "kind": "attribute", "critical": True, "sequence": 1000}
                    for check in self._label_checks()
                ]
        self.env["medical.inspection.result"]._guarded_create(
            [
                {**vals, "inspection_id": inspection.id, "specified": True}
                for inspection in self
                for vals in wanted[inspection.plan_id]
            ]
        )

    @api.model
    def _label_checks(self):
        """What is checked on labels before release (21 CFR 820.45)."""
        return [
            self.env._("UDI"),
            self.env._("Expiration date"),
            self.env._("Storage instructions"),
            self.env._("Handling instructions"),
            self.env._("Other instructions"),
        ]

    # Sampling

    @api.model
    def _of_supplier(self, plan, partner, product):
        return Domain([("plan_id", "=", plan.id), ("partner_id", "=", partner.id), ("product_id", "=", product.id)])

    @api.model
    def _history(self, plan, partner, product):
        """The lots before as :class:`Inspected`, oldest first, since the supplier was let in."""
        domain = self._of_supplier(plan, partner, product)
        domain &= Domain("operation", "=", plan.operation) & Domain("state", "in", ("passed", "failed"))
        if plan.switching_from:
            domain &= Domain("decided_on", ">=", plan.switching_from)
        past = self.search(domain, order="decided_on desc, id desc", limit=_HISTORY)
        return [inspection._as_inspected() for inspection in reversed(past)]

    def _as_inspected(self):
        self.ensure_one()
        accepted, plan = self.state == "passed", self.plan_id
        if not plan.reduced or plan.sampling != "aql":
            return Inspected(accepted)
        aql = tighter_aql(float(plan.aql))
        tighter = single_plan(max(1, round(self.quantity)), aql, plan.level).accept if aql else None
        return Inspected(accepted, points(accepted, self.accept_number, self.nonconforming, tighter))

    @api.model
    def _skips(self, plan, partner, product, history, count):
        """Skip-lot, for each of the next ``count`` lots: after enough good lots in a row, so many pass between two that are
        inspected."""
        after = plan.skip_after
        enough = after and len(history) >= after and all(lot.accepted for lot in history[-after:])
        if not enough or plan.operation != "receipt":
            return [False] * count
        last = self.search(self._of_supplier(plan, partner, product), order="id desc", limit=plan.skip_lots)
        row = [inspection.state == "skipped" for inspection in reversed(last)]
        for _lot in range(count):
            row.append(not all(row[-plan.skip_lots :]))
        return row[len(last) :]

    @api.model
    def _sample(self, plan, quantity, how):
        units = max(1, round(quantity))
        if plan.sampling == "all":
            return Plan("", units, 0)
        if plan.sampling == "fixed":
            return Plan("", min(plan.sample_size, units), 0)
        return single_plan(units, float(plan.aql), plan.level, "tightened" if how == "stopped" else how)
