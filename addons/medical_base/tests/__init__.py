from . import (
    test_audit,
    test_clock,
    test_clock_rules,
    test_export_pack,
    test_guarded,
    test_mixins,
    test_retention,
    test_roles,
    test_scope,
    test_signature,
    test_signature_http,
    test_tour,
)
