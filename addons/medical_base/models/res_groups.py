from odoo import api, models


class ResGroups(models.Model):
    _name = "res.groups"
    _inherit = ["res.groups", "medical.audited.mixin"]
    # Who is in them is told with each user.
    _audited_fields = ("name", "implied_ids")

    @api.model_create_multi
    def create(self, vals_list):
        groups = super().create(vals_list)
        for group in groups:
            group._medical_log_members(group.user_ids.browse(), group.user_ids)
        return groups

    def write(self, vals):
        before = {group: group.user_ids for group in self._medical_once()} if "user_ids" in vals else {}
        result = super().write(vals)
        for group, users in before.items():
            group._medical_log_members(users, group.user_ids)
        return result

    def unlink(self):
        for group in self._medical_once():
            group._medical_log_members(group.user_ids, group.user_ids.browse())
        return super().unlink()

    def _medical_log_members(self, before, after):
        """In the trail of the users whose groups were changed from the side of the group."""
        # Superuser: names are logged whoever may read them.
        name = f"{self.sudo().full_name} (#{self.id})"
        rows = [(user.id, user.display_name, "group_ids", None, name) for user in (after - before).sudo()]
        rows += [(user.id, user.display_name, "group_ids", name, None) for user in (before - after).sudo()]
        self.env["medical.audit.entry"]._log("res.users", rows)
