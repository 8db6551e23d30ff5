from . import connection, document, handler
