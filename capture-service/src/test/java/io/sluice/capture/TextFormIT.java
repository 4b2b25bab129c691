package io.sluice.capture;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every value arrives in the text form that PostgreSQL itself writes, through the real path. */
class TextFormIT {

    private static TestingTask task;
    private static TopicReader topic;

    @BeforeAll
    static void start() {
        List<String> types = List.of(
                "smallint",
                "integer",
                "bigint",
                "boolean",
                "numeric",
                "real",
                "\"double precision\"",
                "money",
                "text",
                "varchar",
                "character",
                "bytea",
                "date",
                "time",
                "timetz",
                "timestamp",
                "timestamptz",
                "interval",
                "uuid",
                "json",
                "jsonb",
                "inet",
                "point",
                "bit",
                "varbit",
                "tsvector",
                "xml",
                "int4range",
                "pg_lsn",
                "oid",
                "int_array",
                "text_array",
                "mood",
                "pair",
                "percent",
                "regclass",
                "hstore");
        List<String> statements = new ArrayList<>(List.of(
                "CREATE EXTENSION hstore",
                "CREATE TYPE mood AS ENUM ('sad', 'it''s \"ok\"')",
                "CREATE TYPE pair AS (a int, b text)",
                "CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100)",
                "ALTER DATABASE \"DATABASE\" SET DateStyle = 'German, DMY'",
                "ALTER DATABASE \"DATABASE\" SET IntervalStyle = 'iso_8601'",
                "ALTER DATABASE \"DATABASE\" SET TimeZone = 'Asia/Kathmandu'",
                "ALTER DATABASE \"DATABASE\" SET extra_float_digits = 0",
                "ALTER DATABASE \"DATABASE\" SET bytea_output = 'escape'"));
        List<String> tables = new ArrayList<>();
        for (String type : types) {
            String table = table(type);
            tables.add(table);
            String declared = type.replace("\"", "").replace("_array", "[]");
            statements.add("CREATE TABLE " + table + " (id int PRIMARY KEY, v " + declared + ")");
        }
        task = new TestingTask(tables);
        statements.replaceAll(sql -> sql.replace("DATABASE\"", task.database + "\""));
        task.sql(statements.toArray(String[]::new));
        task.start();
        topic = new TopicReader(task.id);
    }

    @AfterAll
    static void end() {
        topic.close();
        task.close();
    }

    private static String table(String type) {
        return "t_" + type.replace("\"", "").replace(' ', '_');
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "smallint | -32768",
                "integer | 2147483647",
                "bigint | -9223372036854775808",
                "boolean | false",
                "numeric | NaN",
                "numeric | Infinity",
                "numeric | -0.000000000000000000000000000001",
                "numeric | 1.50",
                "real | 3.4028235e+38",
                "real | 1e-45",
                "\"double precision\" | 0.1",
                "\"double precision\" | -Infinity",
                "\"double precision\" | NaN",
                "money | $1,234.50",
                "text | `a \"quoted\" back\\slash, tab\t, Zürich, 東京, 😀`",
                "text | `` ",
                "varchar | x",
                "character | y",
                "bytea | \\x00ff5c27",
                "date | infinity",
                "date | 0044-03-15 BC",
                "date | 5874897-12-31",
                "time | 24:00:00",
                "timetz | 23:59:59.999999-07",
                "timestamp | 4713-01-01 00:00:00 BC",
                "timestamp | -infinity",
                "timestamptz | 294276-12-31 23:59:59.999999+00",
                "timestamptz | 2026-03-29 00:30:00+00",
                "interval | -1 years -2 mons +3 days -04:05:06.789",
                "uuid | 00000000-0000-0000-0000-000000000001",
                "json | `{\"b\":1,  \"a\" : [1.0, null], \"b\":2}`",
                "jsonb | `{\"a\": [1.0, null], \"b\": 2}`",
                "inet | 2001:db8::1/64",
                "point | (1.5,-2)",
                "bit | 1",
                "varbit | 10110",
                "tsvector | `'cat':3A 'fat':2B`",
                "xml | <a>&lt;</a>",
                "int4range | [1,10)",
                "pg_lsn | 16/B374D848",
                "oid | 4294967295",
                "int_array | [0:1]={1,NULL}",
                "text_array | `{\"a,b\",NULL,\"\",\"c\\\"d\"}`",
                "mood | it's \"ok\"",
                "pair | `(1,\"a \"\"b\"\", c\")`",
                "percent | 100",
                "regclass | pg_class",
                "hstore | `\"a\"=>NULL, \"b\"=>\"x\"`",
            })
    void aValueArrivesAsItIs(String type, String literal) throws SQLException {
        String value = type.equals("text") && literal == null ? "" : literal;
        assertThat(captured(type, value)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource({"integer", "boolean", "text", "jsonb", "int_array", "mood"})
    void nullArrivesAsNull(String type) throws SQLException {
        assertThat(captured(type, null)).isNull();
    }

    @ParameterizedTest
    @CsvSource({"1000", "100000"})
    void aLongNumberKeepsEveryDigit(int digits) throws SQLException {
        String number = "7" + "0123456789".repeat(digits / 10) + ".5";
        assertThat(captured("numeric", number)).isEqualTo(number);
    }

    private static String captured(String type, String literal) throws SQLException {
        String table = table(type);
        try (Connection connection = task.connect();
                var insert =
                        connection.prepareStatement("INSERT INTO " + table + " SELECT coalesce(max(id), 0) + 1, ?::"
                                + type.replace("\"", "").replace("_array", "[]") + " FROM " + table)) {
            insert.setString(1, literal);
            insert.execute();
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
                assertThat(row.next()).isTrue();
            }
        }
        RowChange change = (RowChange) topic.readTransaction().getFirst();
        assertThat(change.table().table()).isEqualTo(table);
        return change.after().value("v");
    }
}
