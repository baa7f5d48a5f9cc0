from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    medical_min_remaining_days = fields.Integer(
        "Minimum Remaining Life",
        tracking=True,
        help="Days that a lot must still be good when it is delivered. Reservation takes the first expiring lot that has "
        "them; a lot with less is not delivered. 0: as the company of a contact, then as the product category.",
    )

    _medical_min_remaining_days_positive = models.Constraint(
        "CHECK (medical_min_remaining_days >= 0)", "The minimum remaining life is a number of days from 0 on."
    )

    def _medical_min_days(self, product):
        """Days that lots of ``product`` must still be good for this customer."""
        own = self.medical_min_remaining_days or self.commercial_partner_id.medical_min_remaining_days
        return own or product.categ_id._medical_min_days()
