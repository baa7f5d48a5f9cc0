from . import test_di_table
from . import test_documents
