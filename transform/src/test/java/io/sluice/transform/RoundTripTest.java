package io.sluice.transform;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/** What goes into CEL comes out as it was. */
class RoundTripTest {

    private static @Nullable String through(String type, String expression, String text) throws Exception {
        RowFrame frame = new RowFrame("public.item", Map.of("a", type));
        Sample row = Sample.of("a", text);
        frame.load(row);
        Map<String, @Nullable String> result = Sample.apply(expression, frame, row);
        return result == null ? null : result.get("b");
    }

    @Property(tries = 300)
    void integers(@ForAll long number) throws Exception {
        assertThat(through("bigint", "{\"b\": row.a * 1}", Long.toString(number)))
                .isEqualTo(Long.toString(number));
    }

    @Property(tries = 500)
    void doubles(@ForAll("bits") double number) throws Exception {
        String text = through("double precision", "{\"b\": row.a * 1.0}", Double.toString(number));
        assertThat(Double.parseDouble(String.valueOf(text))).isEqualTo(number);
        assertThat(text).doesNotContain("E");
    }

    @Provide
    Arbitrary<Double> bits() {
        return Arbitraries.longs().map(Double::longBitsToDouble).filter(number -> !Double.isNaN(number));
    }

    @Property(tries = 300)
    void bytes(@ForAll byte[] bytes) throws Exception {
        String text = "\\x" + HexFormat.of().formatHex(bytes);
        assertThat(through("bytea", "{\"b\": row.a + b\"\"}", text)).isEqualTo(text);
    }

    @Property(tries = 300)
    void texts(@ForAll String text) throws Exception {
        String stored = text.replace("\0", "");
        assertThat(through("text", "{\"b\": row.a + \"\"}", stored)).isEqualTo(stored);
    }

    @Property(tries = 300)
    void times(@ForAll("micros") Instant time) throws Exception {
        String text = ValueText.of(time);
        assertThat(through("timestamp with time zone", "{\"b\": row.a + duration(\"0s\")}", String.valueOf(text)))
                .isEqualTo(text);
    }

    @Provide
    Arbitrary<Instant> micros() {
        long first = Instant.parse("0001-01-01T00:00:00Z").getEpochSecond();
        long last = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
        return Arbitraries.longs()
                .between(first, last)
                .flatMap(second -> Arbitraries.longs()
                        .between(0, 999_999)
                        .map(micro -> Instant.ofEpochSecond(second).plus(micro, ChronoUnit.MICROS)));
    }

    /** Nothing is read of a column that only goes on, so that no type can lose anything. */
    @Property(tries = 300)
    void copies(@ForAll String text) throws Exception {
        assertThat(through("timestamp with time zone", "{\"b\": row.a}", text)).isEqualTo(text);
    }

    @Property(tries = 300)
    void maskHidesAllButTheEnd(@ForAll("words") String text) throws Exception {
        String masked = String.valueOf(through("text", "{\"b\": mask(row.a, 2)}", text));
        assertThat(masked.codePoints().count()).isEqualTo(text.codePoints().count());
        int hidden = (int) Math.max(0, text.codePoints().count() - 2);
        assertThat(masked).isEqualTo("*".repeat(hidden) + text.substring(text.offsetByCodePoints(0, hidden)));
    }

    @Provide
    Arbitrary<String> words() {
        return Arbitraries.integers()
                .between(1, Character.MAX_CODE_POINT)
                .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
                .map(Character::toString)
                .list()
                .ofMaxSize(20)
                .map(points -> String.join("", points));
    }
}
