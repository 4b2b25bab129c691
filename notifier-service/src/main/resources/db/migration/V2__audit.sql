CREATE TABLE audit (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at        timestamptz NOT NULL,
    actor     text        NOT NULL,
    operation text        NOT NULL,
    path      text        NOT NULL,
    task_id   text,
    status    int         NOT NULL,
    address   text        NOT NULL
);

COMMENT ON COLUMN audit.task_id IS 'as in the task API; always null here';

CREATE INDEX audit_actor_idx ON audit (actor, id);
CREATE INDEX audit_at_idx ON audit (at);
