package io.sluice.task.precheck.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.dialect.TargetDialect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the checks make of what servers of other versions would say. */
class CheckRulesTest {

    private final Findings findings = new Findings();

    @ParameterizedTest
    @CsvSource({"15, 18, PASSED", "18, 18, PASSED", "18, 15, WARNING"})
    void aTargetThatIsOlderThanTheSource(int source, int target, Result expected) {
        VersionOrderCheck.judge(source, target, findings);

        assertThat(findings.item(About.both("version-order", Group.VERSION)).result())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "9, false, false, false,",
        "9, true, false, true, mode",
        "10, true, false, false,",
        "10, true, false, true, changes.operations",
        "10, true, true, false, incremental.from",
        "11, true, true, true, incremental.from",
        "11, true, false, true,",
        "12, true, true, true,"
    })
    void aSourceThatIsTooOld(int version, boolean streams, boolean copies, boolean truncates, @Nullable String field) {
        SourceVersionCheck.judge(version, streams, copies, truncates, findings);

        assertThat(findings.all())
                .extracting(finding -> finding.violation().field())
                .isEqualTo(field == null ? List.of() : List.of(field));
    }

    @ParameterizedTest
    @CsvSource({
        "wal_sender_timeout, 0, false",
        "wal_sender_timeout, 1, true",
        "wal_sender_timeout, 9999, true",
        "wal_sender_timeout, 10000, false",
        "max_slot_wal_keep_size, -1, false",
        "max_slot_wal_keep_size, 0, true",
        "idle_replication_slot_timeout, 0, false",
        "idle_replication_slot_timeout, 60, true",
        "logical_decoding_work_mem, 65535, true",
        "logical_decoding_work_mem, 65536, false"
    })
    void settingsThatCutTheStreamShort(String name, long value, boolean bad) {
        assertThat(SlotSettingCheck.ALL.stream()
                        .map(SlotSettingCheck.class::cast)
                        .filter(check -> check.name().equals(name)))
                .singleElement()
                .satisfies(check -> assertThat(check.bad().test(value)).isEqualTo(bad));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            POSTGRESQL          | PostgreSQL 17.10 on x86_64                          | true
            CITUS               | PostgreSQL 17.10 on x86_64                          | true
            POSTGRESQL          | (openGauss 5.0.0 build a07d57c3) compiled at 2023   | false
            OPENGAUSS           | (openGauss 5.0.0 build a07d57c3) compiled at 2023   | true
            GAUSSDB_DISTRIBUTED | gaussdb (GaussDB Kernel 503.1.0) compiled at 2023   | true
            GAUSSDB_DISTRIBUTED | PostgreSQL 17.10 on x86_64                          | false
            """)
    void aTargetOfTheDialectThatTheTaskSays(Dialect dialect, String version, boolean fits) {
        assertThat(TargetVersionCheck.fits(dialect, version)).isEqualTo(fits);
    }

    @Test
    void aTargetThatTakesAnEmptyTextForNull() {
        TargetVersionCheck.judgeEmptyText(false, "app", findings);
        assertThat(findings.isEmpty()).isTrue();

        TargetVersionCheck.judgeEmptyText(true, "app", findings);
        assertThat(findings.all()).singleElement().satisfies(finding -> {
            assertThat(finding.result()).isEqualTo(Result.FAILED);
            assertThat(finding.fix()).isEqualTo("CREATE DATABASE \"app_new\" DBCOMPATIBILITY 'PG';");
        });
    }

    @Test
    void aTypeThatTheTargetLacksIsNamedWithItsColumns() {
        ColumnTypesCheck.judge(
                Map.of("int4multirange", List.of("public.a.spans"), "text", List.of("public.a.v")),
                List.of("int4multirange"),
                findings);

        assertThat(findings.all()).singleElement().satisfies(finding -> {
            assertThat(finding.result()).isEqualTo(Result.FAILED);
            assertThat(finding.objects()).containsExactly("public.a.spans");
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Dialect.class,
            names = {"OPENGAUSS", "GAUSSDB_DISTRIBUTED"})
    void aTypeThatTheDialectMapsIsAWarningThatTellsWhatItWillBe(Dialect dialect) {
        ColumnTypesCheck.judgeMapped(
                new TreeMap<>(Map.of(
                        "macaddr8", List.of("public.a.m"),
                        "text", List.of("public.a.v"),
                        "xid8[]", List.of("public.a.x", "public.b.x"))),
                TargetDialect.of(dialect),
                findings);

        assertThat(findings.all())
                .extracting(Finding::result, Finding::objects)
                .containsExactly(
                        tuple(Result.FAILED, List.of("public.a.m")),
                        tuple(Result.WARNING, List.of("public.a.x", "public.b.x")));
        assertThat(findings.all().getLast().reason()).contains("xid8[] of", "bigint[] there");
    }

    @Test
    void severalTablesThatBecomeOneAreAWarningAndNamesThatDifferByCaseAFailure() {
        List<TableName> tables = List.of(new TableName("a", "x"), new TableName("b", "x"), new TableName("a", "y"));
        UnaryOperator<TableName> merged = name -> new TableName(name.table().equals("x") ? "all" : "ALL", "x");

        NameClashCheck.judge(tables, merged, findings);

        assertThat(findings.all())
                .extracting(Finding::result, Finding::objects)
                .containsExactly(
                        tuple(Result.WARNING, List.of("a.x", "b.x")), tuple(Result.FAILED, List.of("ALL.x", "all.x")));
    }

    @Test
    void anItemNamesAHundredObjectsAndCountsAll() {
        findings.warn(
                "source",
                "why",
                "",
                IntStream.range(0, 250).mapToObj(i -> "t" + i).toList());

        Item item = findings.item(About.source("key", Group.TABLES));

        assertThat(item.objects()).hasSize(100);
        assertThat(item.objectCount()).isEqualTo(250);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 99, 100, 150})
    void aWarningOfOtherObjectsIsAnotherOneIfOnlyInOneThatIsNotNamed(int other) {
        About about = About.target("key", Group.OBJECTS);
        List<String> names = IntStream.range(0, 200).mapToObj(i -> "t" + i).toList();
        findings.warn("source", "why", "", names);
        Findings same = new Findings();
        same.warn("source", "why", "", names);
        Findings others = new Findings();
        List<String> changed = new ArrayList<>(names);
        changed.set(other, "another");
        others.warn("source", "why", "", changed);

        assertThat(findings.item(about).saysTheSame(same.item(about))).isTrue();
        assertThat(findings.item(about).saysTheSame(others.item(about))).isFalse();
        assertThat(findings.item(about.ofTheMoment()).saysTheSame(others.item(about.ofTheMoment())))
                .isTrue();
    }

    /** It is stored, and compared by whichever process starts the task. */
    @Test
    void whatAWarningSaysHasTheSameMarkInEveryProcess() {
        findings.warn("source", "why", "", List.of("a"));

        assertThat(findings.item(About.source("key", Group.TABLES)).mark()).isEqualTo(1750003601);
    }

    @Test
    void anItemSaysTheFirstHundredThings() {
        for (int i = 0; i < 10_000; i++) {
            findings.fail(
                    "objects.include", ErrorCode.TARGET_COLUMNS_DIFFER, "t" + i + " differs.", "DROP t" + i + ";");
        }

        Item item = findings.item(About.source("key", Group.TABLES));

        assertThat(item.reason().lines()).hasSize(101).contains("t99 differs.").doesNotContain("t100 differs.");
        assertThat(item.reason()).endsWith("… and 9900 more of this kind.");
        assertThat(item.fix()).endsWith("DROP t99;\n-- … and 9900 more");
    }

    @Test
    void thePageOfPrechecksHasEveryCheckWithItsGroup() throws IOException {
        List<String> expected = CheckRun.catalog().stream()
                .map(about -> "| `%s` | %s |".formatted(about.key(), about.group()))
                .toList();
        List<String> found = Files.readAllLines(Path.of("..", "docs", "prechecks.md")).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(0, line.indexOf('|', line.indexOf('|', 1) + 1) + 1))
                .toList();
        assertThat(found).containsExactlyElementsOf(expected);
        assertThat(expected).doesNotHaveDuplicates();
    }
}
