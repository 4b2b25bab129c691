CREATE TABLE task_table_version (
    task_id text   PRIMARY KEY REFERENCES task ON DELETE CASCADE,
    version bigint NOT NULL
) WITH (fillfactor = 50);

COMMENT ON TABLE task_table_version IS 'grows with every change of a task''s tables, so that nobody reads them all to see whether one has changed';

ALTER TABLE task ADD COLUMN drop_target_data boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN task.drop_target_data IS 'while resetting: drop the tables that Sluice made on the target';
