package io.sluice.task.access;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.http.access.ProjectPaths;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.persistence.EntityManager;
import jakarta.transaction.Transactional;
import java.util.List;
import java.util.Optional;

/** All below {@code /api/v1/tasks/{id}} belongs to the project of the task. */
@ApplicationScoped
class TaskPaths implements ProjectPaths {

    private static final List<String> TASKS = List.of("api", "v1", "tasks");

    private final EntityManager database;

    TaskPaths(EntityManager database) {
        this.database = database;
    }

    @Override
    @Transactional
    public Optional<Owned> find(List<String> segments) {
        List<String> named = segments.stream().filter(text -> !text.isEmpty()).toList();
        if (named.size() <= TASKS.size() || !named.subList(0, TASKS.size()).equals(TASKS)) {
            return Optional.empty();
        }
        String id = named.get(TASKS.size());
        return Optional.of(new Owned(
                project(id),
                new SluiceException(ErrorCode.TASK_NOT_FOUND, "There is no task with the id " + id + ".")));
    }

    private Optional<String> project(String id) {
        List<?> found = database.createNativeQuery("SELECT project FROM task WHERE id = :id", String.class)
                .setParameter("id", id)
                .getResultList();
        return found.stream().map(String::valueOf).findFirst();
    }
}
