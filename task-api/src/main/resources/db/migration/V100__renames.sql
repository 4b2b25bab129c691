-- How many renamings of its tables at the source a task has followed.
ALTER TABLE task ADD COLUMN renames bigint NOT NULL DEFAULT 0;
