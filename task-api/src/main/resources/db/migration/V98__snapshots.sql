-- Rows of a task's tables for those who read its changes.
CREATE TABLE snapshot (
    task_id      text        NOT NULL REFERENCES task ON DELETE CASCADE,
    number       integer     NOT NULL,
    state        text        NOT NULL,
    tables       text        NOT NULL,
    snapshot_id  text,
    tables_read  integer     NOT NULL DEFAULT 0,
    row_count    bigint      NOT NULL DEFAULT 0,
    requested_at timestamptz NOT NULL,
    requested_by text        NOT NULL,
    ended_at     timestamptz,
    error_code   text,
    error_detail text,
    PRIMARY KEY (task_id, number)
);
