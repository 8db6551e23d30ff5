from . import connection, document, event_types, handler
