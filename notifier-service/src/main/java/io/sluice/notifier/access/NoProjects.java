package io.sluice.notifier.access;

import io.sluice.http.access.ProjectPaths;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Optional;

/** Alert topics belong to no project: a role in any project counts. */
@ApplicationScoped
class NoProjects implements ProjectPaths {

    @Override
    public Optional<Owned> find(List<String> segments) {
        return Optional.empty();
    }
}
