package io.sluice.apply.change;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** What the text of a key's value says of the values that the target takes for equal. */
public enum KeyForm {
    /** Equal values have the same text. */
    TEXT,
    /** A number: neither zeros at its end nor the sign of zero count. */
    NUMBER,
    /** Blanks at the end do not count. */
    PADDED,
    /** Equal values may have any text: a collation or a type of its own decides. */
    ANY;

    /** Equal values have the same result; others may have, too. */
    @Nullable
    String normal(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return switch (this) {
            case TEXT -> text;
            case NUMBER -> number(text);
            case PADDED -> text.replaceFirst(" +$", "");
            case ANY -> null;
        };
    }

    /** {@code NaN} and {@code Infinity} are as they are. */
    private static String number(String text) {
        try {
            BigDecimal number = new BigDecimal(text);
            return number.signum() == 0 ? "0" : number.stripTrailingZeros().toString();
        } catch (NumberFormatException e) {
            return text;
        }
    }
}
