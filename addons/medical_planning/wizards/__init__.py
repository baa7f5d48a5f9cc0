from . import stock_replenishment_info
from . import medical_policy_release
