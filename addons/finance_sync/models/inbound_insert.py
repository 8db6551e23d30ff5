"""One statement that takes a message in, once, however many deliver it at a time."""

import uuid

from ..core import canonical
from .vault import seal


def insert_inbound(cr, values, payload):
    """Insert the message unless it is there; read back what is.

    At REPEATABLE READ a message that came in meanwhile could be neither inserted nor
    seen, so ``cr`` has to be READ COMMITTED.

    :param values: operation, connection_id, company_id, external_id,
        external_version, idempotency_key, uid, name (or what it is made of, see _NAME);
        and ``rate_most`` new messages of the connection within ``rate_seconds``, if
        there is a limit
    :return: ``{"id", "uuid", "state", "company_id", "new", "conflict"}``; None if the
        message is new and the limit is reached
    """
    values = {
        "rate_most": 0,
        "rate_seconds": 0.0,
        "prefix": "",
        "suffix": "",
        "padding": 1,
        "sequence": None,
        **values,
        "uuid": str(uuid.uuid4()),
        "request_hash": canonical.digest(payload),
        "payload_enc": seal(payload),
    }
    cr.execute(_INSERT, values)
    found = cr.dictfetchone()
    if found:
        return {**found, "new": True, "conflict": False}
    cr.execute(
        "SELECT id, uuid, state, name, request_hash, company_id"
        " FROM finance_sync_exchange WHERE idempotency_key = %s",
        [values["idempotency_key"]],
    )
    found = cr.dictfetchone()
    if not found:
        return None
    conflict = found.pop("request_hash") != values["request_hash"]
    return {**found, "new": False, "conflict": conflict}


# Prefix, number and suffix, unless the name is given. ``lpad`` alone would cut long
# numbers off.
_NAME = """coalesce(%(name)s, (
            SELECT %(prefix)s || lpad(n, greatest(length(n), %(padding)s), '0')
                || %(suffix)s
            FROM (SELECT nextval(%(sequence)s)::text AS n) AS drawn
        ))"""
_INSERT = f"""
    INSERT INTO finance_sync_exchange (
        uuid, name, direction, operation, connection_id, company_id, currency_id,
        external_id, external_version, idempotency_key, request_hash, payload_enc,
        correlation_id, state, initiator_id, revision, attempt_base,
        create_uid, create_date, write_uid, write_date
    )
    SELECT
        %(uuid)s, {_NAME}, 'in', %(operation)s, %(connection_id)s, %(company_id)s,
        (SELECT currency_id FROM res_company WHERE id = %(company_id)s),
        %(external_id)s, %(external_version)s, %(idempotency_key)s,
        %(request_hash)s, %(payload_enc)s, %(uuid)s, 'pending', %(uid)s, 0, 0,
        %(uid)s, clock_timestamp() AT TIME ZONE 'UTC',
        %(uid)s, clock_timestamp() AT TIME ZONE 'UTC'
    WHERE %(rate_most)s = 0 OR %(rate_most)s > (
        SELECT count(*) FROM (
            SELECT FROM finance_sync_exchange
            WHERE direction = 'in' AND connection_id = %(connection_id)s
                AND create_date > (clock_timestamp() AT TIME ZONE 'UTC')
                    - make_interval(secs => %(rate_seconds)s)
            LIMIT %(rate_most)s
        ) AS recent
    )
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING id, uuid, state, name, company_id
"""  # noqa: S608 - nothing but constants
