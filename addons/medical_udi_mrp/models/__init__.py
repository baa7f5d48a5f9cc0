from . import medical_udi_scan
from . import mrp_bom
from . import mrp_bom_line
from . import mrp_production
from . import stock_move_line
from . import medical_stock_state
