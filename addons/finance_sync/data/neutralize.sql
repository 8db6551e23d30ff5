-- A copy does nothing outside: connections are paused and know no credentials.
UPDATE finance_sync_connection
   SET state = 'paused',
       pause_reason = 'Neutralised copy of the database'
 WHERE state = 'active';

UPDATE finance_sync_connection
   SET auth_user = NULL,
       secret_enc = NULL,
       secret_ref = NULL,
       client_cert_ref = NULL,
       client_key_ref = NULL,
       database_fingerprint = NULL,
       service_user_id = NULL;

-- Live jobs of the original would run twice, and stall the job runner for all its
-- databases, since their UUIDs are no longer unique.
UPDATE queue_job
   SET state = 'cancelled',
       date_cancelled = now() AT TIME ZONE 'UTC',
       result = 'Cancelled in the neutralised copy'
 WHERE state IN ('wait_dependencies', 'pending', 'enqueued', 'started');

-- Bank and personal data lie in payloads and answers, which nobody needs here.
UPDATE finance_sync_exchange SET payload_enc = NULL;

UPDATE finance_sync_attempt SET answer_enc = NULL;

UPDATE finance_sync_decision SET answer_enc = NULL;

-- Nobody outside knows a secret of this copy any more.
DELETE FROM finance_sync_webhook_secret;
