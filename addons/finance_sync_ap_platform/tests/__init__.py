from . import test_access_matrix
from . import test_comparison
from . import test_feedback
from . import test_poll
from . import test_poll_records
from . import test_push
from . import test_hard_cases
from . import test_hard_cases_payment
