from . import medical_udi_di_import
from . import medical_udi_di_export
