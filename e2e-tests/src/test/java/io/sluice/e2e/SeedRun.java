package io.sluice.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.e2e.StateDigest.State;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * One seed: several sessions write so many random transactions each, the first half while a task starts and loads, the other half while
 * it streams. Whatever the target shows on the way must be the source as it was after some commit; at the end both must be equal.
 */
final class SeedRun {
    private static final String TEMPLATE = "seeds_template";
    private static final int SESSIONS = 3;
    private static final long SAMPLED_EVERY_NANOS = Duration.ofMillis(10).toNanos();

    /**
     * How much of everything.
     *
     * @param transactions of each session
     * @param pause the longest between two of them
     * @param bigRows of one big transaction among them; 0 for none
     */
    record Size(String name, int transactions, Duration pause, int bigRows) {
        static final Size SMALL = new Size("small", 120, Duration.ofMillis(20), 0);
        static final Size LARGE = new Size("large", 1_500, Duration.ofMillis(4), 60_000);
    }

    /** Would it fire for what Sluice writes, every tag would be another. */
    private static final String[] SPOILING = {
        "CREATE FUNCTION app.spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.kind := 'BIG'; RETURN NEW; END $$",
        "CREATE TRIGGER spoil BEFORE INSERT OR UPDATE ON app.tags FOR EACH ROW EXECUTE FUNCTION app.spoil()"
    };

    private final Sluice sluice;
    private final long seed;
    private final Size size;
    private final Pair pair;

    /** Every other seed has commands, too. */
    private final boolean ddl;

    /** Of the others, one has an account at the target whose triggers fire; the next lanes, and a trigger that must not. */
    private final boolean plainAccount;

    private final boolean lanes;

    private final CountDownLatch streaming = new CountDownLatch(1);
    private final AtomicReference<Throwable> broken = new AtomicReference<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<State> samples = new ArrayList<>();

    SeedRun(Sluice sluice, long seed, Size size) {
        this.sluice = sluice;
        this.seed = seed;
        this.size = size;
        this.ddl = seed % 2 == 0;
        this.plainAccount = Math.floorMod(seed, 4) == 1;
        this.lanes = Math.floorMod(seed, 4) == 3;
        if (!sluice.source().hasDatabase(TEMPLATE)) {
            makeTemplate(sluice);
        }
        this.pair = Pair.copyOf(sluice, TEMPLATE, "seed_%s_%d".formatted(size.name(), seed));
    }

    private static void makeTemplate(Sluice sluice) {
        sluice.source().createDatabase(TEMPLATE);
        try (Connection connection = sluice.source().connect(TEMPLATE);
                Statement statement = connection.createStatement()) {
            for (String sql : Shapes.SETUP) {
                statement.execute(sql);
            }
            WorkloadDatabase.fill(statement, Shapes.WIDE, Seed.randomFor(TEMPLATE));
            for (String sql : ChangingTable.SETUP) {
                statement.execute(sql);
            }
            for (String sql : StateDigest.ddl()) {
                statement.execute(sql);
            }
            statement.execute("VACUUM ANALYZE");
        } catch (SQLException e) {
            throw new IllegalStateException("filling " + TEMPLATE + ": " + e.getMessage(), e);
        }
    }

    /** Returns how many states between the first and the last one were seen; with lanes there is no telling. */
    int run() {
        AtomicReference<Task> task = new AtomicReference<>();
        try {
            return run(task);
        } catch (AssertionError | RuntimeException e) {
            if (task.get() != null) {
                keepTopic(task.get());
            }
            throw e;
        }
    }

    /** What the task was told can be read later beside the failure. */
    private void keepTopic(Task task) {
        Path file = Path.of("target", "failed-seeds", pair.name() + ".jsonl");
        try {
            Files.createDirectories(file.getParent());
            try (PrintWriter out = new PrintWriter(Files.newBufferedWriter(file))) {
                Topics.read(
                        sluice,
                        Topics.changesOf(task),
                        "read_committed",
                        change -> out.println(new String(change.value(), StandardCharsets.UTF_8)));
            }
            Seed.say("the change topic is in " + file.toAbsolutePath());
        } catch (IOException e) {
            throw new UncheckedIOException("keeping the change topic", e);
        }
    }

