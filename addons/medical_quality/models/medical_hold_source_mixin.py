from odoo import api, models


class MedicalHoldSourceMixin(models.AbstractModel):
    """What leads to a hold or to a nonconformity. Models that inherit it are offered as source by themselves.

    Whatever a hold or a nonconformity has to know of its source it asks by these methods, never by its type.
    """

    _name = "medical.hold.source.mixin"
    _description = "Source of a Hold"

    @api.model
    def _hold_sources(self) -> list[tuple[str, str]]:
        """The models whose records are sources, as a selection."""
        mixin = self.env.registry["medical.hold.source.mixin"]
        return [
            (name, self.env["ir.model"]._get(name).name)
            for name, model in sorted(self.env.registry.items())
            if issubclass(model, mixin) and not model._abstract
        ]

    def _hold_stays(self, hold) -> str:
        """Why people may not lift ``hold`` yet, as a sentence; empty where they may."""
        return ""

    def _hold_forbids_use(self) -> str:
        """Why nothing on hold because of it is used as it is, as the end of a sentence; empty where it may be."""
        return ""

    def _held_apart(self):
        """The hold by which it keeps apart what does not conform, for a nonconformity to take over; None without."""
        return None

    def _nonconformity_origin(self) -> str:
        """Where a nonconformity because of it was found, a key of its ``origin``."""
        return "other"

    def _rework_plan(self):
        """The inspection plan by which what it found is inspected again after a rework; None without."""
        return None

    def _inspection(self):
        """The inspection that found what it is about; None without."""
        return None
