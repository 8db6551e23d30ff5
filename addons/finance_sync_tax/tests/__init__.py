from . import test_access
from . import test_avatax
from . import test_keys
from . import test_outage
from . import test_post
from . import test_rate_table
from . import test_refund
