package io.sluice.apply.write;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.apply.GaussGuard;
import io.sluice.apply.SharedServers;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.task.ChangeChoice.Conflict;
import io.sluice.contracts.task.Dialect;
import io.sluice.localstack.PostgresServer;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random changes of tables of many shapes, written by the write path itself to a real target in runs of random sizes,
 * some of them lost in a crash: after each run that was committed, the target is what the source was there.
 */
class WritePathIT {

    /** By which column rows of a table are spread. */
    private static final Map<String, String> SPREAD =
            Map.of("keyed_there", "id", "bag", "x", "Filtered", "id", "gate", "region", "parts", "id");

    private static final PostgresServer server = SharedServers.postgres();

    static List<Long> seeds() {
        long first = Long.getLong("sluice.seed", System.nanoTime());
        int many = Boolean.getBoolean("sluice.soak") ? 200 : 4;
        return LongStream.range(first, first + many).boxed().toList();
    }

    @ParameterizedTest(name = "-Dsluice.seed={0}")
    @MethodSource("seeds")
    void theTargetIsWhatTheSourceWasAfterEveryRun(long seed) throws SQLException {
        ModelSource source = new ModelSource(seed, true);
        TestingTarget target = target("random_" + Long.toUnsignedString(seed), Conflict.OVERWRITE);
        target.execute(source.targetTables().toArray(String[]::new));
        writeAtRandom(source, target, ~seed);
    }

    /** Rows exchange values of a key that is looked at late; where triggers are quiet the target does not look at all. */
    @ParameterizedTest(name = "-Dsluice.seed={0}")
    @MethodSource("seeds")
    void rowsExchangeValuesOfADeferrableKey(long seed) throws SQLException {
        for (String role : List.of("replica", "origin")) {
            ModelSource source = new ModelSource(seed, true, true);
            TestingTarget target = target(role + Long.toUnsignedString(seed), Conflict.OVERWRITE);
            target.execute(source.targetTables().toArray(String[]::new));
            target.execute("ALTER TABLE keyed_there DROP CONSTRAINT keyed_there_uniq_key, ADD UNIQUE (uniq) DEFERRABLE"
                    + (seed % 2 == 0 ? "" : " INITIALLY DEFERRED"));
            writeAtRandom(source, target, ~seed, role);
        }
    }

    /** As on Citus: every table refuses an UPDATE of the column by which its rows are spread. */
    @ParameterizedTest(name = "-Dsluice.seed={0}")
    @MethodSource("seeds")
    void rowsOfADistributedTargetMoveWhenTheirKeyChanges(long seed) throws SQLException {
        ModelSource source = new ModelSource(seed, true);
        TestingTarget target = new TestingTarget(
                server,
                "spread_" + Long.toUnsignedString(seed),
                Dialect.CITUS,
                Conflict.OVERWRITE,
                ModelSource.mappings(),
                ModelSource::definitions);
        target.execute(source.targetTables().toArray(String[]::new));
        target.execute("""
                CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF to_jsonb(new) -> tg_argv[0] <> to_jsonb(old) -> tg_argv[0] THEN
                        RAISE 'modifying the partition value of rows is not allowed' USING ERRCODE = 'feature_not_supported';
                    END IF;
                    RETURN new;
                END $$""");
        SPREAD.forEach((table, column) -> target.execute(
                "CREATE TRIGGER stay BEFORE UPDATE ON \"%s\" FOR EACH ROW EXECUTE FUNCTION stay('%s')"
                        .formatted(table, column),
                "ALTER TABLE \"%s\" ENABLE ALWAYS TRIGGER stay".formatted(table)));
        writeAtRandom(source, target, ~seed);
    }

