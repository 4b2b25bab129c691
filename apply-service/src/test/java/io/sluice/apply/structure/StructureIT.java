package io.sluice.apply.structure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.KindProgress;
import io.sluice.contracts.report.Fact.StructureProblem;
import io.sluice.contracts.report.Fact.StructureProgress;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.ChangeChoice;
import io.sluice.contracts.task.ChangeLimits;
import io.sluice.contracts.task.Dialect;
import io.sluice.contracts.task.Endpoint;
import io.sluice.contracts.task.LoadLimits;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.StructureChoice;
import io.sluice.contracts.task.StructureChoice.ExistingTable;
import io.sluice.contracts.task.StructureChoice.Kind;
import io.sluice.contracts.task.StructureChoice.NameCase;
import io.sluice.contracts.task.SyncMode;
import io.sluice.contracts.task.TableChoice;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.contracts.task.TaskSpec;
import io.sluice.contracts.task.TaskSpec.RetryWindows;
import io.sluice.contracts.task.TaskSpec.TablePattern;
import io.sluice.contracts.task.Tls;
import io.sluice.localstack.PostgresServer;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.catalog.Catalog;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Structure from one database to another, judged by what the system catalogs of both say. */
class StructureIT {

    private static PostgresServer server;

    private final String taskId = UUID.randomUUID().toString();
    private final String sourceName = "source_" + taskId.substring(0, 8);
    private final String targetName = "target_" + taskId.substring(0, 8);
    private final List<Fact> facts = new CopyOnWriteArrayList<>();
    private boolean beside;

