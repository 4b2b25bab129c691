package io.sluice.task.task;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.secret.SecretSeal;
import io.sluice.http.StrictJson;
import io.sluice.task.endpoint.FieldErrors;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TaskRulesTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    static {
        new StrictJson().customize(JSON);
    }

    private static final String RIGHT = """
            {"name": "orders-1",
             "source": {"host": "db.example", "port": 5432, "database": "shop", "username": "u", "password": "p"},
             "target": {"host": "10.0.0.2", "database": "shop", "username": "u", "password": "p"},
             "objects": {"include": [{"schema": "public", "table": "*"}]}}
            """;

    @Test
    void theSmallestTaskIsRight() throws JsonProcessingException {
        FieldErrors errors = TaskRules.check(JSON.readValue(RIGHT, TaskInput.class));

        assertThat(errors.invalid()).isEmpty();
    }

    @Test
    void everyDefaultMayBeGiven() throws JsonProcessingException {
        ObjectNode task = (ObjectNode) JSON.readTree(RIGHT);
        task.setAll((ObjectNode) JSON.readTree("""
                {"description": "all orders, to the cluster (1)", "project": "default", "tags": {"env": "prod"},
                 "mode": "FULL", "structure": {"enabled": true, "existingTable": "FAIL", "nameCase": "SOURCE"},
                 "changes": {"operations": ["DELETE", "INSERT", "UPDATE", "TRUNCATE"], "conflict": "OVERWRITE",
                             "lanes": 1, "tableError": "STOP_TASK"},
                 "transforms": [],
                 "fullLoad": {"workers": 64, "maxRowsPerSecond": null, "windows": []},
                 "incremental": {"maxRowsPerSecond": null},
                 "retry": {"connectionMinutes": 10, "otherMinutes": 9}, "alerts": {"topic": "ops"},
                 "autoStopDays": 14}
                """));

        FieldErrors errors = TaskRules.check(JSON.treeToValue(task, TaskInput.class));

        assertThat(errors.invalid()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        /name                              | "abc"
        /name                              | null
        /name                              | "1abc"
        /name                              | "ab cd"
        /name                              | "a23456789012345678901234567890123456789012345678901"
        /description                       | "a < b"
        /description                       | "it's"
        /description                       | "a ! b"
        /description                       | "a = b"
        /description                       | "a > b"
        /description                       | "a & b"
        /description                       | "a \\" b"
        /description                       | "a \\\\ b"
        /name                              | "ab.cd"
        /name                              | "_abc"
        /project                           | "-p"
        /project                           | ""
        /tags                              | {"1":"","2":"","3":"","4":"","5":"","6":"","7":"","8":"","9":"","10":"","11":""}
        /tags/env                          | null
        /mode                              | "full"
        /source                            | null
        /source/host                       | null
        /source/host                       | " "
        /source/host                       | "db.example:5432"
        /source/host                       | "db.example/shop"
        /source/host                       | "user@db"
        /source/host                       | "-db"
        /source/port                       | 0
        /source/port                       | 65536
        /source/database                   | null
        /source/database                   | ""
        /source/username                   | null
        /source/password                   | null
        /source/password                   | ""
        /source/password                   | "half \ud800 of a pair"
        /source/dialect                    | "postgresql"
        /source/tls/mode                   | "PREFER"
        /source/tls/caCertificate          | "no certificate"
        /source/tls/clientKeyPassword      | "without a key"
        /target                            | null
        /target/dialect                    | "oracle"
        /target/port                       | -1
        /objects                           | null
        /objects/include                   | []
        /objects/include/0                 | null
        /objects/include/0/schema          | null
        /objects/include/0/table           | ""
        /objects/include/0/schema          | "_sluice"
        /objects/include/0/filter          | "a > 1; DROP TABLE b"
        /objects/include/0/filter          | "id IN (SELECT 1)"
        /objects/include/0/filter          | "a > 1 -- all"
        /objects/include/0/filter          | "a > 1) OR (true"
        /objects/include/0/targetSchema    | "_sluice"
        /objects/include/0/targetSchema    | "pg_temp"
        /objects/include/0/targetTable     | ""
        /objects/include/0/columns         | {"exclude": ["a"], "rename": {"a": "b"}}
        /objects/include/0/columns         | {"rename": {"a": "c", "b": "c"}}
        /objects/include/0/columns         | {"exclude": ["a", "a"]}
        /objects/include/0/distribution    | {"columns": ["id"]}
        /objects/include/0/distribution    | {"kind": "HASH"}
        /objects/include/0/distribution    | {"kind": "NONE", "columns": ["id"]}
        /objects/include/0/distribution    | {"kind": "hash", "columns": ["id"]}
        /objects/exclude                   | [{"schema": "public"}]
        /structure/kinds                   | []
        /structure/kinds                   | ["TABEL"]
        /changes/operations                | []
        /transforms                        | [{"table": "orders", "expression": "true"}]
        /transforms                        | [{"table": "public.orders"}]
        /transforms                        | [{"table": "public.*", "expression": "true"}]
        /transforms                        | [{"table": "public.a", "expression": "true"}, {"table": "public.a", "expression": "true"}]
        /fullLoad/windows                  | [{"from": "22:00"}]
        /fullLoad/windows                  | [{"from": "22:00", "to": "24:00"}]
        /fullLoad/windows                  | [{"from": "22:00", "to": "22:00"}]
        /fullLoad/windows                  | [{"from": "22:00", "to": "23:00", "maxBytesPerSecond": -1}]
        /incremental/maxBytesPerSecond     | -1
        /alerts                            | {"lagThresholdSeconds": 60}
        /description                       | "a\\ud800b"
        /tags/env                          | "a\\u0000b"
        /structure/existingTable           | "DROP"
        /structure/nameCase                | "lower"
        /changes/operations                | ["MERGE"]
        /changes/conflict                  | "IGNORED"
        /changes/lanes                     | 0
        /changes/tableError                | "SUSPEND"
        /fullLoad/workers                  | 0
        /fullLoad/workers                  | 65
        /fullLoad/maxRowsPerSecond         | 0
        /retry/connectionMinutes           | 9
        /retry/connectionMinutes           | 1441
        /retry/otherMinutes                | 0
        /retry/otherMinutes                | 720
        /alerts/topic                      | "no such topic"
        /alerts/lagThresholdSeconds        | 3601
        /alerts                            | {"topic": "ops", "lagThresholdSeconds": 0}
        /incremental/from                  | {"slot": "old", "publication": "all"}
        /incremental/from/slot             | "Old"
        /autoStopDays                      | 13
        /autoStopDays                      | 101
        """)
    void oneWrongFieldIsNamed(String pointer, String value) throws JsonProcessingException {
        FieldErrors errors = check(pointer, value);

        assertThat(errors.invalid()).isNotEmpty();
        assertThat(errors.invalid().getFirst().field()).startsWith(field(pointer));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        /name                              | "abcd"
        /name                              | "A-2_456789012345678901234567890123456789012345678x"
        /source/port                       | 1
        /target/port                       | 65535
        /tags                              | {"1":"","2":"","3":"","4":"","5":"","6":"","7":"","8":"","9":"","10":""}
        /alerts                            | {"topic": "ops", "lagThresholdSeconds": 1}
        /alerts                            | {"topic": "ops", "lagThresholdSeconds": 3600}
        /autoStopDays                      | 14
        /autoStopDays                      | 100
        /retry                             | {"connectionMinutes": 10, "otherMinutes": 1}
        /retry                             | {"connectionMinutes": 1440, "otherMinutes": 1439}
        """)
    void whatIsAtABoundIsRight(String pointer, String value) throws JsonProcessingException {
        assertThat(check(pointer, value).invalid()).isEmpty();
    }

    @Test
    void aDescriptionHasAtMost256Characters() throws JsonProcessingException {
        assertThat(check("/description", "\"" + "é".repeat(256) + "\"").invalid())
                .isEmpty();
        assertThat(check("/description", "\"" + "é".repeat(257) + "\"").invalid())
                .singleElement()
                .extracting(Violation::field)
                .isEqualTo("description");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        /changes/lanes                     | 4
        /changes/operations                | ["INSERT", "DDL"]
        """)
    void whatDoesNotWorkYetIsAcceptedAndNamedAtTheStart(String pointer, String value) throws JsonProcessingException {
        ObjectNode task = changed(pointer, value);
        ((ObjectNode) task.path("target")).put("dialect", "gaussdb-distributed");
        TaskInput input = JSON.treeToValue(task, TaskInput.class);
        assertThat(TaskRules.check(input).invalid()).isEmpty();
        SecretSeal seal = new SecretSeal(Base64.getEncoder().encodeToString(new byte[32]));

        List<Violation> unfinished = UnfinishedFields.find(TaskSpecs.of(input, seal, "task"));

        assertThat(unfinished).hasSize(1);
        assertThat(unfinished.getFirst().code()).isEqualTo(ErrorCode.NOT_AVAILABLE);
        assertThat(unfinished.getFirst().field()).startsWith(field(pointer));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        true                              |
        row.amount > 5 ? {"a": 1} : null  |
        row.amount >                      | is not valid at 1:13:
        row.amount > 5 ? {"a": f(1)}: row | is not valid at 1:25: undeclared reference to 'f'
        12                                | is not valid at 1:1:
        op == "DELETE" ? false : true     | needs changes.conflict OVERWRITE
        """)
    void anExpressionIsCheckedWhenTheTaskIsMade(String expression, @Nullable String problem)
            throws JsonProcessingException {
        ObjectNode task = changed("/changes/conflict", "\"IGNORE\"");
        task.putArray("transforms").addObject().put("table", "public.orders").put("expression", expression);

        List<Violation> invalid =
                TaskRules.check(JSON.treeToValue(task, TaskInput.class)).invalid();

        if (problem == null) {
            assertThat(invalid).isEmpty();
        } else {
            assertThat(invalid).singleElement().satisfies(violation -> {
                assertThat(violation.field()).isEqualTo("transforms[0].expression");
                assertThat(violation.message()).contains(problem);
            });
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        22:00-06:00                            | true
        22:00-06:00 06:00-22:00                | true
        00:00-08:00 08:00-16:00 16:00-00:00    | true
        22:00-06:00 05:59-07:00                | false
        05:00-07:00 22:00-06:00                | false
        22:00-06:00 23:00-01:00                | false
        01:00-02:00 22:00-06:00                | false
        10:00-12:00 10:00-12:00                | false
        10:00-09:00 09:30-09:40                | true
        10:00-09:00 08:00-09:30                | false
        01:00-02:00 03:00-04:00 05:00-06:00 07:00-08:00 | false
        """)
    void windowsDoNotOverlapEvenOverMidnight(String windows, boolean right) throws JsonProcessingException {
        String list = Arrays.stream(windows.split(" "))
                .map(window ->
                        "{\"from\": \"%s\", \"to\": \"%s\"}".formatted(window.substring(0, 5), window.substring(6)))
                .collect(Collectors.joining(",", "[", "]"));

        assertThat(check("/fullLoad/windows", list).invalid().isEmpty()).isEqualTo(right);
    }

    @Test
    void tenThousandRulesAreRefusedInOneSentence() throws JsonProcessingException {
        String list = Collections.nCopies(10_000, "{\"schema\": \"public\", \"table\": \"a\"}").stream()
                .collect(Collectors.joining(",", "[", "]"));

        assertThat(check("/objects/include", list).invalid()).singleElement().satisfies(violation -> {
            assertThat(violation.field()).isEqualTo("objects.include");
            assertThat(violation.message()).contains("at most 1000", "has 10000", "order_*");
        });
    }

    @Test
    void oneAnswerNamesEverythingThatIsWrong() throws JsonProcessingException {
        TaskInput input = JSON.readValue("""
                {"name": "x", "source": {"port": 0}, "objects": {"include": [{"schema": "a"}]}, "autoStopDays": 1}
                """, TaskInput.class);

        List<Violation> invalid = TaskRules.check(input).invalid();

        assertThat(invalid)
                .extracting(Violation::field)
                .containsExactlyInAnyOrder(
                        "name",
                        "source.host",
                        "source.port",
                        "source.database",
                        "source.username",
                        "source.password",
                        "target",
                        "objects.include[0].table",
                        "autoStopDays");
    }

    @Test
    void aPasswordIsNeverPrinted() throws JsonProcessingException {
        String text = RIGHT.replace("\"p\"", "\"very secret\"");

        assertThat(JSON.readValue(text, TaskInput.class).toString()).doesNotContain("very secret");
    }

    private static FieldErrors check(String pointer, String value) throws JsonProcessingException {
        return TaskRules.check(JSON.treeToValue(changed(pointer, value), TaskInput.class));
    }

    private static ObjectNode changed(String pointer, String value) throws JsonProcessingException {
        ObjectNode task = (ObjectNode) JSON.readTree(RIGHT);
        String[] steps = pointer.substring(1).split("/", -1);
        JsonNode at = task;
        for (int i = 0; i < steps.length - 1; i++) {
            boolean list = at.isArray();
            JsonNode next = list ? at.get(Integer.parseInt(steps[i])) : at.get(steps[i]);
            at = next == null ? ((ObjectNode) at).putObject(steps[i]) : next;
        }
        JsonNode parsed = JSON.readTree(value);
        String last = steps[steps.length - 1];
        if (at instanceof com.fasterxml.jackson.databind.node.ArrayNode array) {
            array.set(Integer.parseInt(last), parsed);
        } else {
            ((ObjectNode) at).set(last, parsed);
        }
        return task;
    }

    private static String field(String pointer) {
        return pointer.substring(1)
                .replace("/0/", "[0].")
                .replaceAll("/0$", "[0]")
                .replace('/', '.');
    }
}
