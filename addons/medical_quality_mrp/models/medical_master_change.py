from odoo import fields, models
from odoo.tools import LazyTranslate

from odoo.addons.medical_base.document import QUALITY_USER, step

_lt = LazyTranslate(__name__)


class MedicalMasterChange(models.Model):
    _inherit = "medical.master.change"

    field_name = fields.Selection(
        selection_add=[("bom", "Bill of materials (what changes)")], ondelete={"bom": "set default"}
    )

    def _value(self):
        return self.new_value if self.field_name == "bom" else super()._value()

    def _apply_due(self):
        # What a product is made of is changed by people.
        return super(MedicalMasterChange, self.filtered(lambda change: change.field_name != "bom"))._apply_due()

    @step("approved", to="applied", label=_lt("Carried Out"), group=QUALITY_USER, on="closed_on")
    def action_carry_out(self):
        """The bill of materials is as it was approved."""

    def _unmet_carry_out(self):
        today = fields.Date.context_today(self)
        return {
            change: [
                self.env._("%(product)s: this comes into force by itself on its day.", product=change.display_name)
                if change.field_name != "bom"
                else self.env._("%(product)s: it is not in force before its day.", product=change.display_name)
            ]
            for change in self
            if change.field_name != "bom" or change.effective_date > today
        }
