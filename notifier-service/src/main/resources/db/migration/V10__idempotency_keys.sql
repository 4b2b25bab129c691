-- Answers of creations by the key that the caller gave them, for a day; request and answer are sealed.
CREATE TABLE idempotency_key (
    caller  text        NOT NULL,
    key     text        NOT NULL,
    request text        NOT NULL,
    answer  text,
    created timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);

COMMENT ON COLUMN idempotency_key.request IS 'digest of the request, sealed';

CREATE INDEX idempotency_key_created_idx ON idempotency_key (created);
