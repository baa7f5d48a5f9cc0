from . import medical_sign
