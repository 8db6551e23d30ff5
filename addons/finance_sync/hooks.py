from .models import metric_triggers


def uninstall_hook(env):
    """Leave nothing in tables of other addons, and none that Odoo does not know.

    :raises psycopg2.Error: the event log belongs to another role: that is evidence
    """
    env.cr.execute("DROP TABLE IF EXISTS finance_sync_unsealed")
    for function in (
        "finance_sync_seal_chain(integer, integer)",
        "finance_sync_event_queue()",
        "finance_sync_event_stamp()",
        "finance_sync_refuse()",
    ):
        env.cr.execute(f"DROP FUNCTION IF EXISTS {function} CASCADE")
    env.cr.execute("DROP INDEX IF EXISTS finance_sync_queue_job_key")
    env.cr.execute("DROP INDEX IF EXISTS finance_sync_queue_job_waiting")
    metric_triggers.uninstall(env.cr)
    env.cr.execute(
        "UPDATE queue_job SET state = 'cancelled' WHERE model_name LIKE"
        " 'finance.sync.%' AND state IN"
        " ('wait_dependencies', 'pending', 'enqueued', 'started', 'failed')"
    )
