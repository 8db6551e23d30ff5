# The order matters: a model before what extends or inherits it.
from . import event_types
from . import finance_sync_connection
from . import gate_list
from . import gate_entry
from . import gate_clearance
from . import gate_fraud_rule
from . import gate_rule
from . import gate_result
from . import gate_check
from . import gate_credit
from . import gate_sanctions
from . import gate_fraud
from . import gate_document
from . import account_move
from . import account_payment
from . import finance_sync_hold
from . import res_partner
