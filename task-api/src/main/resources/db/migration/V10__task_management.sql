ALTER TABLE task
    ADD COLUMN mode                text,
    ADD COLUMN version             bigint  NOT NULL DEFAULT 1,
    ADD COLUMN auto_stop_days      integer NOT NULL DEFAULT 14,
    ADD COLUMN start_at            timestamptz,
    ADD COLUMN start_claimed_until timestamptz,
    ADD COLUMN idle_since          timestamptz,
    ADD COLUMN auto_stop_warned    boolean NOT NULL DEFAULT false,
    ADD COLUMN resetting           boolean NOT NULL DEFAULT false;

UPDATE task
SET mode = spec::json ->> 'mode',
    idle_since = CASE
        WHEN state IN ('PAUSED', 'START_FAILED', 'FULL_SYNC_FAILED', 'INCREMENTAL_SYNC_FAILED', 'STOP_FAILED')
        THEN updated_at
    END;

ALTER TABLE task ALTER COLUMN mode SET NOT NULL;

COMMENT ON COLUMN task.version IS 'of what the user asked for; the ETag';
COMMENT ON COLUMN task.start_at IS 'while the state is PENDING_START';
COMMENT ON COLUMN task.start_claimed_until IS 'until then one instance carries out the delayed start';
COMMENT ON COLUMN task.idle_since IS 'since when it has been paused or failed without a break';
COMMENT ON COLUMN task.auto_stop_warned IS 'that it will be stopped by itself was told';
COMMENT ON COLUMN task.resetting IS 'the newest order removes everything for a reset, not for a deletion';

CREATE INDEX task_project_idx ON task (project, id);
CREATE INDEX task_state_idx ON task (state, id);
CREATE INDEX task_start_idx ON task (start_at) WHERE state = 'PENDING_START';
CREATE INDEX task_idle_idx ON task (idle_since) WHERE idle_since IS NOT NULL;

CREATE TABLE idempotency_key (
    caller  text        NOT NULL,
    key     text        NOT NULL,
    request text        NOT NULL,
    answer  text,
    created timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);

COMMENT ON COLUMN idempotency_key.request IS 'digest of the request, sealed: the request holds passwords';

CREATE INDEX idempotency_key_created_idx ON idempotency_key (created);
