package io.sluice.contracts.access;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is granted to one caller.
 *
 * @param everywhere for every project, today's and future ones; null for none
 * @param byProject beyond that
 */
public record Grants(@Nullable Role everywhere, Map<String, Role> byProject) {

    /** Stands for every project in a list of projects. */
    public static final String ALL_PROJECTS = "*";

    public static final Grants NONE = new Grants(null, Map.of());

    public Grants {
        byProject = Map.copyOf(byProject);
    }

    public static Grants everywhere(Role role) {
        return new Grants(role, Map.of());
    }

    /** @param projects names, or {@value #ALL_PROJECTS} */
    public static Grants of(Role role, List<String> projects) {
        Grants grants = NONE;
        for (String project : projects) {
            grants = grants.and(role, project);
        }
        return grants;
    }

    /** The same and one more. */
    public Grants and(Role role, String project) {
        if (ALL_PROJECTS.equals(project)) {
            return new Grants(higher(everywhere, role), byProject);
        }
        Map<String, Role> more = new HashMap<>(byProject);
        more.merge(project, role, Grants::higher);
        return new Grants(everywhere, more);
    }

    public Optional<Role> on(String project) {
        Role here = byProject.get(project);
        return Optional.ofNullable(here == null ? everywhere : higher(everywhere, here));
    }

    public boolean allows(Role needed, String project) {
        return on(project).filter(role -> role.includes(needed)).isPresent();
    }

    public boolean allowsEverywhere(Role needed) {
        return everywhere != null && everywhere.includes(needed);
    }

    public boolean allowsSomewhere(Role needed) {
        return allowsEverywhere(needed) || byProject.values().stream().anyMatch(role -> role.includes(needed));
    }

    /** The projects whose tasks the caller sees; empty for all, present without an element for none. */
    public Optional<Set<String>> visibleProjects() {
        return everywhere == null ? Optional.of(byProject.keySet()) : Optional.empty();
    }

    private static Role higher(@Nullable Role one, Role other) {
        return one != null && one.includes(other) ? one : other;
    }
}
