from . import webhook
from . import digest
from . import monitoring
