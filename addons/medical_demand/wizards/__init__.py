from . import medical_demand_import_wizard
