package io.sluice.task.task;

import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A change of a running task's tables.
 *
 * @param add rules as in objects.include
 * @param remove tables of the task, by name or pattern
 */
@Schema(name = "ObjectsRequest")
public record ObjectsRequest(
        @Nullable List<TaskInput.@Nullable Include> add,
        @Nullable List<TaskInput.@Nullable Exclude> remove) {}
