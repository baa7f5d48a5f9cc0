from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

# Who a lot is: settled once it has moved.
IDENTITY = ("name", "product_id", "udi_di_id", "udi_lot", "expiration_date", "production_date")


class StockLot(models.Model):
    _inherit = "stock.lot"

    udi_di_id = fields.Many2one(
        "medical.udi.di",
        "DI",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        domain="[('product_id', '=', product_id), ('contained_di_id', '=', False), ('state', '!=', 'draft')]",
        help="Primary device identifier of this lot or serial number.",
    )
    udi_lot = fields.Char(
        "Manufacturer's Lot", copy=False, index="btree_not_null", help="Lot on the label of a product tracked by serial number."
    )
    production_date = fields.Date(copy=False)
    udi_text = fields.Char("UDI", compute="_compute_udi_text", help="The UDI as it is printed for people.")

    @api.depends("udi_di_id", "name", "udi_lot", "expiration_date", "production_date", "product_id.tracking")
    def _compute_udi_text(self):
        from ..engine import compose

        for lot in self:
            lot.udi_text = False
            if lot.udi_di_id:
                try:
                    lot.udi_text = compose(lot.udi_di_id.issuing_agency, lot.udi_di_id.code, **lot._udi_data()).hri
                except ValueError:
                    # Not every agency's label can be composed here, nor every number printed.
                    lot.udi_text = lot.udi_di_id.code

    @api.constrains("udi_di_id", "product_id")
    def _check_udi_di(self):
        for lot in self:
            di = lot.udi_di_id
            if di and di.product_id != lot.product_id:
                raise UserError(
                    self.env._(
                        "%(di)s is the DI of %(other)s, not of %(product)s: choose one of its own.",
                        di=di.code, other=di.product_id.display_name, product=lot.product_id.display_name,
                    )
                )

    def write(self, vals):
        changed = self._udi_identity_changes(vals)
        if changed and self.env.context.get("medical_lot_correction") is not _CORRECTION:
            self._udi_refuse_settled(changed)
        before = {lot: {name: self._udi_shown(lot, name) for name in names} for lot, names in changed.items()}
        result = super().write(vals)
        if vals.get("expiration_date"):
            for lot in self:
                dates = lot._udi_following_dates(vals)
                if dates:
                    super(StockLot, lot).write(dates)
        rows = [
            (lot.id, lot.display_name, name, old, self._udi_shown(lot, name))
            for lot, values in before.items()
            for name, old in values.items()
        ]
        if rows:
            self.env["medical.audit.entry"]._log(self, rows, self.env.context.get("medical_reason") or False)
        return result

    def _udi_following_dates(self, given):
        """The dates that follow from an expiry just written; core leaves them where they were when code writes it."""
        product = self.product_id.product_tmpl_id
        return {
            name: self.expiration_date - timedelta(days=days)
            for name, days in (
                ("use_date", product.use_time), ("removal_date", product.removal_time), ("alert_date", product.alert_time)
            )
            if name not in given and product.use_expiration_date
        }

    def _udi_identity_changes(self, vals):
        """lot → identity fields that ``vals`` would change; filling in what was not known is no change."""
        names = [name for name in IDENTITY if name in vals]
        found = {}
        for lot in self if names else ():
            changed = [
                name
                for name in names
                if lot[name] and self._fields[name].convert_to_write(lot[name], lot) != self._plain(name, vals[name])
            ]
            if changed:
                found[lot] = changed
        return found

    def _udi_refuse_settled(self, changed):
        # sudo: a move that the user may not see has moved the lot as well.
        moved = self.env["stock.move.line"].sudo()._read_group(
            [("lot_id", "in", [lot.id for lot in changed]), ("state", "=", "done")], ["lot_id"], limit=1
        )
        for (lot,) in moved:
            names = ", ".join(self._fields[name]._description_string(self.env) for name in changed[self.browse(lot.id)])
            raise UserError(
                self.env._(
                    "%(lot)s of %(product)s has moved, so its %(fields)s is settled. A quality approver can correct it with "
                    "'Correct Identity', giving the reason.",
                    lot=lot.name, product=lot.product_id.display_name, fields=names,
                )
            )

    @api.model
    def _udi_shown(self, lot, name):
        value = lot[name]
        return value.display_name if isinstance(value, models.BaseModel) else str(value) if value else ""

    @api.model
    def _plain(self, name, value):
        if isinstance(value, models.BaseModel):
            return value.id
        field = self._fields[name]
        if field.type == "datetime" and value:
            return fields.Datetime.to_datetime(value)
        if field.type == "date" and value:
            return fields.Date.to_date(value)
        return value

    def _udi_correct(self, vals, reason):
        """Change a settled identity; the caller has checked who asks."""
        self.with_context(medical_lot_correction=_CORRECTION, medical_reason=reason).write(vals)

    # Facts of the label

    def _udi_data(self):
        """Production data of the label: keyword arguments of ``engine.compose``."""
        self.ensure_one()
        serial = self.product_id.tracking == "serial"
        return {
            "lot": (self.udi_lot if serial else self.name) or None,
            "serial": self.name if serial else None,
            "expiry": self._udi_expiry(),
            "production_date": self.production_date or None,
        }

    def _udi_expiry(self):
        """The last good day, as on the label; None without."""
        return self._udi_day(self.expiration_date, self.company_id)

    @api.model
    def _udi_day(self, moment, company):
        """The day of an expiration moment where the company is."""
        return pytz.utc.localize(moment).astimezone(self._udi_zone(company)).date() if moment else None

    @api.model
    def _udi_expiration_moment(self, day, company):
        """The end of the last good day where the company is, in UTC."""
        end = self._udi_zone(company).localize(datetime.combine(day, time(23, 59, 59)))
        return end.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _udi_zone(self, company):
        return pytz.timezone((company or self.env.company).partner_id.tz or "UTC")

    def action_print_udi_labels(self):
        """One label per lot; the number of copies is asked for."""
        self.check_access("read")
        return self.env["medical.udi.label"]._open([{"lot_id": lot.id} for lot in self])

    def action_correct_identity(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correct Identity"),
            "res_model": "medical.lot.correction",
            "view_mode": "form",
            "target": "new",
            "context": {"default_lot_id": self.id},
        }


class _Correction:
    """A context value that arrives over RPC is never this object."""


_CORRECTION = _Correction()
