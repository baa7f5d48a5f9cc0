from . import test_accuracy_target
from . import test_alerts
from . import test_demand
from . import test_events
from . import test_levels
from . import test_model_version
from . import test_run
from . import test_screens