    /** As on openGauss, which is written to in another grammar, and on GaussDB, where rows are spread besides. */
    @ParameterizedTest(name = "-Dsluice.seed={0}")
    @MethodSource("seeds")
    void rowsGoToAGuardedGaussDb(long seed) throws SQLException {
        for (Dialect dialect : List.of(Dialect.OPENGAUSS, Dialect.GAUSSDB_DISTRIBUTED)) {
            boolean spread = dialect == Dialect.GAUSSDB_DISTRIBUTED;
            ModelSource source = new ModelSource(seed, true);
            TestingTarget target = new TestingTarget(
                    server,
                    (spread ? "gauss_" : "open_") + Long.toUnsignedString(seed),
                    dialect,
                    Conflict.OVERWRITE,
                    ModelSource.mappings(),
                    ModelSource::definitions);
            target.execute(source.targetTables().toArray(String[]::new));
            // It keeps no key unique without the distribution column.
            target.execute("ALTER TABLE keyed_there DROP CONSTRAINT keyed_there_uniq_key");
            GaussGuard.install(server, target.database());
            SPREAD.forEach((table, column) -> target.execute(
                    GaussGuard.distribute('"' + table + '"', spread ? new String[] {column} : new String[0])));
            writeAtRandom(source, target, ~seed);
        }
    }

    private static void writeAtRandom(ModelSource source, TestingTarget target, long seed) throws SQLException {
        writeAtRandom(source, target, seed, "replica");
    }

    private static void writeAtRandom(ModelSource source, TestingTarget target, long seed, String role)
            throws SQLException {
        Random random = new Random(seed);
        TestingTarget.Write write = target.open(role);
        for (int run = 0; run < 40; run++) {
            List<ChangeRecord> changes = source.transaction(1 + random.nextInt(random.nextInt(5) == 0 ? 400 : 12));
            if (random.nextInt(8) == 0) {
                write.writer().write(changes, true);
                write.session().close();
                write = target.open(role);
            }
            int middle = random.nextInt(changes.size() + 1);
            write.writer().write(changes.subList(0, middle), false);
            write.writer().write(changes.subList(middle, changes.size()), true);
            write.session().connection().commit();
            assertThat(write.exceptions().count()).isZero();
            if (run % 4 == 3) {
                assertHolds(target, source);
            }
        }
        assertHolds(target, source);
        write.session().close();
    }

    private static TestingTarget target(String name, Conflict conflict) {
        return new TestingTarget(server, name, conflict, ModelSource.mappings(), ModelSource::definitions);
    }

    /** A target that others have changed: every policy does in large runs what it does change by change. */
    @ParameterizedTest
    @EnumSource(
            value = Conflict.class,
            names = {"OVERWRITE", "IGNORE"})
    void aTargetThatDiffersIsTreatedAsThePolicySays(Conflict conflict) throws SQLException {
        for (Dialect dialect : List.of(Dialect.POSTGRESQL, Dialect.GAUSSDB_DISTRIBUTED)) {
            differs(dialect, conflict);
        }
    }

    private static void differs(Dialect dialect, Conflict conflict) throws SQLException {
        for (long seed : seeds()) {
            ModelSource source = new ModelSource(seed, false);
            TestingTarget target = new TestingTarget(
                    server,
                    "differs_" + dialect + conflict + Long.toUnsignedString(seed),
                    dialect,
                    conflict,
                    ModelSource.mappings(),
                    ModelSource::definitions);
            server.execute(target.database(), source.targetTables().toArray(String[]::new));
            Random random = new Random(~seed);
            PolicyModel model = new PolicyModel(conflict);
            TestingTarget.Write write = target.open();
            for (int run = 0; run < 12; run++) {
                List<ChangeRecord> changes = source.transaction(1 + random.nextInt(60));
                changes.forEach(model::apply);
                write.writer().write(changes, true);
                write.session().connection().commit();
                assertThat(target.rows("keyed_there", "id::text || '=' || coalesce(remark, '-')"))
                        .as("-Dsluice.seed=%s, run %s", seed, run)
                        .containsExactlyInAnyOrderElementsOf(model.rows());
                server.execute(target.database(), model.disturb(random).toArray(String[]::new));
            }
            write.session().close();
        }
    }

    private static void assertHolds(TestingTarget target, ModelSource source) {
        source.expected()
                .forEach((table, rows) -> assertThat(target.rows(table, ModelSource.columns(table)))
                        .as(table + " in " + target.database())
                        .containsExactlyInAnyOrderElementsOf(rows));
    }
}