    private int run(AtomicReference<Task> made) {
        if ((seed + 1) / 2 % 2 == 0) {
            spillEverything(pair);
        }
        State first = StateDigest.look(pair.source(), pair.name());
        ChangeLog.keep(pair);
        List<Thread> sessions = new ArrayList<>();
        for (int i = 0; i < SESSIONS; i++) {
            int session = i;
            sessions.add(Thread.ofPlatform().daemon().name("session-" + i).start(() -> write(session)));
        }
        if (ddl) {
            sessions.add(Thread.ofPlatform().daemon().name("commands").start(this::change));
        }
        Task task = Task.create(pair, spec());
        made.set(task);
        task.start();
        task.awaitStreaming();
        // Tables that were rewritten while they were copied have newer snapshots than others, which the stream has
        // to pass.
        task.awaitZeroLag();
        if (lanes) {
            pair.onTarget(SPOILING);
        }
        // With lanes a transaction is not seen as a whole.
        Thread sampler = Thread.ofPlatform().daemon().name("sampler").start(lanes ? () -> {} : this::sample);
        streaming.countDown();
        sessions.forEach(SeedRun::join);
        try {
            task.awaitZeroLag();
        } finally {
            over.set(true);
            join(sampler);
        }
        if (broken.get() != null) {
            throw new AssertionError("the workload or the sampler broke: " + broken.get(), broken.get());
        }
        pair.assertEqual(Shapes.SCHEMA);
        if (ddl) {
            pair.assertSameStructure(Shapes.SCHEMA);
        }
        List<Long> commits = ChangeLog.commitsOfSource(pair);
        requireStatesOf(first, commits, List.of(StateDigest.look(pair.source(), pair.name())));
        samples.add(StateDigest.look(pair.target(), pair.name()));
        assertThat(samples.getLast().transactions()).hasSameSizeAs(commits);
        requireStatesOf(first, commits, samples);
        noticesWhatIsNoState(first, commits);
        int between = (int) samples.stream()
                .map(sample -> sample.transactions().size())
                .filter(count -> count > 0 && count < commits.size())
                .distinct()
                .count();
        Seed.say("%s seed %d%s: %,d transactions, %,d looks at %,d states between the first and the last"
                .formatted(
                        size.name(),
                        seed,
                        ddl ? " with commands" : plainAccount ? " with a plain account" : " with lanes",
                        commits.size(),
                        samples.size(),
                        between));
        task.end();
        pair.source().execute("postgres", "DROP DATABASE " + pair.name() + " WITH (FORCE)");
        pair.target()
                .execute(
                        "postgres",
                        "DROP DATABASE " + pair.name() + " WITH (FORCE)",
                        "DROP ROLE IF EXISTS " + pair.name());
        return lanes ? 2 : between;
    }

    /** The source puts every change on its disk until the commit, as otherwise only what is too much for its memory. */
    private static void spillEverything(Pair pair) {
        pair.onSource("ALTER DATABASE " + pair.name() + " SET debug_logical_replication_streaming = 'immediate'");
    }

    private void write(int session) {
        SplittableRandom random = Seed.randomFor(seed, size.name() + " session " + session);
        try (Connection connection = pair.source().connect(pair.name())) {
            connection.setAutoCommit(false);
            RandomTransaction transactions = new RandomTransaction(connection, Shapes.WIDE, random, session);
            for (int i = 0; i < size.transactions(); i++) {
                if (i == size.transactions() / 2) {
                    streaming.await();
                    if (session == 0 && size.bigRows() > 0) {
                        big(connection);
                    }
                }
                carryOut(connection, transactions);
                if (ddl && random.nextInt(4) == 0) {
                    ChangingTable.touch(connection, random);
                }
                LockSupport.parkNanos(random.nextLong(size.pause().toNanos()));
            }
        } catch (SQLException | InterruptedException | RuntimeException e) {
            broken.compareAndSet(null, e);
        }
    }

