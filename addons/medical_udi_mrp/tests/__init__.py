from . import test_gate
from . import test_production
from . import test_readable
from . import test_scan
from . import test_stock_state
from . import test_trail
