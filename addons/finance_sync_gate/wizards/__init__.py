from . import gate_clear
from . import gate_list_import
