package io.sluice.task.task;

import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A change of a running task's tables.
 *
 * @param add rules as in objects.include
 * @param remove tables of the task, by name or pattern
 * @param confirm keys of warnings that were read: {@code target-tables} when rows of the target may be deleted
 */
@Schema(name = "ObjectsRequest")
public record ObjectsRequest(
        @Nullable List<TaskInput.@Nullable Include> add,
        @Nullable List<TaskInput.@Nullable Exclude> remove,
        @Nullable List<@Nullable String> confirm) {

    /** As many checks there cannot be. */
    static final int MOST_KEYS = 200;
}
