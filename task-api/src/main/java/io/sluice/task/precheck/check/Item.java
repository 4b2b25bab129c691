package io.sluice.task.precheck.check;

import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * One line of a precheck.
 *
 * @param reason what was found and what to do, in words, the first 100 of them; empty when there is nothing to say
 * @param fix what to paste, SQL as a rule, the first 100; empty when nothing can be pasted
 * @param objects the names of what is meant, the first 100 of them
 * @param objectCount how many are meant
 * @param mark another one when anything else is said, of whatever object; 0 when what is said is of the moment
 */
public record Item(
        String key,
        Group group,
        Result result,
        String reason,
        String fix,
        List<String> objects,
        int objectCount,
        int mark) {

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
                findings.isEmpty() ? remark : lines(findings, Finding::reason, "… and %d more of this kind."),
                lines(findings, Finding::fix, "-- … and %d more"),
                findings.stream()
                        .flatMap(finding -> finding.objects().stream())
                        .distinct()
                        .limit(OBJECTS)
                        .toList(),
                findings.stream().mapToInt(Finding::objectCount).sum(),
                about.momentary()
                        ? 0
                        : findings.stream().map(Finding::mark).toList().hashCode());
    }

    /** Who has read one of them has read the other; of what changes from moment to moment the same thing is meant. */
    public boolean saysTheSame(Item other) {
        return key.equals(other.key) && result == other.result && mark == other.mark;
    }

    /** @param rest what to say of those that are left out, with their number */
    private static String lines(List<Finding> findings, Function<Finding, String> what, String rest) {
        List<String> lines = findings.stream()
                .map(what)
                .filter(line -> !line.isEmpty())
                .distinct()
                .toList();
        String first = lines.stream().limit(OBJECTS).collect(Collectors.joining("\n"));
        return lines.size() <= OBJECTS ? first : first + "\n" + rest.formatted(lines.size() - OBJECTS);
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
                0,
                0);
    }
}
