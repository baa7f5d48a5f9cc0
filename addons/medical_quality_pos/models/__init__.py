from . import medical_scope
from . import pos_order
from . import pos_order_line
from . import product_product
from . import stock_picking
