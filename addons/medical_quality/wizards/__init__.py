from . import medical_hold_release
from . import medical_inspection_decision
from . import medical_lot_decision
