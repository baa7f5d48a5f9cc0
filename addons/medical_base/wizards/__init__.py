from . import medical_audit_check, medical_audit_check_finding
