package io.sluice.contracts.task;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a user asked for, as the services need it: complete, defaults filled in, secrets sealed. task-api checks the
 * rules of the REST contract before a spec becomes one of these. What an older task-api did not write gets its default.
 *
 * @param choices the tables, and what becomes of them
 * @param loadWorkers connections that copy rows at a time, 1-64
 * @param alertTopic the notifier topic to tell; null when nobody is to be told
 * @param lagThresholdSeconds 1-3600; null when lag is nothing to tell of
 */
public record TaskSpec(
        String name,
        SyncMode mode,
        Endpoint source,
        Dialect dialect,
        Endpoint target,
        @JsonProperty("include") List<TableChoice> choices,
        List<TablePattern> exclude,
        int loadWorkers,
        RetryWindows retry,
        @Nullable String alertTopic,
        StructureChoice structure,
        ChangeChoice changes,
        List<Transform> transforms,
        LoadLimits loadLimits,
        ChangeLimits changeLimits,
        @Nullable Integer lagThresholdSeconds) {

    public TaskSpec {
        choices = List.copyOf(choices);
        exclude = List.copyOf(exclude);
        structure = Objects.requireNonNullElse(structure, StructureChoice.DEFAULT);
        changes = Objects.requireNonNullElse(changes, ChangeChoice.DEFAULT);
        transforms = List.copyOf(Objects.requireNonNullElse(transforms, List.of()));
        loadLimits = Objects.requireNonNullElse(loadLimits, LoadLimits.NONE);
        changeLimits = Objects.requireNonNullElse(changeLimits, ChangeLimits.NONE);
    }

    /** With the default of everything that is not named here. */
    public TaskSpec(
            String name,
            SyncMode mode,
            Endpoint source,
            Dialect dialect,
            Endpoint target,
            List<TablePattern> include,
            List<TablePattern> exclude,
            int loadWorkers,
            RetryWindows retry,
            @Nullable String alertTopic) {
        this(
                name,
                mode,
                source,
                dialect,
                target,
                include.stream().map(TableChoice::unchanged).toList(),
                exclude,
                loadWorkers,
                retry,
                alertTopic,
                StructureChoice.DEFAULT,
                ChangeChoice.DEFAULT,
                List.of(),
                LoadLimits.NONE,
                ChangeLimits.NONE,
                null);
    }

    /** The patterns of {@link #choices}. */
    public List<TablePattern> include() {
        return include(choices).toList();
    }

    private static Stream<TablePattern> include(List<TableChoice> choices) {
        return choices.stream().map(TableChoice::pattern);
    }

    /** Every table of the schema was asked for, and with them what else lies there; what is excluded by name aside. */
    public boolean choosesAllOf(String schema) {
        return choices.stream()
                .anyMatch(choice -> choice.table().equals("*") && TablePattern.glob(choice.schema(), schema));
    }

    /** Whether capture and apply would do the same for both; who is told of what is none of their business. */
    public boolean asksForTheSameWork(TaskSpec other) {
        return silent().equals(other.silent());
    }

    /** Whether a run of one may go on as a run of the other: they differ at most in workers, limits, what an error stops, and who is told. */
    public boolean sameRun(TaskSpec other) {
        return lasting().equals(other.lasting());
    }

    /** Whether the patterns choose this table. */
    public boolean chooses(TableName name) {
        return include().stream().anyMatch(pattern -> pattern.matches(name)) && !excludes(name);
    }

    /** Whether the patterns keep this table, or view, out. */
    public boolean excludes(TableName name) {
        return exclude.stream().anyMatch(pattern -> pattern.matches(name));
    }

    /** The same task between other databases. */
    public TaskSpec between(Endpoint otherSource, Endpoint otherTarget) {
        return new TaskSpec(
                name,
                mode,
                otherSource,
                dialect,
                otherTarget,
                choices,
                exclude,
                loadWorkers,
                retry,
                alertTopic,
                structure,
                changes,
                transforms,
                loadLimits,
                changeLimits,
                lagThresholdSeconds);
    }

    /** The same task with other tables. */
    public TaskSpec withTables(List<TableChoice> otherChoices, List<TablePattern> otherExclude) {
        return with(otherChoices, otherExclude, transforms);
    }

    private TaskSpec with(
            List<TableChoice> otherChoices, List<TablePattern> otherExclude, List<Transform> otherTransforms) {
        return new TaskSpec(
                name,
                mode,
                source,
                dialect,
                target,
                otherChoices,
                otherExclude,
                loadWorkers,
                retry,
                alertTopic,
                structure,
                changes,
                otherTransforms,
                loadLimits,
                changeLimits,
                lagThresholdSeconds);
    }

    /**
     * The same task when the source has given one of its tables another name: what was chosen for the table is chosen for it
     * under the new name. A name on the target that was chosen stays; one that was the source's follows it.
     */
    public TaskSpec renamed(TableName from, TableName to) {
        List<TableChoice> named = choices.stream()
                .filter(choice -> !choice.isOf(to))
                .map(choice -> choice.isOf(from) ? choice.of(to) : choice)
                .collect(Collectors.toCollection(ArrayList::new));
        TableChoice wanted = chosen(choices, from, to);
        if (!include(named).anyMatch(pattern -> pattern.matches(to))
                || !chosen(named, to, to).equals(wanted)) {
            named.add(wanted);
        }
        List<Transform> follow = transforms.stream()
                .filter(transform -> !transform.isOf(to))
                .map(transform ->
                        transform.isOf(from) ? new Transform(to.toString(), transform.expression()) : transform)
                .toList();
        return with(named, exclude, follow);
    }

    /** What the choices say of one table, as a choice of another. */
    private static TableChoice chosen(List<TableChoice> choices, TableName of, TableName as) {
        TableChoice found = TableMapping.choice(choices, of);
        return (found == null ? TableChoice.unchanged(new TablePattern(as.schema(), as.table())) : found).of(as);
    }

    private TaskSpec lasting() {
        return new TaskSpec(
                name,
                mode,
                source,
                dialect,
                target,
                choices,
                exclude,
                0,
                retry,
                null,
                structure,
                changes.with(ChangeChoice.TableError.STOP_TASK),
                transforms,
                LoadLimits.NONE,
                ChangeLimits.NONE,
                null);
    }

    private TaskSpec silent() {
        return new TaskSpec(
                name,
                mode,
                source,
                dialect,
                target,
                choices,
                exclude,
                loadWorkers,
                retry,
                null,
                structure,
                changes,
                transforms,
                loadLimits,
                changeLimits,
                null);
    }

    /** Tables by pattern: {@code *} any run of characters, {@code ?} any one character; case-sensitive. */
    public record TablePattern(String schema, String table) {

        public boolean matches(TableName name) {
            return glob(schema, name.schema()) && glob(table, name.table());
        }

        /** It names one table. */
        public boolean exact() {
            return literal(schema) && literal(table);
        }

        private static boolean literal(String pattern) {
            return pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0;
        }

        private static boolean glob(String pattern, String text) {
            int p = 0;
            int t = 0;
            int star = -1;
            int mark = 0;
            while (t < text.length()) {
                if (p < pattern.length() && pattern.charAt(p) == '*') {
                    star = p++;
                    mark = t;
                } else if (p < pattern.length() && (pattern.charAt(p) == '?' || pattern.charAt(p) == text.charAt(t))) {
                    p++;
                    t++;
                } else if (star >= 0) {
                    p = star + 1;
                    t = ++mark;
                } else {
                    return false;
                }
            }
            while (p < pattern.length() && pattern.charAt(p) == '*') {
                p++;
            }
            return p == pattern.length();
        }
    }

    /** How long errors are retried before the task fails, in minutes. */
    public record RetryWindows(int connectionMinutes, int otherMinutes) {}
}
