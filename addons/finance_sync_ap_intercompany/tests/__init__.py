from . import test_access_matrix
from . import test_intercompany
from . import test_pair_event
