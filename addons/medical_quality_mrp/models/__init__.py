from . import (
    medical_master_change,
    mrp_bom,
    mrp_bom_line,
)
