package io.sluice.transform;

import dev.cel.common.values.CelByteString;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.HexFormat;
import java.util.Locale;

/**
 * What an expression sees of a value of PostgreSQL. Only types that CEL has without loss are more than text: of a {@code
 * numeric} CEL could only make a double, of most others nothing.
 */
enum ColumnType {
    INT {
        @Override
        Object read(String text) {
            return Long.valueOf(text);
        }
    },
    DOUBLE {
        @Override
        Object read(String text) {
            return Double.valueOf(text);
        }
    },
    BOOL {
        @Override
        Object read(String text) {
            return text.startsWith("t");
        }
    },
    TIMESTAMP {
        @Override
        Object read(String text) {
            Instant instant = OffsetDateTime.parse(text, TIME).toInstant();
            if (instant.isBefore(FIRST)) {
                throw new DateTimeException("before the year 1");
            }
            return instant;
        }
    },
    BYTES {
        @Override
        Object read(String text) {
            if (!text.startsWith("\\x")) {
                throw new IllegalArgumentException("not in hex");
            }
            return CelByteString.of(HexFormat.of().parseHex(text, 2, text.length()));
        }
    },
    TEXT {
        @Override
        Object read(String text) {
            return text;
        }
    };

    private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");

    /** As PostgreSQL writes it with {@code DateStyle} ISO; infinity, BC and years of five digits are none that CEL has. */
    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 6, true)
            .appendOffset("+HH:mm:ss", "+00")
            .toFormatter(Locale.ROOT)
            .withResolverStyle(ResolverStyle.STRICT);

    /** @param castType as {@code format_type} writes it without length or precision */
    static ColumnType of(String castType) {
        return switch (castType) {
            case "smallint", "integer", "bigint", "oid" -> INT;
            case "real", "double precision" -> DOUBLE;
            case "boolean" -> BOOL;
            case "timestamp with time zone" -> TIMESTAMP;
            case "bytea" -> BYTES;
            default -> TEXT;
        };
    }

    /**
     * The value in CEL.
     *
     * @throws RuntimeException when CEL has no such value
     */
    abstract Object read(String text);
}
