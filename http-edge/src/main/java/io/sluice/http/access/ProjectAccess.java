package io.sluice.http.access;

import io.sluice.contracts.access.Grants;
import io.sluice.contracts.access.Role;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the current caller may do in a project, where the path does not tell which: {@link RoleFilter} has looked at the
 * path already. Thread-safe.
 */
@ApplicationScoped
public class ProjectAccess {

    private final CurrentCaller callers;

    ProjectAccess(CurrentCaller callers) {
        this.callers = callers;
    }

    /** @throws SluiceException {@code FORBIDDEN} unless the caller may change what is in this project */
    public void requireOperator(String project) {
        require(callers.get(), Role.OPERATOR, project);
    }

    /** Whether the caller may know what is in this project. */
    public boolean mayView(String project) {
        return callers.get().grants().allows(Role.VIEWER, project);
    }

    /** Empty for all; present without an element for none. */
    public Optional<Set<String>> visibleProjects() {
        return callers.get().grants().visibleProjects();
    }

    static void require(Caller caller, Role needed, String project) {
        if (!caller.grants().allows(needed, project)) {
            throw forbidden(
                    caller,
                    "the role " + needed.label() + " in the project " + project,
                    caller.grants().on(project).map(Role::label).orElse("no role") + " there");
        }
    }

    /** Admin counts only for all projects: what is not a project's belongs to all. */
    static void require(Caller caller, Role needed) {
        Grants grants = caller.grants();
        if (needed == Role.ADMIN ? !grants.allowsEverywhere(needed) : !grants.allowsSomewhere(needed)) {
            throw forbidden(
                    caller,
                    "the role " + needed.label() + (needed == Role.ADMIN ? " for all projects" : ""),
                    summary(grants));
        }
    }

    private static String summary(Grants grants) {
        String byProject = grants.byProject().entrySet().stream()
                .map(entry -> entry.getValue().label() + " in " + entry.getKey())
                .sorted()
                .collect(Collectors.joining(", "));
        String everywhere =
                grants.everywhere() == null ? "" : grants.everywhere().label() + " for all projects";
        String all = everywhere + (everywhere.isEmpty() || byProject.isEmpty() ? "" : ", ") + byProject;
        return all.isEmpty() ? "no role" : all;
    }

    private static SluiceException forbidden(Caller caller, String needed, String has) {
        return new SluiceException(
                ErrorCode.FORBIDDEN, "This needs " + needed + "; " + caller.name() + " has " + has + ".");
    }
}
