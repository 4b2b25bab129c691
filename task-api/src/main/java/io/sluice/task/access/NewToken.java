package io.sluice.task.access;

import io.sluice.contracts.access.Grants;
import io.sluice.contracts.access.Role;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/**
 * A token as an administrator asks for it; nothing is checked yet.
 *
 * @param projects names, or one {@code *} for all
 * @param expiresAt default: 90 days from now; at most a year from now
 */
@Schema(name = "NewToken")
record NewToken(
        @Schema(required = true, minLength = 1, maxLength = 64) @Nullable
        String name,

        @Schema(
                required = true,
                enumeration = {"viewer", "operator", "admin"})
        @Nullable
        String role,

        @Schema(required = true) @Nullable List<@Nullable String> projects,
        @Schema(format = "date-time") @Nullable String expiresAt) {

    static final Duration DEFAULT_LIFE = Duration.ofDays(90);
    static final Duration LONGEST_LIFE = Duration.ofDays(366);

    private static final int MOST_PROJECTS = 100;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    /** In the audit trail these are somebody else. */
    private static final Set<String> RESERVED = Set.of("admin", "sluice");

    /** A token as it is made. */
    record Checked(String name, Role role, List<String> projects, Instant expiresAt) {}

    /** @throws SluiceException {@code VALIDATION_FAILED} with everything that is wrong */
    Checked checked(Instant now) {
        List<Violation> violations = new ArrayList<>();
        if (name == null || !NAME.matcher(name).matches() || RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
            violations.add(violation(
                    "name",
                    "must have 1-64 letters, digits, dots, hyphens, underscores, no sign first; not admin or sluice."));
        }
        Role parsedRole = Arrays.stream(Role.values())
                .filter(each -> each.label().equals(role))
                .findFirst()
                .orElse(null);
        if (parsedRole == null) {
            violations.add(violation("role", "must be viewer, operator or admin."));
        }
        List<String> named = projects(violations);
        Instant end = end(now, violations);
        if (!violations.isEmpty()) {
            Violation first = violations.getFirst();
            String more = violations.size() == 1 ? "" : " And " + (violations.size() - 1) + " more; see violations.";
            throw new SluiceException(first.field() + " " + first.message() + more, violations);
        }
        return new Checked(String.valueOf(name), java.util.Objects.requireNonNull(parsedRole), named, end);
    }

    private List<String> projects(List<Violation> violations) {
        List<String> named = new ArrayList<>();
        boolean valid = projects != null && !projects.isEmpty() && projects.size() <= MOST_PROJECTS;
        if (projects != null) {
            for (String project : projects) {
                boolean all = Grants.ALL_PROJECTS.equals(project) && projects.size() == 1;
                if (project == null || !all && !NAME.matcher(project).matches()) {
                    valid = false;
                } else {
                    named.add(project);
                }
            }
        }
        if (!valid || new HashSet<>(named).size() != named.size()) {
            violations.add(violation(
                    "projects",
                    "must be 1-" + MOST_PROJECTS + " names of projects, each once, or [\"*\"] for all projects."));
        }
        return named;
    }

    private Instant end(Instant now, List<Violation> violations) {
        if (expiresAt == null) {
            return now.plus(DEFAULT_LIFE);
        }
        try {
            Instant asked = Instant.parse(expiresAt);
            if (asked.isAfter(now) && !asked.isAfter(now.plus(LONGEST_LIFE))) {
                return asked;
            }
        } catch (DateTimeParseException e) {
            // Told below.
        }
        violations.add(violation(
                "expiresAt",
                "must be an instant in the future, at most " + LONGEST_LIFE.toDays()
                        + " days from now, as in 2026-01-31T12:00:00Z."));
        return now;
    }

    private static Violation violation(String field, String message) {
        return new Violation(field, ErrorCode.VALIDATION_FAILED, message);
    }
}
