package io.sluice.contracts.change;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.ChangeRecord.Heartbeat;
import io.sluice.contracts.change.ChangeRecord.RowChange;
import io.sluice.contracts.change.ChangeRecord.TooLarge;
import io.sluice.contracts.change.ChangeRecord.TransactionEnd;
import io.sluice.contracts.change.ChangeRecord.Truncate;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of a change topic, in the field order that {@link ChangeEncoder} writes or any other. Column lists
 * are shared between rows of one shape. Not thread-safe: one per consumer.
 */
public final class ChangeDecoder {

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** For the rare records that are no rows. */
    private static final ObjectMapper TREES = new ObjectMapper();

    private final Map<List<String>, Columns> shapes = new HashMap<>();
    private final Map<TableName, TableName> tables = new HashMap<>();
    private final Map<List<String>, List<String>> keys = new HashMap<>();
    private final QuickDecoder quick = new QuickDecoder();

    /**
     * @param value null for a record without one, which only others write
     * @throws SluiceException {@code CHANGE_UNREADABLE} when the record is not of this format
     */
    public ChangeRecord decode(byte @Nullable [] value) {
        if (value == null) {
            throw foreign();
        }
        ChangeRecord known = quick.decode(value);
        if (known != null) {
            return known;
        }
        ChangeRecord parsed = parse(value);
        if (parsed instanceof RowChange change) {
            quick.learn(value, change);
        }
        return parsed;
    }

