from . import (
    medical_guarded_mixin,
    medical_append_only_mixin,
    medical_audit_head,
    medical_audit_entry,
    medical_audited_mixin,
    medical_scope_feature,
    medical_scope,
    product_category,
    product_product,
    stock_warehouse,
)
