from . import common
from . import test_credit_gate
from . import test_sanctions_gate
from . import test_payment_gate
from . import test_gate_access
