from . import test_available
from . import test_doors
from . import test_hold
from . import test_inspection
from . import test_lot_state
from . import test_quality_rule
from . import test_roles
from . import test_tour
