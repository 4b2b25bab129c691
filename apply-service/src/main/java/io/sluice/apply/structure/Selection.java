package io.sluice.apply.structure;

import io.sluice.contracts.task.TaskSpec;
import io.sluice.postgres.dialect.ObjectKind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which objects go with the chosen tables: what belongs to them, what they need, everything in schemas that are chosen
 * as a whole, and the views that read nothing but what is chosen.
 */
final class Selection {

    private final SourceObjects objects;
    private final TaskSpec spec;
    private final Set<Ref> selected = new LinkedHashSet<>();
    private final Map<Ref, String> partial = new HashMap<>();

    private Selection(SourceObjects objects, TaskSpec spec) {
        this.objects = objects;
        this.spec = spec;
    }

    static Selection of(SourceObjects objects, TaskSpec spec) {
        Selection selection = new Selection(objects, spec);
        selection.select();
        selection.findPartial();
        return selection;
    }

    Set<Ref> selected() {
        return selected;
    }

    /** The views that read something of what is chosen and something else, which is the reason why they are left out. */
    Map<Ref, String> partial() {
        return partial;
    }

    private void findPartial() {
        int before = -1;
        while (before != partial.size()) {
            before = partial.size();
            for (SourceObject object : objects.all()) {
                boolean view = object.kind() == ObjectKind.VIEW || object.kind() == ObjectKind.MATERIALIZED_VIEW;
                if (view && object.table() == null && !selected.contains(object.ref()) && !leftOut(object)) {
                    List<Ref> reads = objects.needs(object.ref()).stream()
                            .filter(need -> need.catalog() == Ref.CLASS)
                            .toList();
                    if (reads.stream().anyMatch(read -> selected.contains(read) || partial.containsKey(read))) {
                        partial.putIfAbsent(
                                object.ref(),
                                "It reads "
                                        + reads.stream()
                                                .filter(read -> !selected.contains(read))
                                                .map(objects::relationName)
                                                .sorted()
                                                .collect(Collectors.joining(", "))
                                        + ", which is not chosen.");
                    }
                }
            }
        }
    }

    /** Everything that the objects need, themselves included. */
    static Set<Ref> closure(SourceObjects objects, Set<Ref> from) {
        Set<Ref> found = new HashSet<>(from);
        Deque<Ref> open = new ArrayDeque<>(from);
        while (!open.isEmpty()) {
            for (Ref need : objects.needs(open.remove())) {
                if (objects.find(need) != null && found.add(need)) {
                    open.add(need);
                }
            }
        }
        return found;
    }

    private void select() {
        for (SourceObject object : objects.all()) {
            if (object.kind() == ObjectKind.TABLE
                    || object.table() == null
                            && object.schema() != null
                            && spec.choosesAllOf(object.schema())
                            && !leftOut(object)) {
                selected.add(object.ref());
            }
        }
        int before = -1;
        while (before != selected.size()) {
            before = selected.size();
            objects.all().stream()
                    .filter(this::goesAlong)
                    .map(SourceObject::ref)
                    .forEach(selected::add);
            selected.addAll(closure(objects, selected));
        }
    }

    private boolean goesAlong(SourceObject object) {
        if (selected.contains(object.ref())) {
            return false;
        }
        Set<Ref> needs = objects.needs(object.ref());
        return switch (object.kind()) {
            case VIEW, MATERIALIZED_VIEW ->
                object.table() == null
                        ? !leftOut(object)
                                && needs.stream().anyMatch(this::selectedRelation)
                                && needs.stream()
                                        .filter(need -> need.catalog() == Ref.CLASS)
                                        .allMatch(selected::contains)
                        : selected.contains(object.uses().getFirst());
            case CAST ->
                !needs.isEmpty()
                        && needs.stream().anyMatch(selected::contains)
                        && needs.stream()
                                .filter(need -> objects.find(need) != null)
                                .allMatch(selected::contains);
            case KEY,
                    CONSTRAINT,
                    INDEX,
                    STATISTICS,
                    RULE,
                    TRIGGER,
                    FOREIGN_KEY,
                    POLICY,
                    TABLE_SETTING,
                    COMMENT,
                    PRIVILEGE ->
                !object.uses().isEmpty() && selected.contains(object.uses().getFirst());
            case SCHEMA,
                    EXTENSION,
                    COLLATION,
                    TYPE,
                    DOMAIN,
                    SEQUENCE,
                    TABLE,
                    FUNCTION,
                    PROCEDURE,
                    AGGREGATE,
                    OPERATOR,
                    OTHER -> false;
        };
    }

    /** Views are excluded by name, like tables; one that another object needs comes along all the same. */
    private boolean leftOut(SourceObject object) {
        boolean view = object.kind() == ObjectKind.VIEW || object.kind() == ObjectKind.MATERIALIZED_VIEW;
        return view && spec.excludes(object.relation());
    }

    private boolean selectedRelation(Ref need) {
        return need.catalog() == Ref.CLASS && selected.contains(need);
    }
}
