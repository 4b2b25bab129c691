CREATE TABLE topic (
    name         text PRIMARY KEY,
    display_name text NOT NULL,
    created_at   timestamptz NOT NULL
);

-- Names that differ only by case are one name to people.
CREATE UNIQUE INDEX topic_name_any_case ON topic (lower(name));

CREATE TABLE subscription (
    seq              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id               uuid NOT NULL UNIQUE,
    topic            text NOT NULL REFERENCES topic (name),
    protocol         text NOT NULL,
    endpoint         text NOT NULL,
    state            text NOT NULL CHECK (state IN ('PENDING', 'CONFIRMED')),
    sealed_secret    text NOT NULL,
    token_hash       text NOT NULL UNIQUE,
    token_expires_at timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    confirmed_at     timestamptz
);

CREATE INDEX subscription_topic ON subscription (topic, seq);

CREATE TABLE alert (
    key        text PRIMARY KEY,
    state      text NOT NULL CHECK (state IN ('FIRING', 'RESOLVED')),
    since      timestamptz NOT NULL
);

-- Events that were handled; one that comes again does nothing.
CREATE TABLE handled_event (
    id         text PRIMARY KEY,
    handled_at timestamptz NOT NULL
);

CREATE INDEX handled_event_time ON handled_event (handled_at);

CREATE TABLE delivery (
    seq                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id                 uuid NOT NULL UNIQUE,
    subscription_id    uuid NOT NULL,
    topic              text NOT NULL,
    endpoint           text NOT NULL,
    sealed_secret      text,
    type               text NOT NULL,
    alert_key          text,
    message            text NOT NULL,
    sealed_confirm_url text,
    state              text NOT NULL CHECK (state IN ('PENDING', 'DELIVERED', 'DEAD')),
    created_at         timestamptz NOT NULL,
    due_at             timestamptz NOT NULL,
    give_up_at         timestamptz NOT NULL,
    tries              integer NOT NULL,
    claims             integer NOT NULL,
    claimed_until      timestamptz,
    ended_at           timestamptz
);

CREATE INDEX delivery_pending ON delivery (subscription_id, seq) WHERE state = 'PENDING';
CREATE INDEX delivery_due ON delivery (due_at) WHERE state = 'PENDING';
CREATE INDEX delivery_subscription ON delivery (subscription_id);
CREATE INDEX delivery_topic ON delivery (topic, seq);
CREATE INDEX delivery_state ON delivery (state, ended_at);

CREATE TABLE attempt (
    seq          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_seq bigint NOT NULL REFERENCES delivery (seq) ON DELETE CASCADE,
    at           timestamptz NOT NULL,
    http_status  integer,
    error        text,
    answer       text
);

CREATE INDEX attempt_delivery ON attempt (delivery_seq, seq);
