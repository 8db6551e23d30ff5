from . import bank_confirm
from . import payment_stop
