from . import test_audit, test_guarded, test_roles, test_scope, test_tour
