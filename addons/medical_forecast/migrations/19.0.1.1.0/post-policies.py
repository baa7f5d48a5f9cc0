from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Policies that decided before there were versions go on deciding, under the number they had."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    policies = env["medical.policy"].with_context(active_test=False).search([("version_ids", "=", False)])
    for policy in policies:
        policy._draft_version(number=max(policy.version, 1))._release()
