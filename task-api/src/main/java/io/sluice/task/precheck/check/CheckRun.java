package io.sluice.task.precheck.check;

import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.error.Violation;
import io.sluice.contracts.task.TableMapping;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Connections;
import io.sluice.postgres.catalog.TableDefinition;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One run of the checks against the real databases, in parallel, in sessions that cannot write. A check that cannot be
 * done has failed; none is skipped.
 */
public final class CheckRun {

    private static final String APPLICATION = "sluice precheck";

    private final Databases databases;
    private final Duration patience;
    private final Predicate<String> wanted;
    private final @Nullable Set<String> confirmed;
    private final Consumer<List<Item>> progress;
    private final Map<String, Item> items = new ConcurrentHashMap<>();
    private final Map<String, List<Finding>> findings = new ConcurrentHashMap<>();
    private volatile SortedMap<TableName, TableMapping> mappings = Collections.emptySortedMap();
    /** No monitor: a virtual thread that waits for one holds on to its carrier. */
    private final ReentrantLock telling = new ReentrantLock();

    /**
     * @param wanted keys of the checks that are done beside those of the databases and of what is chosen
     * @param confirmed as in {@link Subject}
     */
    private CheckRun(
            Databases databases,
            Duration patience,
            Predicate<String> wanted,
            @Nullable Set<String> confirmed,
            Consumer<List<Item>> progress) {
        this.databases = databases;
        this.patience = patience;
        this.wanted = wanted;
        this.confirmed = confirmed;
        this.progress = progress;
    }

    /**
     * Every check.
     *
     * @param patience how long one check may take
     * @param progress gets the items that are done, in order, after each; called by one thread at a time
     */
    public static Outcome all(Databases databases, Duration patience, Consumer<List<Item>> progress) {
        return new CheckRun(databases, patience, key -> true, null, progress).run();
    }

    /**
     * Only what is chosen and whether it fits, for tables that come to a task that runs.
     *
     * @param confirmed keys of warnings that a user has read; rows of the target are deleted only with one of them
     */
    public static Outcome added(Databases databases, Duration patience, Set<String> confirmed) {
        return new CheckRun(databases, patience, Checks.OF_TABLES::contains, confirmed, done -> {}).run();
    }

    /** What {@link #all} looks at, in order. */
    public static List<About> catalog() {
        List<About> all = new ArrayList<>(List.of(
                Checks.SOURCE_CONNECTION,
                Checks.TARGET_CONNECTION,
                Checks.SAME_DATABASE.about(),
                Checks.SOURCE_VERSION.about()));
        List<About> rest = Checks.OTHERS.stream().map(Check::about).toList();
        rest.stream().filter(about -> about.group() != Group.OBJECTS).forEach(all::add);
        all.add(SelectionCheck.ABOUT);
        rest.stream().filter(about -> about.group() == Group.OBJECTS).forEach(all::add);
        return all;
    }

    private Outcome run() {
        SortedMap<TableName, TableDefinition> tables = new TreeMap<>();
        try (Sessions source = sessions(true);
                Sessions target = sessions(false)) {
            parallel(List.of(source::open, target::open));
            report(Checks.SOURCE_CONNECTION, source.problem());
            report(Checks.TARGET_CONNECTION, target.problem());
            sameDatabase(source, target);
            String noTarget = target.problem() == null ? null : Checks.TARGET_CONNECTION.key();
            String noSource = source.problem() == null ? null : Checks.SOURCE_CONNECTION.key();
            About version = Checks.SOURCE_VERSION.about();
            check(Checks.SOURCE_VERSION.about(), Checks.SOURCE_VERSION::run, source, target, tables, noSource);
            // The catalogs of a version that is too old need not have what the other checks read.
            if (noSource == null && failed(version)) {
                noSource = version.key();
            }
            check(
                    SelectionCheck.ABOUT,
                    (subject, found) -> tables.putAll(SelectionCheck.find(subject, found)),
                    source,
                    target,
                    tables,
                    noSource);
            String noTables = noSource == null && failed(SelectionCheck.ABOUT) && tables.isEmpty()
                    ? SelectionCheck.ABOUT.key()
                    : null;
            SortedMap<TableName, TableDefinition> chosen = Collections.unmodifiableSortedMap(tables);
            mappings = Collections.unmodifiableSortedMap(TableMapping.all(databases.spec(), tables.keySet()));
            String sourceGone = noSource;
            parallel(Checks.OTHERS.stream()
                    .filter(check -> wanted.test(check.about().key()))
                    .<Runnable>map(check -> () -> check(
                            check.about(),
                            check::run,
                            source,
                            target,
                            chosen,
                            blocker(check.about(), sourceGone, noTarget, noTables)))
                    .toList());
        }
        List<About> order = catalog();
        return new Outcome(
                items(order),
                order.stream()
                        .flatMap(about -> findings.getOrDefault(about.key(), List.of()).stream())
                        .filter(finding -> finding.result() == Result.FAILED)
                        .map(Finding::violation)
                        .toList(),
                List.copyOf(tables.values()));
    }

    private static @Nullable String blocker(
            About about, @Nullable String noSource, @Nullable String noTarget, @Nullable String noTables) {
        if (noSource != null && (about.source() || about.tables())) {
            return noSource;
        }
        if (noTarget != null && about.target()) {
            return noTarget;
        }
        return about.tables() ? noTables : null;
    }

