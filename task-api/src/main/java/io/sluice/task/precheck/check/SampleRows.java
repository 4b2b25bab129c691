package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableMapping;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.catalog.ColumnDefinition;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.transform.RowFrame;
import io.sluice.transform.RowFrame.Operation;
import io.sluice.transform.RowTransform;
import io.sluice.transform.TransformFailure;
import io.sluice.transform.Value;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tries a transform on rows that the source has now: the first ones, and some from everywhere in a large table. */
final class SampleRows {

    private static final int FIRST = 200;
    private static final int SPREAD = 300;

    /** Of these a few pages are read that lie anywhere. */
    private static final int LARGE_PAGES = 100;

    private static final double SAMPLED_PAGES = 50;

    /** Characters; a larger row is not tried. */
    private static final int LARGEST_ROW = 1_000_000;

    /** Rows that are in memory at a time. */
    private static final int FETCH = 10;

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Subject subject;
    private final TableMapping mapping;
    private final TableDefinition table;
    private final RowTransform transform;
    private final RowFrame frame;
    private int tried;
    private int failed;
    private @Nullable String first;

    SampleRows(Subject subject, TableMapping mapping, TableDefinition table, RowTransform transform) {
        this.subject = subject;
        this.mapping = mapping;
        this.table = table;
        this.transform = transform;
        this.frame = new RowFrame(
                table.name().toString(),
                table.columns().stream().collect(Collectors.toMap(ColumnDefinition::name, ColumnDefinition::castType)));
    }

    /** Returns how many rows were tried. */
    int run(String field, Findings findings) throws SQLException {
        boolean large = table.kind() == TableDefinition.Kind.TABLE && table.pages() > LARGE_PAGES;
        tryAll(sql("", FIRST));
        if (large) {
            tryAll(sql(" TABLESAMPLE SYSTEM (" + 100 * SAMPLED_PAGES / table.pages() + ")", SPREAD));
        }
        if (failed > 0) {
            findings.fail(
                    field,
                    ErrorCode.TRANSFORM_FAILED,
                    "The transform of " + table.name() + " fails on " + failed + " of " + tried
                            + " rows that were tried, the first being the row " + first + ".",
                    "",
                    List.of(table.name()));
        }
        return tried;
    }

    /** The values as COPY writes them, which does not cut blanks at the end. */
    private String sql(String sample, int most) {
        String only = table.kind() == TableDefinition.Kind.PARTITIONED ? "" : "ONLY ";
        String filter = mapping.filter() == null ? "" : " WHERE (" + mapping.filter() + "\n)";
        String row = "\"sluice sample\"";
        return "SELECT "
                + table.writableColumns().stream()
                        .map(column -> "CASE WHEN " + Identifier.quote(column.name())
                                + " IS NOT NULL THEN format('%s', " + Identifier.quote(column.name()) + ") END")
                        .collect(Collectors.joining(", "))
                + " FROM (SELECT * FROM " + only + Identifier.quote(table.name()) + sample + filter + " LIMIT " + most
                + ") AS " + row + " WHERE octet_length(" + row + "::text) <= " + LARGEST_ROW;
    }

    private void tryAll(String sql) throws SQLException {
        List<String> columns =
                table.writableColumns().stream().map(ColumnDefinition::name).toList();
        Connection source = subject.source().connection();
        // Only within a transaction rows come as they are asked for.
        source.setAutoCommit(false);
        try (Statement statement = source.createStatement()) {
            // Braces of a filter are no JDBC escapes here.
            statement.setEscapeProcessing(false);
            statement.setFetchSize(FETCH);
            try (ResultSet row = statement.executeQuery(sql)) {
                while (row.next()) {
                    Map<String, @Nullable String> values = new HashMap<>();
                    for (int i = 0; i < columns.size(); i++) {
                        values.put(columns.get(i), row.getString(i + 1));
                    }
                    tryOne(new Sample(values));
                }
            }
        } finally {
            source.rollback();
            source.setAutoCommit(true);
        }
    }

    /** A row of the source. */
    private record Sample(Map<String, @Nullable String> values) implements RowFrame.Image {

        @Override
        public boolean holds(String column) {
            return values.containsKey(column);
        }

        @Override
        public @Nullable String text(String column) {
            return values.get(column);
        }
    }

    private void tryOne(Sample row) {
        tried++;
        try {
            for (Operation operation : operations()) {
                switch (operation) {
                    case LOAD -> frame.load(row);
                    case INSERT -> frame.set(operation, row, null, NOW);
                    case UPDATE, DELETE -> frame.set(operation, row, row, NOW);
                }
                Map<String, Value> values = transform.valuesOf(frame);
                for (Map.Entry<String, Value> value :
                        values == null ? List.<Map.Entry<String, Value>>of() : List.copyOf(values.entrySet())) {
                    tryValue(value);
                }
            }
        } catch (TransformFailure e) {
            failed++;
            if (first == null) {
                first = key(row) + ": " + e.getMessage();
            }
        }
    }

    private void tryValue(Map.Entry<String, Value> value) throws TransformFailure {
        String unused = value.getValue().text(frame);
    }

    private List<Operation> operations() {
        List<Operation> operations = new ArrayList<>();
        if (subject.spec().mode().loads()) {
            operations.add(Operation.LOAD);
        }
        if (subject.streams()
                && (operations.isEmpty() || transform.choiceDependsOnChange() || transform.valuesDependOnChange())) {
            operations.addAll(List.of(Operation.INSERT, Operation.UPDATE, Operation.DELETE));
        }
        return operations;
    }

    private String key(Sample row) {
        List<String> key = table.primaryKey().isEmpty() ? table.identityColumns() : table.primaryKey();
        return key.isEmpty()
                ? "number " + tried + " (the table has no key)"
                : key.stream()
                        .map(column -> column + " = " + row.text(column))
                        .collect(Collectors.joining(", ", "with ", ""));
    }
}
