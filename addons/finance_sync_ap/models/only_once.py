"""What two transactions make at the same moment, of which one may."""

from contextlib import contextmanager

from odoo.addons.queue_job.exception import RetryableJobError
from psycopg2.errors import UniqueViolation


@contextmanager
def only_once(env):
    """Create what the database allows once; a job that comes second is run again.

    At REPEATABLE READ it could not see what the first one has made; run again, it does.

    :raises RetryableJobError: somebody else has just made it
    """
    try:
        with env.cr.savepoint():
            yield
    except UniqueViolation as error:
        raise RetryableJobError(
            "Another job has just made the same.", seconds=1, ignore_retry=True
        ) from error
