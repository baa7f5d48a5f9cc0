from odoo import api, models, tools


class Base(models.AbstractModel):
    _inherit = "base"

    # Also at uninstall: what one addon keeps does not go with the records of another.
    @api.ondelete(at_uninstall=True)
    def _unlink_with_what_goes_along(self):
        """Ask the records that the database deletes along with these, as if each was deleted by itself."""
        cascades = self._medical_cascades()
        seen: dict[str, set[int]] = {}
        queue = [self] if self._name in cascades else []
        for records in queue:  # which grows
            seen.setdefault(records._name, set()).update(records.ids)
            for model, field in cascades.get(records._name, ()):
                # Superuser: what is kept is kept also where the user cannot read it.
                along = self.env[model].sudo().with_context(active_test=False).search([(field, "in", records.ids)])
                along = along.browse(set(along.ids) - seen.get(model, set()))
                for check in along._ondelete_methods if along else ():
                    if check._ondelete and check.__name__ != "_unlink_with_what_goes_along":
                        check(along)
                if along:
                    queue.append(along)

    @api.model
    @tools.ormcache(cache="stable")
    def _medical_cascades(self) -> dict[str, list[tuple[str, str]]]:
        """Model → the models and their fields by which ``ondelete="cascade"`` reaches records that may have to be kept."""
        registry = self.env.registry
        keepers = (registry["medical.kept.files.mixin"], registry["medical.document.line.mixin"])
        reached = [name for name, model in registry.items() if issubclass(model, keepers) and not model._abstract]
        cascades: dict[str, list[tuple[str, str]]] = {}
        for name in reached:  # which grows
            for field in registry[name]._fields.values():
                if field.type != "many2one" or not field.store or field.ondelete != "cascade":
                    continue
                # What belongs to a record that is kept itself, or with its own document, goes when that may go.
                owner = registry[field.comodel_name]
                if not issubclass(owner, keepers) and not hasattr(owner, "_kept_with"):
                    cascades.setdefault(field.comodel_name, []).append((name, field.name))
                    if field.comodel_name not in reached:
                        reached.append(field.comodel_name)
        return cascades
