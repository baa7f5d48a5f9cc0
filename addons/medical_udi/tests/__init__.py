from . import test_udi_di
from . import test_lot
from . import test_code_map
from . import test_gate
from . import test_stock_state
from . import test_unit_problem
from . import test_scan
from . import test_scan_tour
