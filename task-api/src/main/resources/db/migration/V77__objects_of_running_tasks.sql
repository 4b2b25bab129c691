-- The order by which the tables of a task were changed last; 0 while they are those of its start.
ALTER TABLE task ADD COLUMN selection bigint NOT NULL DEFAULT 0;

-- The orders by which a table was asked for last, and by which it came to the task; 0 for the start.
ALTER TABLE task_table ADD COLUMN load_number bigint NOT NULL DEFAULT 0;
ALTER TABLE task_table ADD COLUMN added_number bigint NOT NULL DEFAULT 0;
