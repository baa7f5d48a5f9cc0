from . import medical_trace
