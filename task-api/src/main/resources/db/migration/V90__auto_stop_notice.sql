-- When it was said that a task will be stopped by itself: it is not before a day after that.
ALTER TABLE task ADD COLUMN auto_stop_warned_at timestamptz;
UPDATE task SET auto_stop_warned_at = now() WHERE auto_stop_warned;
ALTER TABLE task DROP COLUMN auto_stop_warned;
