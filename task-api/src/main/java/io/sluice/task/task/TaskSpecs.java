package io.sluice.task.task;

import io.sluice.contracts.secret.SecretSeal;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.task.endpoint.EndpointInput;
import java.util.List;
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
        return new TaskSpec(
                Objects.requireNonNull(input.name()),
                input.mode() == null ? SyncMode.FULL_AND_INCREMENTAL : SyncMode.valueOf(input.mode()),
                source.sealed(seal, taskId),
                target.targetDialect(),
                target.sealed(seal, taskId),
                list(objects.include()).stream()
                        .map(include -> pattern(include.schema(), include.table()))
                        .toList(),
                list(objects.exclude()).stream()
                        .map(exclude -> pattern(exclude.schema(), exclude.table()))
                        .toList(),
                input.fullLoad() == null || input.fullLoad().workers() == null
                        ? LimitRules.DEFAULT_WORKERS
                        : input.fullLoad().workers(),
                retry(input.retry()),
                input.alerts() == null ? null : input.alerts().topic());
    }

    private static RetryWindows retry(TaskInput.@Nullable Retry retry) {
        Integer connection = retry == null ? null : retry.connectionMinutes();
        Integer other = retry == null ? null : retry.otherMinutes();
        return new RetryWindows(
                connection == null ? TaskRules.CONNECTION_MINUTES : connection,
                other == null ? TaskRules.OTHER_MINUTES : other);
    }

    private static TablePattern pattern(@Nullable String schema, @Nullable String table) {
        return new TablePattern(Objects.requireNonNull(schema), Objects.requireNonNull(table));
    }

    private static <T> List<T> list(@Nullable List<@Nullable T> items) {
        return items == null
                ? List.of()
                : items.stream().map(Objects::requireNonNull).toList();
    }
}
