from . import medical_inspection_decision
