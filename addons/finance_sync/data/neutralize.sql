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
       ca_cert_ref = NULL,
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

-- Nobody outside knows a secret of this copy any more, or is told anything by it.
DELETE FROM finance_sync_webhook_secret;

-- Whatever is encrypted in any table of Finance Sync: secrets, payloads, answers.
DO $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT table_name, column_name, is_nullable
          FROM information_schema.columns
         WHERE table_schema = current_schema()
           AND table_name LIKE 'finance\_sync\_%'
           AND column_name LIKE '%\_enc'
    LOOP
        EXECUTE format(
            'UPDATE %I SET %I = %L WHERE %I IS NOT NULL',
            found.table_name, found.column_name,
            CASE WHEN found.is_nullable = 'NO' THEN '' END, found.column_name
        );
    END LOOP;
END $$;

-- What was asked for on the original is not decided on in a copy.
UPDATE finance_sync_credential_change SET state = 'cancelled' WHERE state = 'pending';

UPDATE finance_sync_key_rotation SET state = 'done' WHERE state = 'running';

UPDATE finance_sync_retention_run SET state = 'done' WHERE state = 'running';

-- Exports of personal data.
DELETE FROM ir_attachment WHERE res_model = 'finance.sync.personal.request';

-- Monitoring must not take the copy for the original.
UPDATE finance_sync_metrics_token
   SET revoked_at = now() AT TIME ZONE 'UTC'
 WHERE revoked_at IS NULL;

-- Nobody outside is told anything by a copy.
UPDATE finance_sync_subscription
   SET state = 'paused',
       state_reason = 'Neutralised copy of the database'
 WHERE state = 'active';

UPDATE finance_sync_subscription
   SET auth_user = NULL,
       password_enc = NULL,
       password_ref = NULL,
       database_fingerprint = NULL;
