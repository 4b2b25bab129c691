package io.sluice.apply.exception;

import io.sluice.apply.change.RowIdentity;
import io.sluice.apply.exception.ExceptionTable.OpenRows;
import io.sluice.contracts.change.ChangePosition;
import io.sluice.contracts.task.TableName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Of which rows there are exceptions, and at which places of the source. Not thread-safe. */
final class PlacesOfRows {

    /** Of each row the places of its exceptions. */
    private final Map<String, List<ChangePosition>> rows = new HashMap<>();

    /** Of each table by which columns its exceptions tell rows apart, and their places. */
    private final Map<TableName, Map<List<String>, List<ChangePosition>>> ways = new HashMap<>();

    PlacesOfRows copy() {
        PlacesOfRows copy = new PlacesOfRows();
        copyInto(rows, copy.rows);
        ways.forEach((table, known) -> copyInto(known, copy.ways.computeIfAbsent(table, none -> new HashMap<>())));
        return copy;
    }

    private static <K> void copyInto(Map<K, List<ChangePosition>> from, Map<K, List<ChangePosition>> to) {
        from.forEach((key, places) -> to.put(key, new ArrayList<>(places)));
    }

    boolean isEmpty() {
        return rows.isEmpty();
    }

    void note(RowIdentity of, ChangePosition position) {
        for (String row : of.rows()) {
            rows.computeIfAbsent(row, none -> new ArrayList<>(1)).add(position);
        }
        if (!of.rows().isEmpty()) {
            ways.computeIfAbsent(of.table(), none -> new HashMap<>())
                    .computeIfAbsent(of.columns(), none -> new ArrayList<>(1))
                    .add(position);
        }
    }

    void forget(OpenRows one) {
        one.rows().rows().forEach(row -> rows.computeIfPresent(row, (id, places) -> without(places, one)));
        ways.computeIfPresent(one.table(), (name, known) -> {
            known.computeIfPresent(one.rows().columns(), (columns, places) -> without(places, one));
            return known.isEmpty() ? null : known;
        });
    }

    private static @Nullable List<ChangePosition> without(List<ChangePosition> places, OpenRows closed) {
        return places.remove(closed.position()) && places.isEmpty() ? null : places;
    }

    /** The places of exceptions of which a change of these rows may not be independent; see {@link RowIdentity#mayMeet}. */
    Stream<ChangePosition> inTheWayOf(RowIdentity of) {
        return Stream.concat(
                of.rows().stream().flatMap(row -> rows.getOrDefault(row, List.of()).stream()),
                ways.getOrDefault(of.table(), Map.of()).entrySet().stream()
                        .filter(way -> !way.getKey().equals(of.columns()))
                        .flatMap(way -> way.getValue().stream()));
    }
}
