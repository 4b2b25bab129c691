CREATE TABLE comparison (
    task_id             text        NOT NULL REFERENCES task ON DELETE CASCADE,
    number              integer     NOT NULL,
    kind                text        NOT NULL,
    state               text        NOT NULL,
    tables              text        NOT NULL,
    workers             integer     NOT NULL,
    max_rows_per_second bigint,
    requested_at        timestamptz NOT NULL,
    requested_by        text        NOT NULL,
    at                  timestamptz,
    every_seconds       bigint,
    started_at          timestamptz,
    ended_at            timestamptz,
    error_code          text,
    error_detail        text,
    objects_compared    bigint,
    objects_different   bigint,
    PRIMARY KEY (task_id, number)
);

COMMENT ON COLUMN comparison.tables IS 'names at the source, as JSON; empty for all';
COMMENT ON COLUMN comparison.at IS 'when a comparison in state SCHEDULED is due';

CREATE INDEX comparison_due_idx ON comparison (at) WHERE state = 'SCHEDULED';

CREATE TABLE comparison_table (
    task_id     text    NOT NULL,
    number      integer NOT NULL,
    schema_name text    NOT NULL,
    table_name  text    NOT NULL,
    state       text    NOT NULL,
    result      text    NOT NULL,
    PRIMARY KEY (task_id, number, schema_name, table_name),
    FOREIGN KEY (task_id, number) REFERENCES comparison ON DELETE CASCADE
) WITH (fillfactor = 70);

COMMENT ON TABLE comparison_table IS 'by the table of the target; result is JSON and holds counts, never rows';

CREATE TABLE comparison_object (
    task_id    text    NOT NULL,
    number     integer NOT NULL,
    place      integer NOT NULL,
    difference text    NOT NULL,
    PRIMARY KEY (task_id, number, place),
    FOREIGN KEY (task_id, number) REFERENCES comparison ON DELETE CASCADE
);

CREATE TABLE cutover (
    task_id      text        NOT NULL REFERENCES task ON DELETE CASCADE,
    number       integer     NOT NULL,
    request      text        NOT NULL,
    state        text        NOT NULL,
    steps        text        NOT NULL,
    requested_at timestamptz NOT NULL,
    requested_by text        NOT NULL,
    ended_at     timestamptz,
    PRIMARY KEY (task_id, number)
);