    private Sessions sessions(boolean source) {
        Connections connections = source
                ? new Connections("source", databases.spec().source(), databases.sourceCredentials(), APPLICATION)
                : new Connections("target", databases.spec().target(), databases.targetCredentials(), APPLICATION);
        return new Sessions(connections, patience);
    }

    private void report(About about, @Nullable Violation problem) {
        Findings found = new Findings();
        if (problem != null) {
            found.fail(problem);
        }
        done(about, found);
    }

    /** What one check does. */
    @FunctionalInterface
    private interface Work {
        void run(Subject subject, Findings findings) throws SQLException;
    }

    /** With both connections when there are both, else by the addresses alone. */
    private void sameDatabase(Sessions source, Sessions target) {
        About about = Checks.SAME_DATABASE.about();
        boolean both = source.problem() == null && target.problem() == null;
        About needs = both ? About.both(about.key(), about.group()) : about;
        check(needs, Checks.SAME_DATABASE::run, source, target, new TreeMap<>(), null);
    }

    private void check(
            About about,
            Work work,
            Sessions source,
            Sessions target,
            SortedMap<TableName, TableDefinition> tables,
            @Nullable String blocker) {
        if (blocker != null) {
            items.put(about.key(), Item.blocked(about, blocker));
            tell();
            return;
        }
        // The source before the target, always: nobody waits for one while he holds the other.
        Connection from = null;
        Connection to = null;
        boolean stuck = false;
        Findings found = new Findings();
        try {
            from = about.source() ? source.take() : null;
            to = about.target() ? target.take() : null;
            Attempt attempt = new Attempt(new Subject(databases.spec(), from, to, tables, mappings, confirmed), work);
            stuck = !attempt.ends(patience.plusSeconds(1));
            found = stuck ? tooSlow(about) : attempt.findings(about.target() && !about.source() ? target : source);
        } catch (SluiceException e) {
            found.fail((about.source() && from == null ? source : target).explain(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            found.fail("", ErrorCode.INTERNAL, "The precheck was interrupted; run it again.", "");
        } finally {
            release(source, from, stuck);
            release(target, to, stuck);
        }
        done(about, found);
    }

    private Findings tooSlow(About about) {
        Findings found = new Findings();
        found.fail(
                about.target() && !about.source() ? "target" : "source",
                ErrorCode.CONNECTION_TIMEOUT,
                "This did not end within " + patience.toSeconds() + " s. Look at the load of the server and at locks on"
                        + " its catalog, then run the precheck again.",
                "");
        return found;
    }

    private static void release(Sessions sessions, @Nullable Connection session, boolean stuck) {
        if (session != null && stuck) {
            sessions.discard(session);
        } else if (session != null) {
            sessions.giveBack(session);
        }
    }

    private void done(About about, Findings found) {
        items.put(about.key(), found.item(about));
        findings.put(about.key(), found.all());
        tell();
    }

    private void tell() {
        telling.lock();
        try {
            progress.accept(items(catalog()));
        } finally {
            telling.unlock();
        }
    }

    private List<Item> items(List<About> order) {
        List<Item> done = new ArrayList<>();
        for (About about : order) {
            Item item = items.get(about.key());
            if (item != null) {
                done.add(item);
            }
        }
        return done;
    }

    private boolean failed(About about) {
        Item item = items.get(about.key());
        return item != null && item.result() == Result.FAILED;
    }

    private static void parallel(List<Runnable> work) {
        CountDownLatch running = new CountDownLatch(work.size());
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        for (Runnable one : work) {
            Thread.ofVirtual().name("precheck").start(() -> {
                try {
                    one.run();
                } catch (Throwable e) {
                    failure.compareAndSet(null, e);
                } finally {
                    running.countDown();
                }
            });
        }
        try {
            running.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SluiceException(ErrorCode.INTERNAL, "the checks were interrupted", e);
        }
        if (failure.get() != null) {
            throw new SluiceException(ErrorCode.INTERNAL, "a check broke", failure.get());
        }
    }

    /** A check under way in a thread of its own, so that it can be left behind. */
    private static final class Attempt {

        private final Findings findings = new Findings();
        private final Thread thread;
        private @Nullable Throwable error;

        Attempt(Subject subject, Work work) {
            thread = Thread.ofVirtual().name("check").start(() -> {
                try {
                    work.run(subject, findings);
                } catch (Throwable e) {
                    // Whatever it was, the check did not pass.
                    error = e;
                }
            });
        }

        boolean ends(Duration patience) throws InterruptedException {
            return thread.join(patience);
        }

        /** Once it has ended. */
        Findings findings(Sessions side) {
            Throwable thrown = error;
            if (thrown instanceof SQLException e) {
                findings.fail(side.explain(e, "checking it"));
            } else if (thrown instanceof SluiceException e) {
                findings.fail(side.explain(e));
            } else if (thrown != null) {
                System.getLogger(CheckRun.class.getName()).log(System.Logger.Level.ERROR, "A check broke", thrown);
                findings.fail("", ErrorCode.INTERNAL, "This check broke; the service's log says why.", "");
            }
            return findings;
        }
    }
}
