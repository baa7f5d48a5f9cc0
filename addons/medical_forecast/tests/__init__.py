from . import test_demand
from . import test_import
from . import test_run
from . import test_orderpoint
from . import test_roles
from . import test_screens
from . import test_tour
from . import test_demo
