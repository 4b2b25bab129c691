package io.sluice.task.precheck.check;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One line of a precheck.
 *
 * @param reason what was found and what to do, in words; empty when there is nothing to say
 * @param fix what to paste, SQL as a rule; empty when nothing can be pasted
 * @param objects the names of what is meant, the first 100 of them
 * @param objectCount how many are meant
 */
public record Item(
        String key, Group group, Result result, String reason, String fix, List<String> objects, int objectCount) {

    static final int OBJECTS = 100;

    public Item {
        objects = List.copyOf(objects);
    }

    static Item of(About about, List<Finding> findings, String remark) {
        Result worst = findings.stream()
                .map(Finding::result)
                .max(Comparator.naturalOrder())
                .orElse(Result.PASSED);
        return new Item(
                about.key(),
                about.group(),
                worst,
                findings.isEmpty()
                        ? remark
                        : findings.stream().map(Finding::reason).distinct().collect(Collectors.joining("\n")),
                findings.stream()
                        .map(Finding::fix)
                        .filter(fix -> !fix.isEmpty())
                        .distinct()
                        .collect(Collectors.joining("\n")),
                findings.stream()
                        .flatMap(finding -> finding.objects().stream())
                        .distinct()
                        .limit(OBJECTS)
                        .toList(),
                findings.stream().mapToInt(Finding::objectCount).sum());
    }

    /** Cannot be done, because of what another line says. */
    static Item blocked(About about, String by) {
        return new Item(
                about.key(),
                about.group(),
                Result.FAILED,
                "This could not be looked at because of " + by + ": see there.",
                "",
                List.of(),
                0);
    }
}
