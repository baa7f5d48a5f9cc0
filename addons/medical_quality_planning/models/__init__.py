from . import medical_lead_time
