from . import medical_udi_di
from . import stock_lot
from . import stock_move_line
from . import product_template
from . import product_product
from . import medical_udi_scan
