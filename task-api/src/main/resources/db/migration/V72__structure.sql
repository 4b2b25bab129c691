CREATE TABLE task_structure (
    task_id text PRIMARY KEY REFERENCES task ON DELETE CASCADE,
    fact    text NOT NULL
) WITH (fillfactor = 50);

COMMENT ON TABLE task_structure IS 'what apply reported last of the structure of a task, as JSON';

ALTER TABLE task ADD COLUMN structure_failures int NOT NULL DEFAULT 0;

COMMENT ON COLUMN task.structure_failures IS 'objects of the structure that the target refused, by the same report';
