package io.sluice.task.snapshot;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user asks for.
 *
 * @param tables names at the source, as {@code schema.table}; all of the task's when left out
 */
public record SnapshotRequest(@Nullable List<@Nullable String> tables) {}
