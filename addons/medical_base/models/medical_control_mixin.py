from contextlib import contextmanager

from odoo import api, models
from odoo.exceptions import AccessError, UserError

from ..document import QUALITY_APPROVER

# Beside the features: products of which stock is kept by lot or serial number.
TRACKED = "tracked"


class MedicalControlMixin(models.AbstractModel):
    """What products are under control depends on: whatever is written, what leaves control is noticed.

    Control is compared before and after each ``write`` of ``_control_fields`` and each ``unlink``. What is under control
    in fewer places afterwards needs one of ``_control_groups``, and stands in the audit trail with both; products with
    stock or lots keep being stored and tracked, whoever asks. The tuples of all classes of a model count together.
    """

    _name = "medical.control.mixin"
    _description = "Decides on Control"

    _control_fields: tuple[str, ...] = ()
    _control_groups = (QUALITY_APPROVER,)

    @api.model
    def _get_control_fields(self) -> frozenset[str]:
        return frozenset().union(*(vars(cls).get("_control_fields", ()) for cls in type(self).mro()))

    def write(self, vals):
        if not self._get_control_fields() & set(vals):
            return super().write(vals)
        with self._control_watched():
            return super().write(vals)

    def unlink(self):
        with self._control_watched():
            return super().unlink()

    @contextmanager
    def _control_watched(self):
        # Superuser: products leave control also where the user does not see them.
        subjects = self.sudo().with_context(active_test=False)._control_subjects()
        before = subjects._medical_control() if subjects else {}
        yield
        if not any(ids for (feature, _place), ids in before.items() if feature != TRACKED):
            return
        self._control_forget()
        subjects = subjects.exists()
        after = subjects._medical_control()
        left = {key: ids & set(subjects.ids) - after.get(key, set()) for key, ids in before.items()}
        tracked = left.pop((TRACKED, False), set())
        controlled = set().union(*(ids for (feature, _place), ids in before.items() if feature != TRACKED))
        if tracked & controlled:
            self._control_refuse_untracked(subjects.browse(sorted(tracked & controlled)))
        if any(left.values()):
            self._control_check(subjects, left)
            self._control_log(subjects, left, before, after)

    def _control_subjects(self):
        """The products, or products with their variants, that may leave control with ``self``."""
        return self

    @api.model
    def _control_forget(self):
        """Nothing is remembered that ``write`` has changed."""

    def _control_check(self, subjects, left):
        """Refuse that ``subjects`` leave control; ``left``: (feature, warehouse) → ids of those."""
        if self.env.su or self.env.user._medical_has_group(*self._control_groups):
            return
        ids = set().union(*left.values())
        gone = {key for key, ids_ in left.items() if min(ids) in ids_}
        # What was just read into the cache is rolled back.
        self.env["medical.scope"]._forget_enabled()
        raise AccessError(
            self.env._(
                "%(product)s is under control (%(control)s) and would not be any more: ask a quality approver to do that.",
                product=subjects.browse(min(ids)).display_name,
                control=self._control_text(gone),
            )
        )

    def _control_refuse_untracked(self, subjects):
        """Refuse that products with stock or lots are not kept by lot any more."""
        if kept := subjects._medical_with_stock():
            raise UserError(
                self.env._(
                    "%(product)s is under control and has stock or lots: it stays storable and tracked by lots or serial "
                    "numbers.",
                    product=kept[0].display_name,
                )
            )

    def _control_log(self, subjects, left, before, after):
        ids = set().union(*left.values())
        self._control_log_rows(subjects.browse(sorted(ids)), before, after)

    @api.model
    def _control_log_rows(self, subjects, before, after):
        def said(state, record):
            return self._control_text({key for key, ids in state.items() if key[0] != TRACKED and record.id in ids})

        rows = [
            (record.id, record.display_name, "control", said(before, record), said(after, record))
            for record in subjects
        ]
        self.env["medical.audit.entry"]._log(subjects, rows, self.env.context.get("medical_reason"))

    @api.model
    def _control_text(self, keys):
        """Features and warehouses, in words."""
        # Superuser: names of what is switched on, and where.
        features = self.env["medical.scope.feature"].sudo().search([("code", "in", [code for code, _place in keys])])
        warehouses = self.env["stock.warehouse"].sudo()
        parts = []
        for feature in features:
            ids = [place for code, place in keys if code == feature.code and place]
            names = warehouses.browse(sorted(ids)).mapped("display_name") or [self.env._("everywhere")]
            parts.append(f"{feature.name}: {', '.join(names)}")
        return "; ".join(parts)
