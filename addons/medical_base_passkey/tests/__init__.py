from . import test_readable, test_sign
