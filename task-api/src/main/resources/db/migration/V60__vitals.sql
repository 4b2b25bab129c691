ALTER TABLE task ADD COLUMN vitals_at timestamptz;

COMMENT ON COLUMN task.vitals_at IS 'when its figures were last put on sluice.events';
