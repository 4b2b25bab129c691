package io.sluice.task.task;

import io.sluice.task.endpoint.EndpointInput;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A task as users describe it, in the full shape of the contract; nothing is checked before {@link TaskRules} has
 * looked. Enumerations are text here, so that one answer can name everything that is wrong.
 */
@Schema(name = "TaskSpec")
public record TaskInput(
        @Schema(required = true, minLength = 4, maxLength = 50, pattern = "^[A-Za-z][A-Za-z0-9_-]{3,49}$") @Nullable
        String name,

        @Nullable String description,
        @Schema(defaultValue = "default") @Nullable String project,
        @Nullable Map<String, String> tags,

        @Schema(
                enumeration = {"FULL_AND_INCREMENTAL", "FULL", "INCREMENTAL"},
                defaultValue = "FULL_AND_INCREMENTAL")
        @Nullable
        String mode,

        @Schema(required = true) @Nullable EndpointInput source,
        @Schema(required = true) @Nullable EndpointInput target,
        @Schema(required = true) @Nullable Objects objects,
        @Nullable Structure structure,
        @Nullable Changes changes,
        @Nullable List<@Nullable Transform> transforms,
        @Nullable FullLoad fullLoad,
        @Nullable Incremental incremental,
        @Nullable Retry retry,
        @Nullable Alerts alerts,
        @Nullable Integer autoStopDays) {

    /** Which tables: those that an include matches and no exclude does. */
    @Schema(name = "TaskSpecObjects")
    public record Objects(
            @Nullable List<@Nullable Include> include,
            @Nullable List<@Nullable Exclude> exclude) {}

    /** Tables by pattern, and what becomes of them on the target. */
    public record Include(
            @Nullable String schema,
            @Nullable String table,
            @Nullable String targetSchema,
            @Nullable String targetTable,
            @Nullable Columns columns,
            @Nullable String filter,
            @Nullable Distribution distribution) {}

    /** Tables by pattern. */
    public record Exclude(@Nullable String schema, @Nullable String table) {}

    /** Columns that are left out or renamed. */
    public record Columns(
            @Nullable List<@Nullable String> exclude,
            @Nullable Map<String, @Nullable String> rename) {}

    /** How a table is spread over the target's nodes. */
    public record Distribution(
            @Nullable String kind, @Nullable List<@Nullable String> columns) {}

    /** What is created on the target. */
    public record Structure(
            @Nullable Boolean enabled,
            @Nullable List<@Nullable String> kinds,
            @Nullable String existingTable,
            @Nullable String nameCase) {}

    /** Which changes are applied, and how. */
    public record Changes(
            @Nullable List<@Nullable String> operations,
            @Nullable String conflict,

            @Schema(
                    minimum = "1",
                    maximum = "64",
                    defaultValue = "1",
                    description =
                            "How many transactions of the target write a large batch of changes side by side, each over"
                                    + " a session of its own. The changes of a row stay in their order. With more than 1 a"
                                    + " transaction of the source is not always one on the target: for a moment, and after a crash"
                                    + " until the task goes on, some rows of a batch can be seen and others not.")
            @Nullable
            Integer lanes,

            @Schema(
                    enumeration = {"STOP_TASK", "SUSPEND_TABLE"},
                    defaultValue = "STOP_TASK",
                    description =
                            "What becomes of an error that belongs to one table and that no retry mends. SUSPEND_TABLE: the"
                                    + " changes of that table are passed over from there on, and all others go on; the table"
                                    + " goes on by a retry or skip of its exception, or by a reload.")
            @Nullable
            String tableError) {}

    /** An expression over the rows of a table. */
    public record Transform(
            @Nullable String table, @Nullable String expression) {}

    /** How fast the load may be. */
    public record FullLoad(
            @Nullable Integer workers,
            @Nullable Long maxRowsPerSecond,
            @Nullable Long maxBytesPerSecond,
            @Nullable Long maxQueriesPerSecond,
            @Nullable List<@Nullable Window> windows) {}

    /** A time of day with a limit of its own. */
    public record Window(
            @Nullable String from,
            @Nullable String to,
            @Nullable Long maxBytesPerSecond) {}

    /** How fast changes may be applied, and from where on. */
    public record Incremental(
            @Nullable Long maxRowsPerSecond,
            @Nullable Long maxBytesPerSecond,
            @Nullable From from) {}

    /** A slot of the source that has kept what is to come; the position is that of the slot unless it is given. */
    public record From(
            @Nullable String slot,
            @Nullable String publication,
            @Nullable String lsn) {}

    /** How long errors are retried. */
    public record Retry(
            @Nullable Integer connectionMinutes, @Nullable Integer otherMinutes) {}

    /** Who is told what. */
    public record Alerts(@Nullable String topic, @Nullable Integer lagThresholdSeconds) {}
}
