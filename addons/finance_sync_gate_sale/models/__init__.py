from . import gate_rule
from . import gate_check
from . import sale_order
