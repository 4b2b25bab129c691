package io.sluice.postgres.catalog;

import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a column takes every value of another one as it is. PostgreSQL rounds without a word what has more digits than a
 * column ({@code numeric(10,2)}, {@code timestamp(3)}), and cuts what a type does not know (the time of day from a {@code
 * date}). See sections 8.1 and 8.5 of the manual.
 */
public final class TypeFit {

    private static final Pattern MODIFIER = Pattern.compile("\\((\\d+)(?:,(-?\\d+))?\\)");

    /** Of fractions of seconds where nothing is said. */
    private static final int MOST_FRACTION = 6;

    private static final Set<String> NUMBERS =
            Set.of("smallint", "integer", "bigint", "numeric", "real", "double precision");

    /** Digits before the point. */
    private static final Map<String, Integer> INTEGERS = Map.of("smallint", 5, "integer", 10, "bigint", 19);

    private static final Set<String> WITH_FRACTION = Set.of(
            "timestamp without time zone", "timestamp with time zone", "time without time zone", "time with time zone");

    private static final Set<String> WITH_LENGTH = Set.of("character varying", "bpchar", "bit varying");

    /** From the one on the left to any of the right something is lost, though PostgreSQL casts it. */
    private static final Map<String, Set<String>> CUTS = Map.of(
            "timestamp without time zone", Set.of("date", "time without time zone"),
            "timestamp with time zone",
                    Set.of("date", "time without time zone", "time with time zone", "timestamp without time zone"),
            "time with time zone", Set.of("time without time zone"),
            "interval", Set.of("time without time zone"));

    /**
     * @param type with length or precision
     * @param castType without
     */
    private record Type(String type, String castType) {}

    private TypeFit() {}

    /** @param given of the same type but for length and precision, or of one that PostgreSQL casts to the taker's */
    public static boolean holds(ColumnDefinition taker, ColumnDefinition given) {
        return holds(taker.type(), taker.castType(), given.type(), given.castType());
    }

    /**
     * The same of types as {@code format_type} writes them.
     *
     * @param takerCast the taker's without length or precision
     * @param givenCast likewise
     */
    public static boolean holds(String takerType, String takerCast, String givenType, String givenCast) {
        Type taker = new Type(takerType, takerCast);
        Type given = new Type(givenType, givenCast);
        String to = element(taker.castType());
        String from = element(given.castType());
        if (taker.castType().endsWith("[]") != given.castType().endsWith("[]")) {
            return true;
        }
        if (NUMBERS.contains(to) && NUMBERS.contains(from)) {
            return number(taker, to, given, from);
        }
        if (CUTS.getOrDefault(from, Set.of()).contains(to)) {
            return false;
        }
        boolean any = taker.type().equals(taker.castType());
        if (any || to.equals(from) && taker.type().equals(given.type())) {
            return true;
        }
        if (WITH_FRACTION.contains(to)) {
            return fraction(taker) >= (WITH_FRACTION.contains(from) ? fraction(given) : 0);
        }
        return WITH_LENGTH.contains(to)
                && to.equals(from)
                && !given.type().equals(given.castType())
                && modifier(taker, 1, 0) >= modifier(given, 1, 0);
    }

    private static boolean number(Type taker, String to, Type given, String from) {
        if (to.equals("numeric")) {
            return numeric(taker, given, from);
        }
        if (to.equals(from)) {
            return true;
        }
        return switch (to) {
            case "integer" -> from.equals("smallint");
            case "bigint" -> from.equals("smallint") || from.equals("integer");
            case "real" -> from.equals("smallint");
            case "double precision" -> from.equals("smallint") || from.equals("integer") || from.equals("real");
            default -> false;
        };
    }

    private static boolean numeric(Type taker, Type given, String from) {
        if (taker.type().equals(taker.castType())) {
            return true;
        }
        int scale = modifier(taker, 2, 0);
        int before = modifier(taker, 1, 0) - scale;
        if (from.equals("numeric")) {
            if (given.type().equals(given.castType())) {
                return false;
            }
            int givenScale = modifier(given, 2, 0);
            return scale >= givenScale && before >= modifier(given, 1, 0) - givenScale;
        }
        Integer digits = INTEGERS.get(from);
        return digits != null && scale >= 0 && before >= digits;
    }

    private static int fraction(Type column) {
        return modifier(column, 1, MOST_FRACTION);
    }

    private static int modifier(Type column, int place, int without) {
        Matcher matcher = MODIFIER.matcher(column.type());
        return matcher.find() && matcher.group(place) != null ? Integer.parseInt(matcher.group(place)) : without;
    }

    private static String element(String type) {
        return type.endsWith("[]") ? type.substring(0, type.length() - 2) : type;
    }
}
