CREATE TABLE repair (
    task_id      text        NOT NULL,
    number       integer     NOT NULL,
    comparison   integer     NOT NULL,
    state        text        NOT NULL,
    tables       text        NOT NULL,
    requested_at timestamptz NOT NULL,
    requested_by text        NOT NULL,
    ended_at     timestamptz,
    error_code   text,
    error_detail text,
    PRIMARY KEY (task_id, number),
    FOREIGN KEY (task_id, comparison) REFERENCES comparison ON DELETE CASCADE
);

COMMENT ON COLUMN repair.tables IS 'results as JSON; counts, never rows';
