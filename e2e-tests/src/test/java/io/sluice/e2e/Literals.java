package io.sluice.e2e;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Random values as SQL expressions, with a liking for the awkward ones. */
final class Literals {
    private static final List<String> AWKWARD = List.of(
            "",
            " ",
            "NULL",
            "null",
            "\\N",
            "\\.",
            "\\",
            "\\\\n",
            "line\nbreak",
            "tab\there",
            "carriage\r\nreturn",
            "'quoted'",
            "\"double\"",
            "{a,b}",
            "(x,y)",
            "a,b;c",
            "$1 $$ %s",
            "ünïcödé",
            "日本語",
            "😀 \uD83D\uDC69\u200D\uD83D\uDE80",
            "\u0001\u001F\u007F",
            "\u00A0\u2028\uFEFF",
            "e\u0301",
            "0",
            "true",
            "-- comment",
            "/* */");

    private static final List<String> TIMES = List.of(
            "'infinity'",
            "'-infinity'",
            "'0044-03-15 12:00:00 BC'",
            "'1970-01-01 00:00:00'",
            "'9999-12-31 23:59:59.999999'",
            "'1883-11-18 12:03:58'");

    private Literals() {}

    /** A value that is sometimes NULL. */
    static Value orNull(Value value) {
        return random -> random.nextInt(8) == 0 ? "NULL" : value.sql(random);
    }

    /** One of some SQL expressions. */
    static Value oneOf(String... expressions) {
        return random -> expressions[random.nextInt(expressions.length)];
    }

    static Value integer(int from, int to) {
        return random -> Integer.toString(random.nextInt(from, to));
    }

    static Value text() {
        return random -> switch (random.nextInt(3)) {
            case 0 -> quoted(awkward(random));
            case 1 -> quoted(awkward(random) + random.nextInt(1_000) + awkward(random));
            default -> quoted("plain " + random.nextInt(100_000));
        };
    }

    /** Text that is stored out of line, and hardly compresses. */
    static Value bigText() {
        return random -> "(SELECT string_agg(md5((i * %d)::text), '') FROM generate_series(1, %d) i)"
                .formatted(random.nextInt(1, 1_000_000), random.nextInt(80, 320));
    }

    static Value bytes() {
        return random -> random.nextInt(3) == 0
                ? "convert_to(" + bigText().sql(random) + ", 'UTF8')"
                : "'\\x" + hex(random, random.nextInt(0, 24)) + "'::bytea";
    }

    static Value decimal() {
        return random -> switch (random.nextInt(6)) {
            case 0 -> "0";
            case 1 -> "-0.00000000000000000001";
            case 2 -> "12345678901234567890123456789.123456789";
            case 3 -> random.nextInt(1_000) + ".50";
            default -> random.nextInt(-1_000_000, 1_000_000) + "." + random.nextInt(10_000);
        };
    }

    static Value floating() {
        return random -> switch (random.nextInt(8)) {
            case 0 -> "'NaN'";
            case 1 -> "'Infinity'";
            case 2 -> "'-Infinity'";
            case 3 -> "'-0'";
            case 4 -> "0.1::float8 + 0.2::float8";
            case 5 -> "1e-30";
            default -> Double.toString(random.nextDouble() * 1e6);
        };
    }

    static Value instant() {
        return random -> random.nextInt(5) == 0
                ? TIMES.get(random.nextInt(TIMES.size()))
                : "'2026-01-01 00:00:00+00'::timestamptz + interval '%d microseconds'"
                        .formatted(random.nextLong(40_000_000_000_000L));
    }

    static Value interval() {
        return random -> "make_interval(%d, %d, 0, %d, %d, 0, %d.%06d)"
                .formatted(
                        random.nextInt(-3, 3),
                        random.nextInt(-14, 14),
                        random.nextInt(-40, 40),
                        random.nextInt(-30, 30),
                        random.nextInt(-70, 70),
                        random.nextInt(1_000_000));
    }

    static Value json() {
        return random -> "jsonb_build_object('n', %d, 'text', %s::text, 'list', '[1, null, {\"a\": 1.10}]'::jsonb)"
                .formatted(random.nextInt(1_000), text().sql(random));
    }

    static Value texts() {
        return random -> "ARRAY[%s]::text[]"
                .formatted(IntStream.range(0, random.nextInt(4))
                        .mapToObj(i -> orNull(text()).sql(random))
                        .collect(Collectors.joining(", ")));
    }

    static String awkward(SplittableRandom random) {
        return AWKWARD.get(random.nextInt(AWKWARD.size()));
    }

    static String awkward(int which) {
        return AWKWARD.get(Math.floorMod(which, AWKWARD.size()));
    }

    static String quoted(String text) {
        String quoted = "'" + text.replace("'", "''") + "'";
        return text.indexOf('\\') < 0 ? quoted : "E" + quoted.replace("\\", "\\\\");
    }

    private static String hex(SplittableRandom random, int bytes) {
        return IntStream.range(0, bytes)
                .mapToObj(i -> "%02x".formatted(random.nextInt(256)))
                .collect(Collectors.joining());
    }

    /** A kind of value. */
    @FunctionalInterface
    interface Value {
        String sql(SplittableRandom random);
    }
}
