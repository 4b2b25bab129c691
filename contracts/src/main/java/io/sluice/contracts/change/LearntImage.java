package io.sluice.contracts.change;

/** The columns of an image of a row, and how each name stands there, with its colon. Immutable. */
final class LearntImage {

    private final Columns columns;
    private final byte[][] names;

    LearntImage(Columns columns) {
        this.columns = columns;
        this.names = columns.names().stream()
                .map(name -> {
                    ByteSink sink = new ByteSink(name.length() + 3);
                    sink.quoted(name);
                    sink.put(':');
                    return sink.copyOf(0, sink.size());
                })
                .toArray(byte[][]::new);
    }

    Columns columns() {
        return columns;
    }

    /** Not a copy, since it is asked for with every row: not to be written to. */
    byte[][] names() {
        return names;
    }
}
