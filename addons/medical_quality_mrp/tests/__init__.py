from . import test_bom_change
