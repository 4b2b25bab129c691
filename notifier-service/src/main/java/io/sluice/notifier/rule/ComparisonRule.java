package io.sluice.notifier.rule;

import io.sluice.contracts.errand.ComparisonKind;
import io.sluice.contracts.event.Comparison;
import io.sluice.contracts.event.TaskEvent;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A comparison found differences. It resolves when each table that differed was found equal since, by a comparison that
 * looks as closely; each mark is a kind of comparison and a table. A table that could not be compared to an end, as one
 * that is written to all the time, says nothing either way.
 */
record ComparisonRule() implements Rule {

    private static final int SHOWN = 10;

    /** Instead of tables, when there are more than anybody names: only a comparison of everything settles it. */
    private static final String UNNAMED = " *";

    @Override
    public AlertKind kind() {
        return AlertKind.COMPARISON;
    }

    @Override
    public List<String> mark(TaskEvent event, List<String> before) {
        if (TaskStates.unstarted(event.state())) {
            return List.of();
        }
        Comparison comparison = event.comparison();
        if (comparison == null) {
            return before;
        }
        TreeSet<String> marks = new TreeSet<>(before);
        marks.removeIf(mark -> settles(comparison, mark));
        comparison.differing().forEach(table -> marks.add(comparison.kind() + " " + table));
        boolean tooMany = comparison.differing().size() >= Comparison.NAMES || marks.size() > Comparison.NAMES;
        if (tooMany || differs(comparison) && comparison.differing().isEmpty()) {
            marks.add(comparison.kind() + UNNAMED);
        }
        return Stream.concat(
                        marks.stream().filter(mark -> mark.endsWith(UNNAMED)),
                        marks.stream().filter(mark -> !mark.endsWith(UNNAMED)))
                .limit(Comparison.NAMES)
                .toList();
    }

    private static boolean differs(Comparison comparison) {
        return !comparison.differing().isEmpty()
                || !comparison.equal() && comparison.undecided().isEmpty();
    }

    /** Whether the comparison has looked at what the mark stands for. */
    private static boolean settles(Comparison comparison, String mark) {
        int space = mark.indexOf(' ');
        ComparisonKind marked = ComparisonKind.valueOf(mark.substring(0, space));
        String table = mark.substring(space + 1);
        boolean asClose = comparison.kind() == marked
                || comparison.kind() == ComparisonKind.CONTENT && marked == ComparisonKind.ROW_COUNT;
        if (!asClose) {
            return false;
        }
        boolean all = comparison.compared().isEmpty();
        return mark.endsWith(UNNAMED)
                ? all && comparison.undecided().isEmpty()
                : (all || comparison.compared().contains(table))
                        && !comparison.undecided().contains(table);
    }

    @Override
    public Finding look(TaskEvent event, List<String> marks) {
        if (TaskStates.unstarted(event.state())) {
            return new Finding.Over("is set up anew", "It is in state " + event.state() + ".");
        }
        Comparison comparison = event.comparison();
        if (comparison == null) {
            return Finding.noNews();
        }
        String which = "Comparison " + comparison.number() + " (" + comparison.kind() + ")";
        if (marks.isEmpty()) {
            return new Finding.Good("compares equal", which + " found no difference.");
        }
        return differs(comparison)
                ? new Finding.Bad(event.at(), "differs from its source", which + " found differences: " + tables(marks))
                : Finding.noNews();
    }

    private static String tables(List<String> marks) {
        List<String> tables = marks.stream()
                .filter(mark -> !mark.endsWith(UNNAMED))
                .map(mark -> mark.substring(mark.indexOf(' ') + 1))
                .distinct()
                .toList();
        String names = String.join(", ", tables.subList(0, Math.min(SHOWN, tables.size())));
        return (tables.isEmpty() ? "see its result" : names)
                + (tables.size() > SHOWN ? " and " + (tables.size() - SHOWN) + " more." : ".");
    }
}
