package io.sluice.task.task;

import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.StartPoint;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.contracts.task.Transform;
import io.sluice.task.endpoint.EndpointInput;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the services' specification of what a user sent: defaults filled in, credentials sealed. */
final class TaskSpecs {

    private TaskSpecs() {}

    /** @param input in which {@link TaskRules} found nothing */
    static TaskSpec of(TaskInput input, SecretSeal seal, String taskId) {
        EndpointInput source = Objects.requireNonNull(input.source());
        EndpointInput target = Objects.requireNonNull(input.target());
        TaskInput.Objects objects = Objects.requireNonNull(input.objects());
        TaskInput.FullLoad load = input.fullLoad();
        TaskInput.Incremental incremental = input.incremental();
        TaskInput.Alerts alerts = input.alerts();
        return new TaskSpec(
                Objects.requireNonNull(input.name()),
                input.mode() == null ? SyncMode.FULL_AND_INCREMENTAL : SyncMode.valueOf(input.mode()),
                source.sealed(seal, taskId),
                target.targetDialect(),
                target.sealed(seal, taskId),
                list(objects.include()).stream().map(TaskSpecs::choice).toList(),
                list(objects.exclude()).stream()
                        .map(exclude -> new TablePattern(given(exclude.schema()), given(exclude.table())))
                        .toList(),
                load == null || load.workers() == null ? LimitRules.DEFAULT_WORKERS : load.workers(),
                retry(input.retry()),
                alerts == null ? null : alerts.topic(),
                input.structure() == null ? StructureChoice.DEFAULT : structure(input.structure()),
                input.changes() == null ? ChangeChoice.DEFAULT : changes(input.changes()),
                list(input.transforms()).stream()
                        .map(transform -> new Transform(given(transform.table()), given(transform.expression())))
                        .toList(),
                load == null ? LoadLimits.NONE : limits(load),
                incremental == null
                        ? ChangeLimits.NONE
                        : new ChangeLimits(
                                incremental.maxRowsPerSecond(),
                                incremental.maxBytesPerSecond(),
                                startPoint(incremental.from())),
                alerts == null ? null : alerts.lagThresholdSeconds());
    }

    private static @Nullable StartPoint startPoint(TaskInput.@Nullable From from) {
        return from == null ? null : new StartPoint(given(from.slot()), given(from.publication()), from.lsn());
    }

    static TableChoice choice(TaskInput.Include include) {
        TaskInput.Columns columns = include.columns();
        TaskInput.Distribution distribution = include.distribution();
        return new TableChoice(
                given(include.schema()),
                given(include.table()),
                include.targetSchema(),
                include.targetTable(),
                columns == null ? null : columns(list(columns.exclude()), columns.rename()),
                include.filter(),
                distribution == null
                        ? null
                        : new TableChoice.Distribution(
                                TableChoice.Distribution.Kind.valueOf(given(distribution.kind())),
                                list(distribution.columns())));
    }

    private static TableChoice.@Nullable Columns columns(
            List<String> exclude, @Nullable Map<String, @Nullable String> rename) {
        Map<String, @Nullable String> renamed = rename == null ? Map.of() : rename;
        return exclude.isEmpty() && renamed.isEmpty() ? null : new TableChoice.Columns(exclude, renamed);
    }

    private static StructureChoice structure(TaskInput.Structure structure) {
        StructureChoice usual = StructureChoice.DEFAULT;
        return new StructureChoice(
                structure.enabled() == null ? usual.enabled() : structure.enabled(),
                structure.kinds() == null
                        ? null
                        : list(structure.kinds()).stream()
                                .map(StructureChoice.Kind::valueOf)
                                .toList(),
                structure.existingTable() == null
                        ? usual.existingTable()
                        : StructureChoice.ExistingTable.valueOf(structure.existingTable()),
                structure.nameCase() == null
                        ? usual.nameCase()
                        : StructureChoice.NameCase.valueOf(structure.nameCase()));
    }

    private static ChangeChoice changes(TaskInput.Changes changes) {
        ChangeChoice usual = ChangeChoice.DEFAULT;
        return new ChangeChoice(
                changes.operations() == null
                        ? usual.operations()
                        : list(changes.operations()).stream()
                                .map(ChangeChoice.Operation::valueOf)
                                .toList(),
                changes.conflict() == null ? usual.conflict() : ChangeChoice.Conflict.valueOf(changes.conflict()),
                changes.lanes() == null ? usual.lanes() : changes.lanes(),
                changes.tableError() == null
                        ? usual.tableError()
                        : ChangeChoice.TableError.valueOf(changes.tableError()));
    }

    private static LoadLimits limits(TaskInput.FullLoad load) {
        return new LoadLimits(
                load.maxRowsPerSecond(),
                load.maxBytesPerSecond(),
                load.maxQueriesPerSecond(),
                list(load.windows()).stream()
                        .map(window -> new LoadLimits.Window(
                                LocalTime.parse(given(window.from())),
                                LocalTime.parse(given(window.to())),
                                window.maxBytesPerSecond()))
                        .toList());
    }

    private static RetryWindows retry(TaskInput.@Nullable Retry retry) {
        Integer connection = retry == null ? null : retry.connectionMinutes();
        Integer other = retry == null ? null : retry.otherMinutes();
        return new RetryWindows(
                connection == null ? TaskRules.CONNECTION_MINUTES : connection,
                other == null ? TaskRules.OTHER_MINUTES : other);
    }

    private static String given(@Nullable String value) {
        return Objects.requireNonNull(value);
    }

    private static <T> List<T> list(@Nullable List<@Nullable T> items) {
        return items == null
                ? List.of()
                : items.stream().map(Objects::requireNonNull).toList();
    }
}
