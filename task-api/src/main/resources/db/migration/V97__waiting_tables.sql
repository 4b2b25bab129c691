-- What keeps a table from being loaded, and by whom.
ALTER TABLE task_table ADD COLUMN waiting_for text;
