from . import generic
from . import rabbitmq
from . import webhook
