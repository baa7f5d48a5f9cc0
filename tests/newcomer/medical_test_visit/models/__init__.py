from . import medical_test_visit
