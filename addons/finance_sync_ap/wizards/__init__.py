from . import bank_confirm
from . import bill_reject
from . import payment_stop
from . import bill_upload
from . import vendor_differ
