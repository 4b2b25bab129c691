package io.sluice.task.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.TreeSet;

/** JSON Merge Patch (RFC 7396): what is named changes, {@code null} takes away, lists are taken whole. */
final class MergePatch {

    private MergePatch() {}

    /** @return a new document; the given ones stay as they are */
    static ObjectNode apply(ObjectNode document, ObjectNode patch) {
        ObjectNode merged = document.deepCopy();
        patch.properties().forEach(field -> {
            if (field.getValue().isNull()) {
                merged.remove(field.getKey());
            } else if (field.getValue() instanceof ObjectNode inner) {
                ObjectNode before = merged.get(field.getKey()) instanceof ObjectNode object
                        ? object
                        : JsonNodeFactory.instance.objectNode();
                merged.set(field.getKey(), apply(before, inner));
            } else {
                merged.set(field.getKey(), field.getValue());
            }
        });
        return merged;
    }

    /** Paths of the fields in which two documents differ, as in {@code source.host}; a list is one field. */
    static Set<String> differences(ObjectNode before, ObjectNode after) {
        Set<String> paths = new TreeSet<>();
        collect("", before, after, paths);
        return paths;
    }

    private static void collect(String prefix, ObjectNode before, ObjectNode after, Set<String> paths) {
        Set<String> names = new TreeSet<>();
        before.fieldNames().forEachRemaining(names::add);
        after.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            JsonNode old = before.path(name);
            JsonNode changed = after.path(name);
            if (old instanceof ObjectNode oldObject && changed instanceof ObjectNode changedObject) {
                collect(prefix + name + ".", oldObject, changedObject, paths);
            } else if (!old.equals(changed)) {
                paths.add(prefix + name);
            }
        }
    }
}
