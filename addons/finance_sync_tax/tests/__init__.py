from . import test_avatax
from . import test_rate_table
from . import test_tax_views
from . import test_tax_wizards
