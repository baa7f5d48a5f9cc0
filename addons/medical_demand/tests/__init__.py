from . import test_demand
from . import test_documents
from . import test_events
from . import test_import
from . import test_readable
