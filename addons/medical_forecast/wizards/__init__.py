from . import medical_demand_import_wizard
from . import medical_proposal_reject
from . import stock_replenishment_info
from . import medical_policy_release