    /** By a parser of JSON alone. */
    ChangeRecord parse(byte[] value) {
        try (JsonParser parser = JSON.createParser(value)) {
            Fields fields = new Fields();
            expect(parser, parser.nextToken(), JsonToken.START_OBJECT);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken token = parser.nextToken();
                switch (name) {
                    case "op" -> fields.op = parser.getText();
                    case "status" -> fields.status = parser.getText();
                    case "source" -> source(parser, token, fields);
                    case "message" -> message(parser, token, fields);
                    case "transaction" -> transaction(parser, token, fields);
                    case "id" -> fields.transactionId = parser.getText();
                    case "event_count" -> fields.order = parser.getLongValue() + 1;
                    case "end_lsn" -> fields.endLsn = parser.getText();
                    case "ts_ms" -> fields.millis = parser.getLongValue();
                    case "before" -> fields.before = token == JsonToken.VALUE_NULL ? null : row(parser, token);
                    case "after" -> fields.after = token == JsonToken.VALUE_NULL ? null : row(parser, token);
                    default -> parser.skipChildren();
                }
            }
            if (parser.nextToken() != null) {
                throw new IOException("more than one value");
            }
            return record(fields);
        } catch (IOException | IllegalArgumentException | NullPointerException | SluiceException e) {
            // A list that has nothing in a place, the content of a command. What the parser says would quote the
            // record.
            throw foreign();
        }
    }

    private static SluiceException foreign() {
        return new SluiceException(
                ErrorCode.CHANGE_UNREADABLE,
                "a record is not of the form that Sluice writes. Somebody else has written into the topic, or it is"
                        + " damaged. Nothing after it was applied. Keep others from writing to the topic (ACLs), then"
                        + " resume the task with {\"reload\": [\"*\"]}, which makes the topic anew.");
    }

    /** The fields of one record, in whatever order they come. */
    private static final class Fields {
        private @Nullable String op;
        private @Nullable DdlContent ddl;
        private long tooLarge;
        private @Nullable String status;
        private @Nullable String schema;
        private @Nullable String table;
        private List<String> key = List.of();
        private @Nullable Columns described;
        private long lsn;
        private long commitMillis;
        private long aheadMillis;
        private @Nullable String transactionId;
        private long order;
        private @Nullable String endLsn;
        private long millis;
        private @Nullable Row before;
        private @Nullable Row after;
    }

    private ChangeRecord record(Fields fields) {
        if ("END".equals(fields.status) && fields.endLsn != null) {
            return new TransactionEnd(position(fields), Lsn.parse(fields.endLsn), fields.millis);
        }
        if ("m".equals(fields.op) && fields.ddl != null) {
            DdlContent ddl = fields.ddl;
            return new Ddl(
                    position(fields), fields.commitMillis, ddl.tag(), ddl.statement(), ddl.objects(), ddl.error());
        }
        if ("m".equals(fields.op) && fields.tooLarge > 0) {
            return new TooLarge(
                    new TableName(String.valueOf(fields.schema), String.valueOf(fields.table)),
                    position(fields),
                    fields.commitMillis,
                    fields.tooLarge);
        }
        if ("m".equals(fields.op)) {
            return new Heartbeat(
                    new ChangePosition(new Lsn(fields.lsn), 0, 0), fields.commitMillis, fields.aheadMillis);
        }
        if (fields.op == null || fields.schema == null || fields.table == null) {
            throw new IllegalArgumentException("change record: op, schema and table must be there");
        }
        TableName table = tables.computeIfAbsent(new TableName(fields.schema, fields.table), name -> name);
        ChangePosition position = position(fields);
        return switch (fields.op) {
            case "t" -> new Truncate(table, position, fields.commitMillis);
            case "c" -> change(Operation.INSERT, table, position, fields);
            case "u" -> change(Operation.UPDATE, table, position, fields);
            case "d" -> change(Operation.DELETE, table, position, fields);
            default -> throw new IllegalArgumentException("change record: unknown op " + fields.op);
        };
    }

    private static RowChange change(Operation operation, TableName table, ChangePosition position, Fields fields) {
        if (operation == Operation.DELETE ? fields.before == null : fields.after == null) {
            throw new IllegalArgumentException("change record: the row image is missing");
        }
        return new RowChange(
                operation,
                table,
                fields.key,
                position,
                fields.before,
                fields.after,
                fields.commitMillis,
                fields.described);
    }

    private static ChangePosition position(Fields fields) {
        String id = fields.transactionId;
        int colon = id == null ? -1 : id.indexOf(':');
        if (id == null || colon < 0) {
            throw new IllegalArgumentException("change record: no transaction id");
        }
        return new ChangePosition(
                new Lsn(Long.parseUnsignedLong(id, colon + 1, id.length(), 10)),
                Long.parseLong(id, 0, colon, 10),
                fields.order);
    }

    private void source(JsonParser parser, JsonToken first, Fields fields) throws IOException {
        expect(parser, first, JsonToken.START_OBJECT);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken token = parser.nextToken();
            switch (name) {
                case "schema" -> fields.schema = parser.getText();
                case "table" -> fields.table = parser.getText();
                case "key" -> fields.key = names(parser, token);
                case "columns" -> fields.described = described(parser, token);
                case "lsn" -> fields.lsn = Long.parseUnsignedLong(parser.getText());
                case "ts_ms" -> fields.commitMillis = parser.getLongValue();
                case "ahead_ms" -> fields.aheadMillis = parser.getLongValue();
                default -> parser.skipChildren();
            }
        }
    }

    private static void message(JsonParser parser, JsonToken first, Fields fields) throws IOException {
        expect(parser, first, JsonToken.START_OBJECT);
        String prefix = null;
        JsonNode content = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "prefix" -> prefix = parser.getText();
                case "content" -> content = TREES.readTree(parser);
                default -> parser.skipChildren();
            }
        }
        if (content != null && DdlContent.PREFIX.equals(prefix)) {
            fields.ddl = DdlContent.read(content.toString());
        } else if (content != null && TooLarge.PREFIX.equals(prefix)) {
            fields.tooLarge = content.path("bytes").asLong(1);
        }
    }

    private static void transaction(JsonParser parser, JsonToken first, Fields fields) throws IOException {
        expect(parser, first, JsonToken.START_OBJECT);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "id" -> fields.transactionId = parser.getText();
                case "total_order" -> fields.order = parser.getLongValue();
                default -> parser.skipChildren();
            }
        }
    }

    private List<String> names(JsonParser parser, JsonToken first) throws IOException {
        expect(parser, first, JsonToken.START_ARRAY);
        List<String> names = new ArrayList<>(4);
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            expect(parser, token, JsonToken.VALUE_STRING);
            names.add(parser.getText());
        }
        return keys.computeIfAbsent(names, List::copyOf);
    }

    private static Columns described(JsonParser parser, JsonToken first) throws IOException {
        expect(parser, first, JsonToken.START_ARRAY);
        List<String> names = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            expect(parser, token, JsonToken.START_OBJECT);
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "name" -> names.add(parser.getText());
                    case "number" -> numbers.add(parser.getIntValue());
                    default -> parser.skipChildren();
                }
            }
        }
        return new Columns(names, numbers);
    }

    private Row row(JsonParser parser, JsonToken first) throws IOException {
        expect(parser, first, JsonToken.START_OBJECT);
        List<String> names = new ArrayList<>();
        List<@Nullable String> values = new ArrayList<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            names.add(parser.currentName());
            JsonToken token = parser.nextToken();
            if (!token.isScalarValue()) {
                throw new IOException("a value is none");
            }
            values.add(token == JsonToken.VALUE_NULL ? null : parser.getText());
        }
        return new Row(shapes.computeIfAbsent(names, Columns::new), values.toArray(String[]::new));
    }

    private static void expect(JsonParser parser, @Nullable JsonToken actual, JsonToken expected) throws IOException {
        if (actual != expected) {
            throw new IOException("expected " + expected + " at " + parser.currentLocation());
        }
    }
}
