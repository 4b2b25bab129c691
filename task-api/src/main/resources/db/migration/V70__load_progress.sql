ALTER TABLE task_table
    ADD COLUMN source_bytes     bigint NOT NULL DEFAULT 0,
    ADD COLUMN percent          int    NOT NULL DEFAULT 0,
    ADD COLUMN rows_per_second  bigint NOT NULL DEFAULT 0,
    ADD COLUMN bytes_per_second bigint NOT NULL DEFAULT 0,
    ADD COLUMN error            text;

UPDATE task_table SET percent = 100 WHERE state = 'DONE';
