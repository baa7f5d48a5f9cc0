from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.medical_base.models.medical_reason_mixin import REASON_KEY

# Who a lot is: settled once it has moved.
IDENTITY = ("name", "product_id", "udi_di_id", "udi_lot", "expiration_date", "production_date")

# Lot 360: how many documents of a kind it lists, and when an expiry without alert date is near.
SHOWN = 40
SOON_DAYS = 90

# A context value that arrives over RPC is never this object.
_CORRECTION = object()


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
        "Manufacturer's Lot",
        copy=False,
        index="btree_not_null",
        help="Lot on the label of a product tracked by serial number.",
    )
    production_date = fields.Date(copy=False)
    udi_text = fields.Char("UDI", compute="_compute_udi_text", help="The UDI as it is printed for people.")

    # Lot 360: place, status, documents, movements and certificates of one lot on one screen.
    medical_status = fields.Selection(
        [("stock", "In stock"), ("soon", "Expires soon"), ("expired", "Expired"), ("gone", "Nothing left")],
        "Status",
        compute="_compute_medical_status",
        help="Expires soon: after its alert date, or within 90 days where it has none.",
    )
    medical_days_left = fields.Integer("Days Left", compute="_compute_medical_status", help="Days until it expires.")
    medical_quant_ids = fields.Many2many("stock.quant", string="Places", compute="_compute_medical_quant_ids")
    medical_move_line_ids = fields.Many2many(
        "stock.move.line", string="Last Movements", compute="_compute_medical_documents"
    )
    medical_picking_ids = fields.Many2many(
        "stock.picking", string="Last Transfers", compute="_compute_medical_documents"
    )
    medical_move_line_count = fields.Integer("Movements", compute="_compute_medical_move_line_count")
    medical_registration_ids = fields.One2many(related="udi_di_id.registration_ids", string="Registrations")
    medical_attachment_ids = fields.Many2many(
        "ir.attachment",
        string="Certificates and Files",
        compute="_compute_medical_attachment_ids",
        help="Files on the lot, its product, its device identifier and the registrations of that.",
    )

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
                        di=di.code,
                        other=di.product_id.display_name,
                        product=lot.product_id.display_name,
                    )
                )

    def write(self, vals):
        changed = self._medical_once()._udi_identity_changes(vals)
        if changed and self.env.context.get("medical_lot_correction") is not _CORRECTION:
            # Who may not change lots at all is told that, not what stands against this change.
            self.check_access("write")
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
            self.env["medical.audit.entry"]._log(self, rows, self.env.context.get(REASON_KEY))
        return result

    def _udi_following_dates(self, given):
        """The dates that follow from an expiry just written; core leaves them where they were when code writes it."""
        product = self.product_id.product_tmpl_id
        return {
            name: self.expiration_date - timedelta(days=days)
            for name, days in (
                ("use_date", product.use_time),
                ("removal_date", product.removal_time),
                ("alert_date", product.alert_time),
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
                if lot[name]
                and self._fields[name].convert_to_cache(vals[name], lot)
                != self._fields[name].convert_to_cache(lot[name], lot)
            ]
            if changed:
                found[lot] = changed
        return found

    def _udi_refuse_settled(self, changed):
        # sudo: a move that the user may not see has moved the lot as well.
        moved = (
            self.env["stock.move.line"]
            .sudo()
            ._read_group([("lot_id", "in", [lot.id for lot in changed]), ("state", "=", "done")], ["lot_id"], limit=1)
        )
        for (lot,) in moved:
            names = ", ".join(self._fields[name]._description_string(self.env) for name in changed[self.browse(lot.id)])
            raise UserError(
                self.env._(
                    "%(lot)s of %(product)s has moved, so its %(fields)s is settled. A quality approver can correct it with "
                    "'Correct Identity', giving the reason.",
                    lot=lot.name,
                    product=lot.product_id.display_name,
                    fields=names,
                )
            )

    @api.model
    def _udi_shown(self, lot, name):
        value = lot[name]
        return value.display_name if isinstance(value, models.BaseModel) else str(value) if value else ""

    def _udi_correct(self, vals, reason):
        """Change a settled identity; the caller has checked who asks."""
        self.with_context(**{"medical_lot_correction": _CORRECTION, REASON_KEY: reason}).write(vals)

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
        return self.env["medical.lot.correction"]._medical_form(self.env._("Correct Identity"), default_lot_id=self.id)

    # Where it came from and went

    def medical_trace(self, direction="forward", limit=10_000, offset=0):
        """Where these lots went (``forward``) or came from (``backward``), through production, repacking and companies.

        :return: dict: ``rows``, movements from the oldest on, ``limit`` of them after ``offset``; ``total``, how many there
            are, with ``hidden`` ones of companies the user lacks; ``totals_by_consignee``, net quantity per consignee
            (backward: per supplier) and product over all rows; ``totals_by_place``, what is left in our own places;
            ``lots``, how many lots were reached
        """
        Trace = self.env["medical.trace"]
        Trace._check_page(limit, offset)
        trace = Trace._run(self, direction)
        total, shown = Trace._counts(trace)
        answer = {
            "rows": Trace._page(trace.query, limit, offset),
            "total": total,
            "hidden": total - shown,
            "totals_by_consignee": Trace._totals_by_partner(trace),
            "totals_by_place": Trace._totals_by_place(trace.reached),
            "lots": len(trace.reached),
        }
        Trace._log(trace, "api", total)
        return answer

    def _medical_trace_lots(self):
        """The lots a trace of these records begins with; other models name theirs by the same method."""
        return self

    def action_medical_trace(self):
        """The screen that shows where these lots came from and went; for buttons on lots and on what holds lots."""
        return self.env["medical.trace"]._screen_action(self)

    # Lot 360

    @api.depends("expiration_date", "alert_date", "product_qty")
    def _compute_medical_status(self):
        now = fields.Datetime.now()
        today = fields.Date.context_today(self)
        for lot in self:
            expiry = lot._udi_expiry()
            lot.medical_days_left = (expiry - today).days if expiry else 0
            soon = lot.alert_date <= now if lot.alert_date else expiry and lot.medical_days_left <= SOON_DAYS
            if lot.product_qty <= 0:
                lot.medical_status = "gone"
            elif lot.expiration_date and lot.expiration_date <= now:
                lot.medical_status = "expired"
            else:
                lot.medical_status = "soon" if soon else "stock"

    @api.depends("quant_ids")
    def _compute_medical_quant_ids(self):
        for lot in self:
            lot.medical_quant_ids = lot.quant_ids.filtered(
                lambda quant: quant.location_id.usage in ("internal", "transit")
            )

    def _compute_medical_move_line_count(self):
        counts = dict(
            self.env["stock.move.line"]._read_group(
                [("lot_id", "in", self.ids), ("state", "=", "done")], ["lot_id"], ["__count"]
            )
        )
        for lot in self:
            lot.medical_move_line_count = counts.get(lot._origin, 0)

    def _compute_medical_documents(self):
        """The last ones; for one lot on a form, so that a lot with thousands of deliveries costs no more."""
        MoveLine = self.env["stock.move.line"]
        for lot in self:
            domain = Domain("lot_id", "=", lot._origin.id)
            lot.medical_move_line_ids = MoveLine.search(
                domain & Domain("state", "=", "done"), order="date desc, id desc", limit=SHOWN
            )
            lines = MoveLine.search(domain & Domain("picking_id", "!=", False), order="date desc, id desc", limit=SHOWN)
            lot.medical_picking_ids = lines.picking_id

    def _compute_medical_attachment_ids(self):
        for lot in self:
            sources = [
                ("stock.lot", lot._origin.ids),
                ("product.product", lot.product_id.ids),
                ("product.template", lot.product_id.product_tmpl_id.ids),
                ("medical.udi.di", lot.udi_di_id.ids),
                ("medical.udi.registration", lot.udi_di_id.registration_ids.ids),
            ]
            # Images and other fields that are kept as files are no documents.
            lot.medical_attachment_ids = self.env["ir.attachment"].search(
                Domain("res_field", "=", False)
                & Domain.OR(
                    Domain("res_model", "=", model) & Domain("res_id", "in", ids) for model, ids in sources if ids
                ),
                limit=SHOWN,
            )

    def action_medical_360(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("medical_udi.action_stock_lot_360")
        action["res_id"] = self.id
        return action

    def action_medical_movements(self):
        self.ensure_one()
        return self._medical_records(
            "stock.stock_move_line_action", [("lot_id", "=", self.id)], search_default_done=1, create=0
        )

    def action_medical_view_scans(self):
        self.ensure_one()
        return self._medical_records("medical_udi.action_medical_udi_scan", [("lot_id", "=", self.id)])
