from . import (
    medical_audit_check,
    medical_audit_check_finding,
    medical_clock_step,
    medical_document_steps,
    medical_export_pack,
    medical_sign,
    medical_sign_line,
)
