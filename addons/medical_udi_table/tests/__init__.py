from . import test_di_table
