from . import medical_lot_correction
