-- Why the changes of a table are passed over; as apply reports it.
ALTER TABLE task_table ADD COLUMN suspension text;
