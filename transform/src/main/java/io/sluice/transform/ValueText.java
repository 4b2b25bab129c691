package io.sluice.transform;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Values of CEL in PostgreSQL's text form. */
final class ValueText {

    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .appendLiteral("+00")
            .toFormatter(Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private ValueText() {}

    /** @throws UnfitValueException that says which types a column can get, for lists, maps and the like */
    static @Nullable String of(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case NullValue none -> null;
            case String text -> checked(text);
            case Boolean bool -> bool.toString();
            case Long number -> number.toString();
            case UnsignedLong number -> number.toString();
            case Double number -> number(number);
            case CelByteString bytes -> "\\x" + HexFormat.of().formatHex(bytes.toByteArray());
            case Instant time -> TIME.format(time);
            case Duration duration -> seconds(duration);
            default ->
                throw new UnfitValueException("a column takes null, a bool, a number, a string, bytes, a timestamp or a"
                        + " duration; of a list or a map make a string");
        };
    }

    private static String checked(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new UnfitValueException("PostgreSQL stores no character 0 in a text");
        }
        return text;
    }

    /** As float8out writes it: the shortest digits that give the number, with an exponent from 15 digits on. */
    private static String number(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "Infinity" : "-Infinity";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0" : "0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 15) {
            return shortest.toPlainString();
        }
        String digits = shortest.unscaledValue().abs().toString();
        return (number < 0 ? "-" : "") + digits.charAt(0)
                + (digits.length() == 1 ? "" : "." + digits.substring(1))
                + "e" + (exponent < 0 ? "-" : "+") + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }

    private static String seconds(Duration duration) {
        BigDecimal seconds = BigDecimal.valueOf(duration.getSeconds()).add(BigDecimal.valueOf(duration.getNano(), 9));
        return seconds.stripTrailingZeros().toPlainString() + " seconds";
    }
}
