package io.sluice.apply.structure;

import io.sluice.contracts.task.TableName;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Everything that the source has and that could be made on the target, and what needs what. */
final class SourceObjects {

    /** A column that an object uses. */
    record ColumnUse(TableName table, String column) {}

    private final Map<Ref, SourceObject> objects = new LinkedHashMap<>();
    private final Map<Ref, Ref> parts = new HashMap<>();
    private final Map<Ref, Set<Ref>> needs = new HashMap<>();
    private final Map<Ref, Set<ColumnUse>> columns = new HashMap<>();
    private final Map<Ref, TableName> relationNames = new HashMap<>();

    /** What comes with an extension is none of ours. */
    void add(SourceObject object) {
        if (parts.containsKey(object.ref())) {
            return;
        }
        objects.put(object.ref(), object);
        object.uses().forEach(use -> addNeed(object.ref(), use));
    }

    /** What is made together with the other. */
    void addPart(Ref part, Ref whole) {
        parts.put(part, whole);
    }

    /** The object that a thing is made with. */
    Ref whole(Ref ref) {
        Ref at = ref;
        // A default belongs to a column, a column's type to a table: never deep.
        for (int i = 0; i < 8; i++) {
            Ref next = parts.get(at);
            if (next == null) {
                return at;
            }
            at = next;
        }
        return at;
    }

    void addNeed(Ref from, Ref to) {
        if (!from.equals(to)) {
            needs.computeIfAbsent(from, ref -> new HashSet<>()).add(to);
        }
    }

    /** Of what objects need, also when it is none of the task's. */
    void addRelationName(Ref ref, TableName name) {
        relationNames.put(ref, name);
    }

    String relationName(Ref ref) {
        TableName name = relationNames.get(ref);
        return name == null ? "a relation with OID " + ref.oid() : name.toString();
    }

    void addColumn(Ref from, ColumnUse use) {
        columns.computeIfAbsent(from, ref -> new HashSet<>()).add(use);
    }

    Set<Ref> needs(Ref ref) {
        return needs.getOrDefault(ref, Set.of());
    }

    Set<ColumnUse> columns(Ref ref) {
        return columns.getOrDefault(ref, Set.of());
    }

    @Nullable
    SourceObject find(Ref ref) {
        return objects.get(ref);
    }

    Collection<SourceObject> all() {
        return objects.values();
    }
}