    private ObjectNode spec() {
        ObjectNode spec = Task.spec(pair, Shapes.SCHEMA);
        if (ddl) {
            Task.followDdl(spec);
        }
        if (lanes) {
            spec.putObject("changes").put("lanes", 3);
        }
        if (plainAccount) {
            pair.target()
                    .execute(
                            "postgres",
                            "CREATE ROLE " + pair.name() + " LOGIN PASSWORD 'seed'",
                            "ALTER DATABASE " + pair.name() + " OWNER TO " + pair.name());
            spec.withObject("target").put("username", pair.name()).put("password", "seed");
        }
        return spec;
    }

    /** Once the tables are loaded: a load takes a table as it is when it begins. */
    private void change() {
        SplittableRandom random = Seed.randomFor(seed, size.name() + " commands");
        try (Connection connection = pair.source().connect(pair.name())) {
            connection.setAutoCommit(false);
            ChangingTable table = new ChangingTable(connection, random);
            streaming.await();
            for (int i = 0; i < size.transactions() / 4; i++) {
                table.carryOut();
                LockSupport.parkNanos(random.nextLong(size.pause().toNanos()));
            }
        } catch (SQLException | InterruptedException | RuntimeException e) {
            broken.compareAndSet(null, e);
        }
    }

    private static void carryOut(Connection connection, RandomTransaction transactions) throws SQLException {
        try {
            transactions.carryOut();
        } catch (SQLException e) {
            connection.rollback();
            if (!Workload.COLLISIONS.contains(String.valueOf(e.getSQLState()))) {
                throw e;
            }
        }
    }

    private void big(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("INSERT INTO app.bulk SELECT i, i %% 97, md5(i::text) FROM generate_series(1, %d) i"
                    .formatted(size.bigRows()));
            statement.execute("UPDATE app.bulk SET body = body || '.' WHERE part < 20");
            statement.execute("DELETE FROM app.bulk WHERE part BETWEEN 10 AND 40");
            statement.execute("INSERT INTO app.log (worker) VALUES (-1)");
        }
        connection.commit();
    }

    private void sample() {
        try (Connection connection = StateDigest.open(pair.target(), pair.name())) {
            while (!over.get()) {
                State state = StateDigest.lookUnlessLocked(connection);
                if (state != null) {
                    samples.add(state);
                }
                LockSupport.parkNanos(SAMPLED_EVERY_NANOS);
            }
        } catch (SQLException | RuntimeException e) {
            broken.compareAndSet(null, e);
        }
    }

    /** Each shows the first so many transactions in the order of their commits, and the rows that these come to. */
    private static void requireStatesOf(State first, List<Long> commits, List<State> samples) {
        Map<Long, Integer> places = new HashMap<>();
        commits.forEach(commit -> places.put(commit, places.size()));
        for (int i = 0; i < samples.size(); i++) {
            State sample = samples.get(i);
            int shown = sample.transactions().size();
            List<Integer> seen = sample.transactions().stream()
                    .map(transaction -> places.getOrDefault(transaction, Integer.MAX_VALUE))
                    .sorted()
                    .toList();
            boolean prefix = seen.stream().distinct().count() == shown && (shown == 0 || seen.getLast() == shown - 1);
            if (!prefix) {
                throw new AssertionError(
                        "%d transactions were shown that are not the first ones that the source has committed: places %s"
                                .formatted(shown, seen));
            }
            List<String> wrong = sample.tablesOutOfStep(first);
            if (!wrong.isEmpty()) {
                throw new AssertionError(
                        "look %d of %d showed the first %d of %d transactions, but other rows than they come to in %s"
                                .formatted(i + 1, samples.size(), shown, commits.size(), wrong));
            }
        }
    }

    /** What every run relies on. */
    private void noticesWhatIsNoState(State first, List<Long> commits) {
        State last = samples.getLast();
        List<Long> withoutOne = last.transactions().stream()
                .filter(transaction -> !transaction.equals(commits.get(commits.size() / 2)))
                .toList();
        Map<String, BigDecimal> other = new HashMap<>(last.sums());
        other.merge("app.tags", BigDecimal.ONE, BigDecimal::add);
        List<State> wrong = List.of(
                new State(other, last.added(), last.transactions()), new State(last.sums(), last.added(), withoutOne));
        for (State state : wrong) {
            try {
                requireStatesOf(first, commits, List.of(state));
            } catch (AssertionError noticed) {
                continue;
            }
            throw new AssertionError("what is no state of the source was not noticed");
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
