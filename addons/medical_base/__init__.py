from . import models, wizards


def uninstall_hook(env):
    """Take along what the ORM does not know of; the triggers go with the functions that they call."""
    env.cr.execute(
        """
        SET CONSTRAINTS ALL IMMEDIATE;
        DROP FUNCTION medical_append_only, medical_audit_note, medical_audit_seal_due, medical_audit_seal CASCADE;
        DROP TABLE medical_audit_due;
        """
    )
