ALTER TABLE task ADD COLUMN reload_all boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN task.reload_all IS 'while resetting: what the target has stays, and everything is loaded again as soon as the rest is removed';
