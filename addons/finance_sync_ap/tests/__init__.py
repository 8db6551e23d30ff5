from . import test_access_matrix
from . import test_bank_change
from . import test_bill
from . import test_bill_access
from . import test_bill_approval
from . import test_bill_bank
from . import test_bill_post
from . import test_payment_block
