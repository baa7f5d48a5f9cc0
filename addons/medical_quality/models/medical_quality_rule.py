from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval


class MedicalQualityRule(models.Model):
    """What happens by itself when something is not as usual: a condition, what is done, and who decides on it."""

    _name = "medical.quality.rule"
    _description = "Quality Rule"
    _inherit = ["medical.audited.mixin", "mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    _audited_fields = (
        *("name", "active", "trigger", "categ_id", "partner_id", "lot_domain"),
        *("hold", "nonconformity", "approver_group_id", "activity_type_id", "user_id", "notice_partner_ids"),
    )

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    trigger = fields.Selection(
        [
            ("received", "A lot comes in"),
            ("inspection_failed", "An inspection fails"),
            ("stopped", "A vendor's lots fail under tightened inspection"),
            ("rejected", "A lot is rejected"),
        ],
        "When",
        required=True,
        default="inspection_failed",
    )
    categ_id = fields.Many2one("product.category", "Product Category", help="With the categories below it. Empty: all.")
    partner_id = fields.Many2one("res.partner", "Vendor", check_company=True, help="Empty: whoever delivered.")
    lot_domain = fields.Char("Lots", default="[]", help="Further conditions on the lot. Empty: all lots.")
    hold = fields.Boolean("Set a Hold", help="The lot is put on hold, with the rule as reason.")
    approver_group_id = fields.Many2one(
        "res.groups",
        "Lifted by",
        ondelete="restrict",
        help="Who of the quality approvers may lift that hold. Empty: each of them.",
    )
    nonconformity = fields.Boolean("Open a Nonconformity", help="A draft on the lots, with the rule as description.")
    activity_type_id = fields.Many2one("mail.activity.type", "Activity", domain="[('res_model', '=', False)]")
    user_id = fields.Many2one("res.users", "For", help="Who has to look at it.", check_company=True)
    notice_partner_ids = fields.Many2many("res.partner", string="Notice to", help="They get a message about the lot.")

    @api.constrains("hold", "nonconformity", "activity_type_id", "user_id", "notice_partner_ids")
    def _check_action(self):
        for rule in self:
            if not (rule.hold or rule.nonconformity or rule.activity_type_id or rule.notice_partner_ids):
                raise ValidationError(
                    self.env._(
                        "%(rule)s does nothing: choose a hold, a nonconformity, an activity or a notice.",
                        rule=rule.name,
                    )
                )
            if rule.activity_type_id and not rule.user_id:
                raise ValidationError(self.env._("%(rule)s: choose whom the activity is for.", rule=rule.name))

    @api.constrains("lot_domain")
    def _check_lot_domain(self):
        for rule in self:
            try:
                self.env["stock.lot"].search_count(rule._lot_domain(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._("%(rule)s: the condition on lots cannot be read: %(error)s", rule=rule.name, error=error)
                ) from error

    def _lot_domain(self):
        return Domain(safe_eval(self.lot_domain or "[]", {"uid": self.env.uid}))

    @api.model
    def _fire(self, trigger, lots, source=None, partner=None):
        """Do what the rules say about ``lots``; ``source`` is the record that led to it."""
        if not lots:
            return
        # sudo: rules hold whoever receives goods or decides, and what they do is not that person's right.
        rules = self.sudo().search(
            [("trigger", "=", trigger), ("company_id", "in", [*lots.company_id.ids, self.env.company.id])]
        )
        for rule in rules:
            if rule.partner_id and (
                not partner or partner.commercial_partner_id != rule.partner_id.commercial_partner_id
            ):
                continue
            found = (
                lots.sudo()
                .filtered_domain(  # sudo: as above
                    Domain("product_id.categ_id", "child_of", rule.categ_id.ids) if rule.categ_id else Domain.TRUE
                )
                .filtered_domain(rule._lot_domain())
            )
            if found:
                rule._act(found, source)

    def _act(self, lots, source):
        self.ensure_one()
        if self.hold:
            lines = [{"lot_id": lot.id} for lot in lots]
            self.env["medical.hold"]._set_because(
                source, self.company_id, self.name, lines, approver_group_id=self.approver_group_id.id
            )
        if self.nonconformity:
            self._open_nonconformity(lots, source)
        for lot in lots:
            if self.activity_type_id:
                lot.activity_schedule(
                    activity_type_id=self.activity_type_id.id,
                    user_id=self.user_id.id,
                    summary=self.name,
                    note=source.display_name if source else False,
                )
            if self.notice_partner_ids:
                lot.message_notify(
                    partner_ids=self.notice_partner_ids.ids,
                    subject=self.name,
                    body=self.env._("%(rule)s: %(lot)s of %(product)s", rule=self.name, **lot._quality_names()),
                )

    def _open_nonconformity(self, lots, source):
        origin = source._nonconformity_origin() if source else "production" if self.trigger == "received" else "other"
        # Not who happens to receive the goods: the one who made the rule, where nobody is named.
        responsible = self.user_id or self.create_uid.filtered(lambda user: self.company_id in user.company_ids)
        self.env["medical.nonconformity"].create(
            {
                "company_id": self.company_id.id,
                "description": self.name,
                "origin": origin,
                "source": f"{source._name},{source.id}" if source else False,
                "user_id": responsible.id,
                "partner_id": source.partner_id.id if origin == "receipt" else False,
                "line_ids": [(0, 0, {"lot_id": lot.id}) for lot in lots],
            }
        )
