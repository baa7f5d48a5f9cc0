from . import test_trace
