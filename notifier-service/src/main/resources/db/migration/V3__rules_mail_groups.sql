CREATE TABLE task_watch (
    task_id   text PRIMARY KEY,
    state     text        NOT NULL,
    memory    text        NOT NULL,
    heard_at  timestamptz NOT NULL
) WITH (fillfactor = 70);

COMMENT ON TABLE task_watch IS 'what the rules remember of each task';

-- Alerts that fire now must still be known as such.
INSERT INTO task_watch (task_id, state, memory, heard_at)
SELECT split_part(key, '/', 1), '',
       jsonb_build_object('cases', jsonb_build_object('ABNORMAL', jsonb_build_object(
           'alert', jsonb_build_object(
               'state', state,
               'since', to_char(since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')),
           'wasGood', false,
           'marks', '[]'::jsonb)))::text,
       since
FROM alert;

ALTER TABLE alert
    ADD COLUMN task_id    text,
    ADD COLUMN task_name  text,
    ADD COLUMN kind       text NOT NULL DEFAULT 'ABNORMAL',
    ADD COLUMN topic      text,
    ADD COLUMN subject    text NOT NULL DEFAULT '',
    ADD COLUMN message    text NOT NULL DEFAULT '',
    ADD COLUMN told       integer NOT NULL DEFAULT 0,
    ADD COLUMN untold     text,
    ADD COLUMN changed_at timestamptz,
    ADD COLUMN seq        bigint GENERATED ALWAYS AS IDENTITY;

UPDATE alert SET task_id = split_part(key, '/', 1), task_name = split_part(key, '/', 1), changed_at = since;

ALTER TABLE alert
    ALTER COLUMN task_id SET NOT NULL,
    ALTER COLUMN task_name SET NOT NULL,
    ALTER COLUMN changed_at SET NOT NULL,
    ALTER COLUMN kind DROP DEFAULT,
    ALTER COLUMN subject DROP DEFAULT,
    ALTER COLUMN message DROP DEFAULT,
    ALTER COLUMN told DROP DEFAULT;

COMMENT ON COLUMN alert.told IS 'how many subscriptions the last message was queued for';
COMMENT ON COLUMN alert.untold IS 'why it was queued for none';

CREATE INDEX alert_task ON alert (task_id);
CREATE INDEX alert_seq ON alert (seq);

ALTER TABLE subscription
    ADD COLUMN sealed_previous_secret text,
    ADD COLUMN previous_valid_until   timestamptz;

ALTER TABLE delivery
    ADD COLUMN protocol               text NOT NULL DEFAULT 'https',
    ADD COLUMN sealed_previous_secret text,
    ADD COLUMN previous_valid_until   timestamptz,
    ADD COLUMN is_group               boolean NOT NULL DEFAULT false,
    ADD COLUMN group_id               uuid,
    DROP CONSTRAINT delivery_state_check,
    ADD CONSTRAINT delivery_state_check CHECK (state IN ('PENDING', 'DELIVERED', 'DEAD', 'GROUPED'));

ALTER TABLE delivery ALTER COLUMN protocol DROP DEFAULT;

COMMENT ON COLUMN delivery.is_group IS 'its message tells several alerts at once';
COMMENT ON COLUMN delivery.group_id IS 'the delivery that tells this one''s alert among others';

-- How many confirmations an address was sent lately.
CREATE INDEX delivery_confirmation ON delivery (lower(endpoint), created_at) WHERE type = 'SubscriptionConfirmation';
CREATE INDEX delivery_oldest ON delivery (created_at) WHERE state = 'PENDING';
