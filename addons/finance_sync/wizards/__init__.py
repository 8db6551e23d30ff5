from . import group_conflict
from . import hold_override
from . import lock_date
from . import setup
from . import webhook_secret
