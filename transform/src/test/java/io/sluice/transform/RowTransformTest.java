package io.sluice.transform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowTransformTest {

    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("id", "bigint"),
            Map.entry("price", "double precision"),
            Map.entry("amount", "numeric"),
            Map.entry("active", "boolean"),
            Map.entry("at", "timestamp with time zone"),
            Map.entry("day", "date"),
            Map.entry("raw", "bytea"),
            Map.entry("name", "text"),
            Map.entry("doc", "jsonb"),
            Map.entry("tags", "text[]"),
            Map.entry("gone", "text"));

    private static final Sample ROW = Sample.of(
            "id", "7",
            "price", "1.5",
            "amount", "10.50",
            "active", "t",
            "at", "2026-03-01 12:30:00.25+01:30",
            "day", "2026-03-01",
            "raw", "\\x00ff",
            "name", "Zoë Ångström",
            "doc", "{\"a\": 1}",
            "tags", "{a,b}",
            "Odd Name", "x",
            "gone", null);

    private final RowFrame frame = new RowFrame("public.item", TYPES);

    private @Nullable Map<String, @Nullable String> apply(String expression) throws Exception {
        frame.load(ROW);
        return Sample.apply(expression, frame, ROW);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            true                                               | yes
            row                                                | yes
            false                                              | no
            null                                               | no
            row.id > 5                                         | yes
            row.id > 7                                         | no
            row.price < 2                                      | yes
            double(row.amount) >= 10.5 && row.active           | yes
            row.at < timestamp("2026-03-01T11:00:00Z")         | no
            row.at == timestamp("2026-03-01T11:00:00.25Z")     | yes
            row.day >= "2026-03-01"                            | yes
            row.raw == b"\\x00\\xff"                           | yes
            row.gone == null                                   | yes
            row.gone != null                                   | no
            row["Odd Name"] == "x"                             | yes
            row.name.startsWith("Z") ? row : null              | yes
            row.name.startsWith("A") ? row : null              | no
            row.id in [1, 7]                                   | yes
            row.id > 5 ? row.id < 6 : {"name": "x"}            | no
            [1, 2].exists(x, x == row.id)                      | no
            row.name.matches("^Zo. ")                          | yes
            op == "LOAD" && table == "public.item"             | yes
            commitTime == null && before == null               | yes
            before.name == null                                | yes
            row.active ? null : true                           | no
            """)
    void anExpressionSaysWhichRowsGo(String expression, String goes) throws Exception {
        assertThat(apply(expression)).as(expression).matches(row -> (row != null) == goes.equals("yes"));
        assertThat(RowTransform.read(expression).written())
                .isEqualTo(expression.contains("{\"name\"") ? Set.of("name") : Set.of());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"name": "x"}                                      | name  | x
            {"name": row.name.lowerAscii()}                    | name  | zoë Ångström
            {"name": null}                                     | name  |
            {"name": mask(row.name, 3)}                        | name  | *********röm
            {"name": mask(row.name)}                           | name  | ************
            {"name": mask(row.gone, 2)}                        | name  |
            {"name": left(row.name, 3) + "…"}                  | name  | Zoë…
            {"name": right(row.name, 100)}                     | name  | Zoë Ångström
            {"name": hash("abc")}                              | name  | ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
            {"name": hash("what do ya want for nothing?", "Jefe")} | name | 5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843
            {"name": hash(row.id)}                             | name  | 7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451
            {"name": hash(row.gone)}                           | name  |
            {"new": row.amount}                                | new   | 10.50
            {"new": row.at}                                    | new   | 2026-03-01 12:30:00.25+01:30
            {"new": row["Odd Name"]}                           | new   | x
            {"new": row.at + duration("1s")}                   | new   | 2026-03-01 11:00:01.25+00
            {"new": row.raw + b"\\x01"}                        | new   | \\x00ff01
            {"new": row.id + 1}                                | new   | 8
            {"new": row.price * 2.0}                           | new   | 3
            {"new": row.id > 5}                                | new   | true
            {"new": string(row.at)}                            | new   | 2026-03-01T11:00:00.250Z
            {"new": row.gone == null ? "none" : row.gone}      | new   | none
            {"new": row.gone == null ? null : row.gone.trim()} | new   |
            {"new": row.tags.replace("a", "c")}                | new   | {c,b}
            {"new": row.name.split(" ")[1]}                    | new   | Ångström
            {"new": duration("90s")}                           | new   | 90 seconds
            row.id == 7 ? {"new": 1u} : {"new": 2u}            | new   | 1
            row.id == 8 ? {"new": 1} : row.id == 7 ? {"new": 2} : null | new | 2
            """)
    void aMapSetsTheColumnsThatItNames(String expression, String column, @Nullable String value) throws Exception {
        Map<String, @Nullable String> result = apply(expression);

        assertThat(result).as(expression).containsEntry(column, value);
        ROW.values().forEach((name, text) -> {
            if (!name.equals(column)) {
                assertThat(result).as(name).containsEntry(name, text);
            }
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            row.id >                                | 1:9
            row.id > 1 +                            | 1:13
            {"name": nothing(row.name)}             | 1:17
            {"a": 1, "b": row.name.nothing()}       | 1:31
            other.id > 1                            | 1:1
            row                      .id > "a" && 1 | 1:36
            row.map(x, x)                           | 1:1
            {row.name: 1}                           | 1:5
            {"a": 1, "a": 2}                        | 1:10
            {"a": [1, 2]}                           | 1:7
            {"a": {"b": 1}}                         | 1:7
            {"a": row}                              | 1:7
            "text"                                  | 1:1
            12                                      | 1:1
            [row.id]                                | 1:1
            has(row.name)                           | 1:4
            row.id ? true : false ? 1 : 2           | 1:25
            "a" ? true : false                      | 1:1
            [1].exists(row, row > 0)                | 1:11
            google.protobuf.Timestamp{seconds: 1} == row.at | 1:26
            """)
    void whatIsWrongForEveryRowIsFoundBeforeTheFirst(String expression, String place) {
        assertThatThrownBy(() -> RowTransform.read(expression))
                .isInstanceOf(InvalidExpressionException.class)
                .hasMessageStartingWith(place + ": ");
    }

    @Test
    void theSecondLineIsNamed() {
        assertThatThrownBy(() -> RowTransform.read("row.id > 1\n  && nothing"))
                .isInstanceOf(InvalidExpressionException.class)
                .hasMessageStartingWith("2:6: ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            row.name > 5                             | OVERLOAD_NOT_FOUND
            row.amount > 5                           | OVERLOAD_NOT_FOUND
            row.name                                 | must be true, false or null
            {"a": int(row.name)}                     | BAD_FORMAT
            {"a": 1 / (row.id - 7)}                  | DIVIDE_BY_ZERO
            {"a": row.id + 9223372036854775807}      | NUMERIC_OVERFLOW
            {"a": row.gone.trim()}                   | OVERLOAD_NOT_FOUND
            {"a": row.name.substring(99)}            | INVALID_ARGUMENT at 1:
            {"a": mask(row.id)}                      | mask takes a string
            {"a": dyn(row.tags.split(","))}          | of a list or a map make a string
            row.id ? true : false                    | must be true or false
            row.nothing == 1                         | did not change
            """)
    void whatFailsOnARowSaysSoWithoutItsValues(String expression, String cause) {
        assertThatThrownBy(() -> apply(expression))
                .as(expression)
                .isInstanceOfSatisfying(
                        TransformFailure.class,
                        failure -> assertThat(failure.withoutData())
                                .contains(cause)
                                .doesNotContain("Zoë"));
    }

    @Test
    void loopsHaveAnEnd() {
        String nested = "[1,2,3,4,5,6,7,8,9,10,11].all(a, ".repeat(3) + "true" + ")".repeat(3);
        assertThatThrownBy(() -> apply("{\"a\": " + nested + "}"))
                .isInstanceOfSatisfying(
                        TransformFailure.class,
                        failure -> assertThat(failure.withoutData()).contains("ITERATION_BUDGET_EXCEEDED"));
        assertThatThrownBy(() -> RowTransform.read("row.id > 1" + " && row.id > 1".repeat(400)))
                .isInstanceOf(InvalidExpressionException.class);
    }

    @Test
    void theChangeIsSeen() throws Exception {
        Sample old = Sample.of("id", "7", "name", "before");
        frame.set(RowFrame.Operation.UPDATE, ROW, old, Instant.parse("2026-01-02T03:04:05.678Z"));

        assertThat(Sample.apply(
                        "{\"a\": op, \"b\": before.name, \"c\": commitTime, \"d\": before != null}", frame, ROW))
                .containsEntry("a", "UPDATE")
                .containsEntry("b", "before")
                .containsEntry("c", "2026-01-02 03:04:05.678+00")
                .containsEntry("d", "true");
    }

    @Test
    void whatAnExpressionNeedsIsKnownBeforeTheFirstRow() throws Exception {
        RowTransform transform = RowTransform.read(
                "row.a > 1 ? {\"x\": mask(row.b), \"c\": row.c, \"y\": row.d} : op == \"DELETE\" ? null : row");

        assertThat(transform.drops()).isTrue();
        assertThat(transform.branches()).isTrue();
        assertThat(transform.choiceDependsOnChange()).isTrue();
        assertThat(transform.valuesDependOnChange()).isFalse();
        assertThat(transform.decidedBy()).containsExactly("a");
        assertThat(transform.columns()).containsExactly("a", "b", "d");
        assertThat(transform.written()).containsExactly("x", "y");

        RowTransform simple = RowTransform.read("row.a > 1 ? {\"x\": 1} : null");
        assertThat(simple.branches()).isFalse();
        assertThat(simple.choiceDependsOnChange()).isFalse();
        assertThat(RowTransform.read("row.a > 1 ? row.b > 1 : {\"x\": 1}").branches())
                .isTrue();
        assertThat(RowTransform.read("{\"x\": before.y}").columnsBefore()).containsExactly("y");
    }

    @ParameterizedTest
    @CsvSource({"infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "12026-01-01 00:00:00+00"})
    void aTimeThatCelDoesNotHaveGoesAsItIsButCannotBeLookedAt(String time) throws Exception {
        Sample row = Sample.of("at", time);
        frame.load(row);

        assertThat(Sample.apply("{\"b\": row.at}", frame, row)).containsEntry("b", time);
        assertThatThrownBy(() -> Sample.apply("row.at == null", frame, row))
                .isInstanceOfSatisfying(
                        TransformFailure.class,
                        failure -> assertThat(failure.withoutData())
                                .isEqualTo("the value of column at is no timestamp that CEL knows (at 1:8)"));
    }
}
