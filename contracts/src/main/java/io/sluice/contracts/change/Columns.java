package io.sluice.contracts.change;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The names of the columns that a row carries, in order. Shared by all rows of one shape; immutable. */
public final class Columns {

    private final List<String> names;
    private final Map<String, Integer> places;

    /** @throws IllegalArgumentException when a name comes twice */
    public Columns(List<String> names) {
        this.names = List.copyOf(names);
        this.places = new HashMap<>();
        for (int place = 0; place < names.size(); place++) {
            if (places.put(names.get(place), place) != null) {
                throw new IllegalArgumentException("columns: one name comes twice");
            }
        }
    }

    public List<String> names() {
        return names;
    }

    public int size() {
        return names.size();
    }

    /** The column's place, or -1 when the row does not carry it. */
    public int place(String name) {
        return places.getOrDefault(name, -1);
    }

    public boolean contains(String name) {
        return places.containsKey(name);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Columns columns && names.equals(columns.names);
    }

    @Override
    public int hashCode() {
        return names.hashCode();
    }

    @Override
    public String toString() {
        return names.toString();
    }
}
