from . import test_bill
from . import test_bill_access
