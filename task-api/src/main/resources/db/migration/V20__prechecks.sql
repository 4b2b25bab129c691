-- The newest precheck of each task.
CREATE TABLE precheck (
    task_id     text        PRIMARY KEY REFERENCES task ON DELETE CASCADE,
    run         text        NOT NULL UNIQUE,
    fingerprint text        NOT NULL,
    state       text        NOT NULL DEFAULT 'RUNNING',
    started_at  timestamptz NOT NULL DEFAULT now(),
    seen_at     timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    total       integer     NOT NULL,
    items       text        NOT NULL DEFAULT '[]',
    tables      text        NOT NULL DEFAULT '',
    confirmed   text[]      NOT NULL DEFAULT '{}'
);

COMMENT ON COLUMN precheck.run IS 'who may write here; another one for each run';
COMMENT ON COLUMN precheck.fingerprint IS 'of the specification that was looked at';
COMMENT ON COLUMN precheck.seen_at IS 'when whoever runs it was last heard of';
COMMENT ON COLUMN precheck.tables IS 'fingerprint of the chosen tables';
