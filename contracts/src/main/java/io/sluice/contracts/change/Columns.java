package io.sluice.contracts.change;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The names of the columns that a row carries, in order. Shared by all rows of one shape; immutable. Equal when the names
 * are.
 */
public final class Columns {

    private final List<String> names;
    private final Map<String, Integer> places;
    private final List<Integer> numbers;

    /** @throws IllegalArgumentException when a name comes twice */
    public Columns(List<String> names) {
        this(names, List.of());
    }

    /**
     * The columns of a table, as it is described.
     *
     * @param numbers of each in the source's catalog, which a column keeps whatever it is called; empty when they are not
     *     known
     */
    public Columns(List<String> names, List<Integer> numbers) {
        if (!numbers.isEmpty() && numbers.size() != names.size()) {
            throw new IllegalArgumentException(
                    "columns: " + numbers.size() + " numbers for " + names.size() + " names");
        }
        this.names = List.copyOf(names);
        this.numbers = List.copyOf(numbers);
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

    /** In the source's catalog, place by place; empty when they are not known. */
    public List<Integer> numbers() {
        return numbers;
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