    @BeforeAll
    static void startServer() {
        server = PostgresServer.builder().majorVersion(18).fsync(false).build().start();
        server.execute(PostgresServer.SUPERUSER, "CREATE ROLE structure_reader", "CREATE ROLE \"x#\"");
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void prepare() {
        server.createDatabase(sourceName);
        server.createDatabase(targetName);
    }

    @Test
    void everyKindOfObjectIsTheSameOnBothSides() throws Exception {
        script(sourceName, "every-kind.sql");
        List<Kind> kinds = Arrays.asList(Kind.values());
        run(spec(List.of(all("*")), new StructureChoice(true, kinds, ExistingTable.FAIL, NameCase.SOURCE)));
        assertSameCatalogs();
        assertThat(problems()).isEmpty();
    }

    @Test
    void aRunThatEndsAnywhereIsGoneOnWithByTheNext() throws Exception {
        script(sourceName, "every-kind.sql");
        StructureChoice everything =
                new StructureChoice(true, Arrays.asList(Kind.values()), ExistingTable.FAIL, NameCase.SOURCE);
        TaskSpec spec = spec(List.of(all("*")), everything);
        long seed = System.nanoTime();
        System.out.println("cuts of the structure: seed " + seed);
        Random random = new Random(seed);
        int cut = 0;
        for (int attempt = 0; attempt < 12; attempt++) {
            try {
                run(spec, 1, Duration.ofMillis(10 + random.nextInt(40 * attempt + 1)));
                break;
            } catch (SluiceException e) {
                assertThat(e.code()).isIn(ErrorCode.CONNECTION_LOST, ErrorCode.DATABASE_ERROR);
                cut++;
            }
        }
        run(spec, 1);
        assertThat(cut).isPositive();
        assertThat(problems()).isEmpty();
        assertSameCatalogs();
    }

    @Test
    void namesAreMappedInEverythingThatSpeaksOfThem() throws Exception {
        server.execute(sourceName, MAPPED_SOURCE);
        String expected = "expected_" + taskId.substring(0, 8);
        server.createDatabase(expected);
        server.execute(expected, MAPPED_EXPECTED);
        run(spec(
                List.of(
                        new TableChoice("old", "*", "new", null, null, null, null),
                        new TableChoice(
                                "old",
                                "person",
                                "new",
                                "client",
                                new TableChoice.Columns(
                                        List.of("secret"), Map.of("name", "full name", "region", "area")),
                                null,
                                null),
                        new TableChoice("old", "log_a", "new", "log", null, null, null),
                        new TableChoice("old", "log_b", "new", "log", null, null, null),
                        new TableChoice("split", "one", "split_one", null, null, null, null),
                        new TableChoice("split", "two", "split_two", null, null, null, null)),
                StructureChoice.DEFAULT));
        List<String> target = dump(targetName);
        assertThat(target).containsExactlyElementsOf(dump(expected));
        assertThat(problems())
                .filteredOn(StructureProblem::failed)
                .extracting(StructureProblem::name)
                .containsExactlyInAnyOrder(
                        "old.names_view", "old.speaks_of_it()", "touch on old.person", "old.elsewhere()");
        assertThat(problems())
                .filteredOn(problem -> problem.name().equals("old.elsewhere()"))
                .singleElement()
                .satisfies(problem -> assertThat(problem.reason()).contains("search_path", "split"));
        assertThat(value(targetName, "SELECT new.counts()")).isEqualTo("0");
        assertThat(problems())
                .filteredOn(problem -> problem.name().equals("old.names_view"))
                .singleElement()
                .satisfies(problem -> {
                    assertThat(problem.reason()).contains("name of old.person");
                    assertThat(problem.ddl()).contains("CREATE VIEW \"old\".\"names_view\"");
                });
        assertThat(problems())
                .filteredOn(problem -> !problem.failed())
                .extracting(StructureProblem::name)
                .contains("index person_secret on old.person", "no_secret on old.person", "old.log_b");
    }

    @Test
    void whatFailsIsListedAndTheRestIsMade() throws Exception {
        server.execute(sourceName, """
                CREATE SCHEMA other; CREATE SCHEMA s;
                CREATE TABLE other.hidden (id int);
                CREATE TYPE s.mood AS ENUM ('good');
                CREATE TABLE s.item (id int PRIMARY KEY, code text);
                CREATE VIEW s.spies AS SELECT * FROM other.hidden;
                CREATE VIEW s.codes AS SELECT code FROM s.item;
                CREATE VIEW s.taken AS SELECT id FROM s.item;
                CREATE FUNCTION s.judge(m s.mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
                SET check_function_bodies = off;
                CREATE FUNCTION s.broken() RETURNS int LANGUAGE sql AS 'SELECT nothing FROM nowhere';
                CREATE FUNCTION s.waits() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM s.codes';
                """);
        server.execute(targetName, "CREATE SCHEMA s", "CREATE TABLE s.taken (id int)");
        List<Kind> kinds = Arrays.stream(Kind.values())
                .filter(kind -> kind != Kind.TYPE && kind != Kind.PRIVILEGE)
                .toList();
        TaskSpec spec = spec(List.of(all("s")), new StructureChoice(true, kinds, ExistingTable.FAIL, NameCase.SOURCE));
        run(spec);
        assertThat(problems())
                .extracting(StructureProblem::name, StructureProblem::sqlState, StructureProblem::failed)
                .containsExactlyInAnyOrder(
                        tuple("s.spies", "42P01", true),
                        tuple("s.taken", "42P07", true),
                        tuple("s.judge(m s.mood)", "42704", true),
                        tuple("s.broken()", "42P01", true));
        assertThat(problems()).allSatisfy(problem -> {
            assertThat(problem.reason()).contains("SQLSTATE");
            assertThat(problem.ddl()).startsWith("CREATE ");
        });
        assertThat(value(targetName, "SELECT s.waits()")).isEqualTo("0");
        assertThat(progress().kinds())
                .contains(new KindProgress("VIEW", 3, 1, 2, 0), new KindProgress("KEY", 2, 2, 0, 0));

        server.execute(
                targetName,
                "CREATE SCHEMA other",
                "CREATE TABLE other.hidden (id int)",
                "DROP TABLE s.taken",
                "CREATE TYPE s.mood AS ENUM ('good')");
        run(spec, 1);
        assertThat(problems()).as("not tried again under the same order").hasSize(4);
        run(spec, 2);
        assertThat(problems()).extracting(StructureProblem::name).containsExactly("s.broken()");
        assertThat(value(targetName, "SELECT s.judge('good')")).isEqualTo("1");
    }

    @Test
    void viewsAreExcludedByNameButForThoseThatOthersNeed() throws Exception {
        server.execute(sourceName, """
                CREATE SCHEMA s;
                CREATE TABLE s.item (id int PRIMARY KEY);
                CREATE VIEW s.tmp_a AS SELECT id FROM s.item;
                CREATE MATERIALIZED VIEW s.tmp_b AS SELECT id FROM s.item;
                CREATE VIEW s.tmp_c AS SELECT id FROM s.item;
                CREATE VIEW s.kept AS SELECT id FROM s.tmp_c;
                """);
        String views =
                "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 's'::regnamespace"
                        + " AND relkind IN ('v', 'm')";
        List<TablePattern> exclude = List.of(new TablePattern("*", "tmp_*"));
        run(spec(SyncMode.FULL, List.of(all("s")), exclude, StructureChoice.DEFAULT));
        assertThat(value(targetName, views)).isEqualTo("kept tmp_c");
        assertThat(problems()).isEmpty();
    }

    @Test
    void viewsOverTablesThatAreNotChosenAreNamed() throws Exception {
        server.execute(sourceName, """
                CREATE SCHEMA s;
                CREATE TABLE s.chosen (id int PRIMARY KEY);
                CREATE TABLE s.other (id int PRIMARY KEY);
                CREATE VIEW s.own AS SELECT id FROM s.chosen;
                CREATE VIEW s.both AS SELECT id FROM s.chosen JOIN s.other USING (id);
                CREATE MATERIALIZED VIEW s.further AS SELECT b.id FROM s.both b;
                CREATE VIEW s.others AS SELECT id FROM s.other;
                CREATE VIEW s.left_out AS SELECT id FROM s.chosen JOIN s.other USING (id)
                """);
        List<TableChoice> one = List.of(new TableChoice("s", "chosen", null, null, null, null, null));
        run(spec(SyncMode.FULL, one, List.of(new TablePattern("s", "left_out")), StructureChoice.DEFAULT));
        assertThat(problems())
                .extracting(StructureProblem::name, StructureProblem::failed, StructureProblem::reason)
                .containsExactlyInAnyOrder(
                        tuple("s.both", false, "It reads s.other, which is not chosen."),
                        tuple("s.further", false, "It reads s.both, which is not chosen."));
        assertThat(problems().getFirst().ddl()).startsWith("CREATE ");
        assertThat(value(targetName, "SELECT string_agg(viewname, ' ') FROM pg_views WHERE schemaname = 's'"))
                .isEqualTo("own");
    }

    /** Such a key is never valid, and needs no look at the rows. */
    @Test
    void foreignKeysThatAreNotEnforcedAreMadeBesideTheStream() throws Exception {
        server.execute(sourceName, """
                CREATE TABLE a (id int PRIMARY KEY);
                CREATE TABLE b (id int PRIMARY KEY, a int, CONSTRAINT loose FOREIGN KEY (a) REFERENCES a NOT ENFORCED,
                    CONSTRAINT strict FOREIGN KEY (a) REFERENCES a)
                """);
        beside = true;
        run(spec(List.of(all("public")), StructureChoice.DEFAULT));
        assertThat(problems()).isEmpty();
        assertThat(value(
                        targetName,
                        "SELECT string_agg(concat_ws(' ', conname, conenforced, convalidated), ', ' ORDER BY conname)"
                                + " FROM pg_constraint WHERE contype = 'f'"))
                .isEqualTo("loose f f, strict t t");
    }

    @Test
    void tablesThatCannotBeMadeAreNamedTogether() throws Exception {
        server.execute(sourceName, """
                CREATE SCHEMA s; CREATE TYPE s.mood AS ENUM ('good');
                CREATE TABLE s.a (id int PRIMARY KEY, m s.mood); CREATE TABLE s.b (id int PRIMARY KEY, of s.a);
                CREATE TABLE s.c (id int PRIMARY KEY);
                """);
        List<Kind> kinds = List.of(Kind.SCHEMA, Kind.TABLE);
        assertThatThrownBy(() -> run(
                        spec(List.of(all("s")), new StructureChoice(true, kinds, ExistingTable.FAIL, NameCase.SOURCE))))
                .isInstanceOfSatisfying(SluiceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.TARGET_OBJECT_FAILED);
                    assertThat(e)
                            .hasMessageContaining("s.a")
                            .hasMessageContaining("s.b")
                            .hasMessageNotContaining("s.c");
                });
        assertThat(problems()).extracting(StructureProblem::name).containsExactlyInAnyOrder("s.a", "s.b");
        assertThat(value(targetName, "SELECT string_agg(table_name, ' ') FROM _sluice.table_load"))
                .as("noted as the task's, and so loaded")
                .isEqualTo("c");
    }

    @Test
    void tablesThatAreThereAreRefusedKeptOrEmptied() throws Exception {
        server.execute(sourceName, """
                CREATE TABLE a (id int PRIMARY KEY, n int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
                CREATE TABLE c (id int PRIMARY KEY)
                """);
        String there = """
                CREATE TABLE a (id int PRIMARY KEY, n bigint, own text DEFAULT 'x'); INSERT INTO a VALUES (7, 7);
                CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); INSERT INTO b VALUES (7, 7)
                """;
        server.execute(targetName, there);
        assertThatThrownBy(() -> run(existing(ExistingTable.FAIL))).isInstanceOfSatisfying(SluiceException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.TARGET_TABLE_EXISTS);
            assertThat(e).hasMessageContaining("public.a, public.b");
        });
        run(existing(ExistingTable.KEEP));
        assertThat(value(targetName, "SELECT count(*) FROM a")).isEqualTo("1");
        assertThat(value(
                        targetName,
                        "SELECT count(*) FROM pg_constraint WHERE conrelid = 'c'::regclass AND contype = 'p'"))
                .isEqualTo("1");

        server.execute(
                targetName, "DELETE FROM _sluice.task", "DROP TABLE c", "ALTER TABLE a DROP CONSTRAINT a_pkey CASCADE");
        server.execute(
                targetName, "ALTER TABLE a ADD must int NOT NULL DEFAULT 1", "ALTER TABLE a ALTER must DROP DEFAULT");
        server.execute(targetName, "ALTER TABLE b ALTER a TYPE text");
        assertThatThrownBy(() -> run(existing(ExistingTable.KEEP))).isInstanceOfSatisfying(SluiceException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.TARGET_COLUMNS_DIFFER);
            assertThat(e).hasMessageContaining("must").hasMessageContaining("public.a has no unique key over id");
        });

        server.execute(
                targetName,
                "DROP TABLE b",
                "DROP TABLE a",
                there,
                "CREATE TABLE theirs () INHERITS (a)",
                "INSERT INTO theirs VALUES (8, 8)");
        run(existing(ExistingTable.TRUNCATE));
        assertThat(value(targetName, "SELECT count(*) FROM ONLY a")).isEqualTo("0");
        assertThat(value(targetName, "SELECT count(*) FROM theirs"))
                .as("of a table that is none of the task's")
                .isEqualTo("1");
    }

    @Test
    void whatWouldActOnItsOwnWaitsForTheEnd() throws Exception {
        server.execute(sourceName, """
                CREATE TABLE item (id int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY);
                CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
                CREATE TRIGGER t BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION act();
                ALTER TABLE item ENABLE ALWAYS TRIGGER t, FORCE ROW LEVEL SECURITY;
                COMMENT ON TRIGGER t ON item IS 'acts';
                CREATE UNLOGGED TABLE fast (id serial PRIMARY KEY);
                CREATE UNLOGGED TABLE a_faster (id int PRIMARY KEY);
                ALTER TABLE fast ADD refers int REFERENCES a_faster
                """);
        run(spec(SyncMode.FULL_AND_INCREMENTAL, List.of(all("public")), StructureChoice.DEFAULT));
        String state =
                "SELECT (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'item'::regclass) || attidentity::text ||"
                        + " relforcerowsecurity FROM pg_attribute JOIN pg_class c ON c.oid = attrelid"
                        + " WHERE attrelid = 'item'::regclass AND attname = 'n'";
        assertThat(value(targetName, state)).isEqualTo("0dfalse");
        String unlogged =
                "SELECT string_agg(relpersistence::text, '') FROM pg_class WHERE relname IN ('fast', 'a_faster')";
        assertThat(value(targetName, unlogged))
                .as("a crash while rows are copied empties no table")
                .isEqualTo("pp");
        try (Connections target = connections(targetName);
                DatabaseSession session = DatabaseSession.open(target, new Context(), List.of())) {
            assertThat(problems())
                    .as("what is on something that waits waits, too")
                    .isEmpty();
            assertThat(StructureEnd.carryOut(session, taskId, connection -> {})).isEmpty();
        }
        assertThat(value(targetName, state)).isEqualTo("1atrue");
        assertThat(value(targetName, unlogged)).isEqualTo("uu");
        assertThat(dump(targetName)).containsExactlyElementsOf(dump(sourceName));
    }

    /** Nor to its partitions, which have the target's bounds. */
    @Test
    void nothingIsAddedToAPartitionedTableThatIsThere() throws Exception {
        server.execute(sourceName, """
                CREATE TABLE item (id int PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY) PARTITION BY RANGE (id);
                CREATE TABLE low PARTITION OF item FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
                CREATE TABLE lowest PARTITION OF low FOR VALUES FROM (0) TO (10);
                CREATE INDEX lowest_n ON lowest (n)
                """);
        server.execute(
                targetName,
                "CREATE TABLE item (id int PRIMARY KEY, n int GENERATED BY DEFAULT AS IDENTITY) PARTITION BY RANGE (id)",
                "CREATE TABLE every PARTITION OF item DEFAULT",
                "INSERT INTO item VALUES (5)");
        run(existing(ExistingTable.KEEP));
        assertThat(problems()).noneMatch(StructureProblem::failed);
        assertThat(value(
                        targetName,
                        "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class"
                                + " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"))
                .isEqualTo("every item");
        assertThat(value(
                        targetName,
                        "SELECT attidentity FROM pg_attribute WHERE attrelid = 'item'::regclass"
                                + " AND attname = 'n'"))
                .isEqualTo("d");
    }

    @Test
    void tablesThatGoIntoOneMustFitWithoutRounding() throws Exception {
        server.execute(sourceName, """
                CREATE TABLE sale_a (id int PRIMARY KEY, price numeric(10,2), at timestamp(0), name varchar(20));
                CREATE TABLE sale_b (id int PRIMARY KEY, price numeric(20,6), at timestamp, name varchar(10))
                """);
        List<TableChoice> one = List.of(
                new TableChoice("public", "sale_a", null, "sale", null, null, null),
                new TableChoice("public", "sale_b", null, "sale", null, null, null));
        assertThatThrownBy(() -> run(spec(one, StructureChoice.DEFAULT)))
                .isInstanceOfSatisfying(SluiceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.TARGET_COLUMNS_DIFFER);
                    assertThat(e)
                            .hasMessageContaining(
                                    "public.sale_b.price is numeric(20,6), in public.sale it is numeric(10,2)")
                            .hasMessageContaining("public.sale_b.at")
                            .hasMessageNotContaining("sale_b.name");
                });
        server.execute(
                targetName,
                "CREATE TABLE sale (id int PRIMARY KEY, price numeric(20,4), at timestamp, name varchar(20))");
        assertThatThrownBy(() -> run(spec(one, new StructureChoice(true, null, ExistingTable.KEEP, NameCase.SOURCE))))
                .isInstanceOfSatisfying(
                        SluiceException.class,
                        e -> assertThat(e)
                                .hasMessageContaining(
                                        "column price of public.sale is numeric(20,4) instead of numeric(20,6)")
                                .hasMessageNotContaining("column at"));
    }

    @Test
    void functionsThatAreThereAreLeftAsTheyAreAndAreNotDroppedWithTheTables() throws Exception {
        server.execute(sourceName, """
                CREATE TABLE item (id int PRIMARY KEY);
                CREATE FUNCTION theirs(i item) RETURNS int LANGUAGE sql AS 'SELECT 1';
                CREATE FUNCTION ours(i item) RETURNS int LANGUAGE sql AS 'SELECT 1';
                SET check_function_bodies = off;
                CREATE FUNCTION broken() RETURNS int LANGUAGE sql AS 'SELECT nothing FROM nowhere'
                """);
        server.execute(
                targetName,
                "CREATE TABLE item (id int PRIMARY KEY)",
                "CREATE FUNCTION theirs(i item) RETURNS int LANGUAGE sql AS 'SELECT 2'");
        TaskSpec spec = existing(ExistingTable.KEEP);
        run(spec);
        assertThat(value(targetName, "SELECT theirs(NULL) || ' ' || ours(NULL)"))
                .isEqualTo("2 1");
        assertThat(problems())
                .filteredOn(problem -> problem.kind().equals("FUNCTION"))
                .extracting(StructureProblem::name, StructureProblem::failed)
                .containsExactlyInAnyOrder(
                        tuple("public.broken()", true), tuple("public.theirs(i public.item)", false));
        try (Connections target = connections(targetName);
                DatabaseSession session = DatabaseSession.open(target, new Context(), List.of())) {
            TaskOrder order = new TaskOrder(taskId, 1, Phase.RUN, spec, List.of(), Instant.EPOCH);
            List<String> drops =
                    session.inTransaction("reading", connection -> StructureEnd.dropFunctions(connection, order));
            assertThat(drops).singleElement().asString().contains("ours");
        }
        // One that is there, made by the task, is tried again over itself.
        server.execute(targetName, "CREATE TABLE nowhere (nothing int)");
        run(spec, 2);
        assertThat(problems()).extracting(StructureProblem::name).doesNotContain("public.broken()");
    }

    private TaskSpec existing(ExistingTable what) {
        return spec(List.of(all("public")), new StructureChoice(true, null, what, NameCase.SOURCE));
    }

    private static final String MAPPED_SOURCE = """
            CREATE SCHEMA old; CREATE SCHEMA split;
            CREATE TABLE split.one (id int PRIMARY KEY); CREATE TABLE split.two (id int PRIMARY KEY);
            CREATE TYPE old.mood AS ENUM ('good', 'bad');
            CREATE TABLE old.person (id serial PRIMARY KEY, name text NOT NULL, region text DEFAULT 'de', secret text,
                feeling old.mood DEFAULT 'good', upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
                CONSTRAINT named CHECK (name <> ''), CONSTRAINT no_secret CHECK (secret <> 'x'), UNIQUE (name, region));
            CREATE INDEX person_lower ON old.person (lower(name), region DESC) WHERE region <> 'name';
            CREATE INDEX person_secret ON old.person (secret);
            CREATE STATISTICS old.together (ndistinct) ON name, region FROM old.person;
            COMMENT ON COLUMN old.person.name IS 'what it is called';
            COMMENT ON TABLE old.person IS 'people';
            CREATE TABLE old.invoice (id int PRIMARY KEY, person int REFERENCES old.person ON DELETE CASCADE,
                who old.person, total numeric CHECK (total > 0), payer text, payer_region text,
                FOREIGN KEY (payer, payer_region) REFERENCES old.person (name, region));
            CREATE INDEX invoice_total ON old.invoice (total) INCLUDE (payer);
            CREATE TABLE old.log_a (id int PRIMARY KEY, what text);
            CREATE TABLE old.log_b (what text, id int PRIMARY KEY);
            CREATE VIEW old.sums AS SELECT person.id, sum(invoice.total) AS total FROM old.person
                JOIN old.invoice ON invoice.person = person.id WHERE person.feeling = 'good'::old.mood GROUP BY person.id;
            CREATE VIEW old.names_view AS SELECT name FROM old.person;
            CREATE FUNCTION old.half(old.invoice) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT $1.total / 2';
            CREATE FUNCTION old.zero() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
            CREATE FUNCTION old.counts() RETURNS bigint LANGUAGE sql SET work_mem = '1MB' SET search_path = old, "$user", pg_temp
                AS 'SELECT zero()';
            CREATE FUNCTION old.elsewhere() RETURNS bigint LANGUAGE sql SET search_path = split AS 'SELECT 1::bigint';
            CREATE FUNCTION old.speaks_of_it() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM old.person';
            CREATE FUNCTION old.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
            CREATE TRIGGER touch BEFORE UPDATE OF name ON old.person FOR EACH ROW EXECUTE FUNCTION old.nothing();
            CREATE TRIGGER each AFTER INSERT ON old.person FOR EACH ROW EXECUTE FUNCTION old.nothing();
            """;

    private static final String MAPPED_EXPECTED = """
            CREATE SCHEMA new; CREATE SCHEMA split; CREATE SCHEMA split_one; CREATE SCHEMA split_two;
            CREATE TABLE split_one.one (id int PRIMARY KEY); CREATE TABLE split_two.two (id int PRIMARY KEY);
            CREATE TYPE new.mood AS ENUM ('good', 'bad');
            CREATE TABLE new.client (id int CONSTRAINT person_id_not_null NOT NULL, "full name" text CONSTRAINT person_name_not_null NOT NULL,
                area text DEFAULT 'de', feeling new.mood DEFAULT 'good',
                upper_name text GENERATED ALWAYS AS (upper("full name")) STORED, CONSTRAINT named CHECK ("full name" <> ''));
            CREATE SEQUENCE new.person_id_seq AS int OWNED BY new.client.id;
            ALTER TABLE new.client ALTER id SET DEFAULT nextval('new.person_id_seq');
            ALTER TABLE new.client ADD CONSTRAINT person_pkey PRIMARY KEY (id),
                ADD CONSTRAINT person_name_region_key UNIQUE ("full name", area);
            CREATE INDEX person_lower ON new.client (lower("full name"), area DESC) WHERE area <> 'name';
            CREATE STATISTICS new.together (ndistinct) ON "full name", area FROM new.client;
            COMMENT ON COLUMN new.client."full name" IS 'what it is called';
            COMMENT ON TABLE new.client IS 'people';
            CREATE TABLE new.invoice (id int PRIMARY KEY, person int REFERENCES new.client ON DELETE CASCADE,
                who new.client, total numeric CHECK (total > 0), payer text, payer_region text,
                FOREIGN KEY (payer, payer_region) REFERENCES new.client ("full name", area));
            CREATE INDEX invoice_total ON new.invoice (total) INCLUDE (payer);
            CREATE TABLE new.log (id int CONSTRAINT log_a_id_not_null NOT NULL, what text, CONSTRAINT log_a_pkey PRIMARY KEY (id));
            CREATE VIEW new.sums AS SELECT person.id, sum(invoice.total) AS total FROM new.client person
                JOIN new.invoice ON invoice.person = person.id WHERE person.feeling = 'good'::new.mood GROUP BY person.id;
            CREATE FUNCTION new.half(new.invoice) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT $1.total / 2';
            CREATE FUNCTION new.zero() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
            CREATE FUNCTION new.counts() RETURNS bigint LANGUAGE sql SET work_mem = '1MB' SET search_path = new, "$user", pg_temp
                AS 'SELECT zero()';
            CREATE FUNCTION new.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
            CREATE TRIGGER each AFTER INSERT ON new.client FOR EACH ROW EXECUTE FUNCTION new.nothing();
            """;

    private void assertSameCatalogs() throws SQLException {
        List<String> source = dump(sourceName);
        List<String> target = dump(targetName);
        assertThat(source.stream()
                        .map(line -> line.substring(0, line.indexOf(' ')))
                        .distinct())
                .as("the schema has every kind")
                .contains(
                        "schema",
                        "extension",
                        "relation",
                        "column",
                        "inherits",
                        "constraint",
                        "index",
                        "sequence",
                        "type",
                        "function",
                        "aggregate",
                        "operator",
                        "cast",
                        "collation",
                        "view",
                        "rule",
                        "trigger",
                        "policy",
                        "statistics",
                        "comment",
                        "privileges");
        assertThat(target.stream().filter(line -> !source.contains(line)).toList())
                .as("differs on the target; the source has: "
                        + source.stream().filter(line -> !target.contains(line)).toList())
                .isEmpty();
        assertThat(target).containsExactlyElementsOf(source);
    }

    private List<StructureProblem> problems() {
        return progress().problems();
    }

    private StructureProgress progress() {
        return facts.stream()
                .filter(StructureProgress.class::isInstance)
                .map(StructureProgress.class::cast)
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    private static TableChoice all(String schema) {
        return new TableChoice(schema, "*", null, null, null, null, null);
    }

    private TaskSpec spec(List<TableChoice> choices, StructureChoice structure) {
        return spec(SyncMode.FULL, choices, structure);
    }

    private TaskSpec spec(SyncMode mode, List<TableChoice> choices, StructureChoice structure) {
        return spec(mode, choices, List.of(), structure);
    }

    private TaskSpec spec(
            SyncMode mode, List<TableChoice> choices, List<TablePattern> exclude, StructureChoice structure) {
        return new TaskSpec(
                "test",
                mode,
                endpoint(sourceName),
                Dialect.POSTGRESQL,
                endpoint(targetName),
                choices,
                exclude,
                2,
                new RetryWindows(10, 1),
                null,
                structure,
                ChangeChoice.DEFAULT,
                List.of(),
                LoadLimits.NONE,
                ChangeLimits.NONE,
                null);
    }

    private void run(TaskSpec spec) {
        run(spec, 1);
    }

    /** As a run of the task does it, without the rows. */
    private void run(TaskSpec spec, long generation) {
        run(spec, generation, null);
    }

    /** @param cutAfter when the target's connection breaks, or null */
    private void run(TaskSpec spec, long generation, @Nullable Duration cutAfter) {
        Bookkeeping bookkeeping = new Bookkeeping(taskId, 1, 0, TargetDialect.of(Dialect.POSTGRESQL));
        RunContext context = new Context();
        TargetDialect dialect = TargetDialect.of(Dialect.POSTGRESQL);
        try (Connections source = connections(sourceName);
                Connections target = connections(targetName);
                DatabaseSession reader = DatabaseSession.open(source, context, List.of());
                DatabaseSession main = DatabaseSession.open(target, context, dialect.sessionSetup())) {
            if (cutAfter != null) {
                CompletableFuture.delayedExecutor(cutAfter.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(main::cut);
            }
            main.transact("preparing", bookkeeping::prepare);
            long epoch = main.inTransaction("claiming", connection -> bookkeeping.claim(connection, taskId, false))
                    .epoch();
            Map<TableName, TableDefinition> tables = reader.inTransaction("reading", connection -> {
                Catalog catalog = new Catalog(connection);
                Set<TableName> partitions = partitions(connection);
                return catalog.findTables(catalog.listTables().stream()
                        .filter(name -> !partitions.contains(name))
                        .filter(name -> spec.choices().stream()
                                .anyMatch(choice -> choice.pattern().matches(name)))
                        .toList());
            });
            TaskOrder order =
                    new TaskOrder(taskId, generation, Phase.RUN, spec, List.copyOf(tables.keySet()), Instant.EPOCH);
            Structure structure =
                    new Structure(reader, main, dialect, bookkeeping, order, tables, LockedRelations.NONE, context);
            SortedMap<TableName, SluiceException> refused = structure.create(main, epoch);
            if (!refused.isEmpty()) {
                throw new SluiceException(
                        refused.firstEntry().getValue().code(),
                        refused.values().stream().map(Throwable::getMessage).collect(Collectors.joining("\n")));
            }
            for (TableName table : tables.keySet()) {
                for (TableObject object : structure.afterTable(table)) {
                    Runnable built = main.inTransaction("building", connection -> {
                        bookkeeping.share(connection, epoch);
                        return structure.build(connection, List.of(object));
                    });
                    built.run();
                }
            }
            structure.copySequenceValues(reader, main, epoch);
            if (beside) {
                structure.completeBeside(main, epoch);
            } else {
                structure.complete(main, epoch);
            }
        }
    }

    /** They are no tables of a task. */
    private static Set<TableName> partitions(Connection source) throws SQLException {
        Set<TableName> partitions = new HashSet<>();
        try (Statement statement = source.createStatement();
                ResultSet row = statement.executeQuery("SELECT n.nspname, c.relname FROM pg_class c"
                        + " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relispartition")) {
            while (row.next()) {
                partitions.add(new TableName(row.getString(1), row.getString(2)));
            }
        }
        return partitions;
    }

    private static void script(String database, String resource) throws IOException {
        try (InputStream stream = StructureIT.class.getResourceAsStream("/" + resource)) {
            // The driver does not tell the end of BEGIN ATOMIC … END from that of a statement when there are several.
            String all = new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
            server.execute(database, all.split(";\n"));
        }
    }

    private static List<String> dump(String database) throws SQLException {
        try (Connection connection = server.connect(database)) {
            return CatalogDump.of(connection);
        }
    }

    private static Endpoint endpoint(String database) {
        return new Endpoint(
                server.host(),
                server.port(),
                database,
                PostgresServer.SUPERUSER,
                new SealedSecret("v1:"),
                Tls.DISABLED);
    }

    private static Connections connections(String database) {
        return new Connections("test", endpoint(database), new Secret(server.password()), "structure-test");
    }

    private static String value(String database, String sql) throws SQLException {
        try (Connection connection = server.connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return String.valueOf(row.getString(1));
        }
    }

    /** Keeps what was reported. */
    private final class Context implements RunContext {
        @Override
        public TaskOrder order() {
            throw new UnsupportedOperationException("structure heeds no order");
        }

        @Override
        public void report(Fact fact) {
            facts.add(fact);
        }

        @Override
        public void progressed() {}

        @Override
        public boolean stopping() {
            return false;
        }

        @Override
        public boolean pause(Duration duration) {
            return false;
        }

        @Override
        public Handle onStop(Runnable action) {
            return () -> {};
        }

        @Override
        public Secret open(SealedSecret sealed) {
            throw new UnsupportedOperationException("the run is given its connections");
        }
    }
}
