ALTER TABLE task ADD COLUMN start_generation bigint NOT NULL DEFAULT 0;

COMMENT ON COLUMN task.start_generation IS 'the generation of the first order since the task was made or reset; 0 before that';
