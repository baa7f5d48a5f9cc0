from odoo import fields, models


class MedicalScopeFeature(models.Model):
    """What a scope can switch on. Each addon of the suite brings its own record as data."""

    _name = "medical.scope.feature"
    _description = "Switchable Feature"
    _order = "name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, help="Name of the feature in the program, for example planning.")
    description = fields.Text(
        translate=True, help="What changes for the people who work with the products once it is switched on."
    )

    _code_unique = models.Constraint("UNIQUE(code)", "There is already a feature with this code.")
