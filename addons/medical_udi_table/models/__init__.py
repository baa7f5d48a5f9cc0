from . import medical_udi_di_import
