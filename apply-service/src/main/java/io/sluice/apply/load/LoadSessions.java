package io.sluice.apply.load;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.TargetDialect;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The two sessions of one worker. For one thread, but for {@link #cut}. */
final class LoadSessions implements AutoCloseable {

    private static final long MOST_MEMORY_MB = 1_024;
    private static final long LEAST_MEMORY_MB = 64;

    private final Connections source;
    private final Connections target;
    private final RunContext context;
    private final List<String> setup;
    private final Set<DatabaseSession> open = ConcurrentHashMap.newKeySet();
    private DatabaseSession reader;
    private DatabaseSession writer;

    LoadSessions(Connections source, Connections target, RunContext context, TargetDialect dialect, int workers) {
        this.source = source;
        this.target = target;
        this.context = context;
        this.setup = new ArrayList<>(dialect.loadSetup());
        setup.add(DatabaseSession.LOCK_TIMEOUT);
        setup.addAll(dialect.commitSetup());
        // All workers may build an index at a time.
        long memory = Math.clamp(MOST_MEMORY_MB / Math.max(workers, 1), LEAST_MEMORY_MB, MOST_MEMORY_MB);
        setup.add("SET maintenance_work_mem = '" + memory + "MB'");
        this.reader = register(DatabaseSession.open(source, context, List.of(DatabaseSession.LOCK_TIMEOUT)));
        try {
            this.writer = register(DatabaseSession.open(target, context, setup));
        } catch (RuntimeException e) {
            // Nobody else could: a session of the source would be left with each try.
            close();
            throw e;
        }
    }

    private DatabaseSession register(DatabaseSession session) {
        open.add(session);
        return session;
    }

    DatabaseSession reader() {
        return reader;
    }

    DatabaseSession writer() {
        return writer;
    }

    /** After an error sessions are in no known state. */
    void renew() {
        close();
        reader = register(DatabaseSession.open(source, context, List.of(DatabaseSession.LOCK_TIMEOUT)));
        writer = register(DatabaseSession.open(target, context, setup));
    }

    /** Ends both under whatever runs on them. */
    void cut() {
        open.forEach(DatabaseSession::cut);
    }

    @Override
    public void close() {
        open.forEach(DatabaseSession::close);
        open.clear();
    }
}
