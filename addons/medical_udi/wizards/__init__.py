from . import medical_lot_correction
from . import medical_code_receipt
from . import medical_udi_label
