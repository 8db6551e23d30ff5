from .models import metric_triggers


def uninstall_hook(env):
    """Leave nothing in tables of other addons."""
    env.cr.execute("DROP INDEX IF EXISTS finance_sync_queue_job_key")
    env.cr.execute("DROP INDEX IF EXISTS finance_sync_queue_job_waiting")
    metric_triggers.uninstall(env.cr)
    env.cr.execute(
        "UPDATE queue_job SET state = 'cancelled' WHERE model_name LIKE"
        " 'finance.sync.%' AND state IN"
        " ('wait_dependencies', 'pending', 'enqueued', 'started', 'failed')"
    )
