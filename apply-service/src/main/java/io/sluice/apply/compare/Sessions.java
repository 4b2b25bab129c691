package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one worker: one on each side that reads many rows, one on each side that looks rows up. They write
 * values in one form, whatever the settings of databases and roles. Used by one thread.
 */
final class Sessions implements AutoCloseable {

    static final String READ = """
            SELECT set_config(s.name, s.value, false)
            FROM (VALUES ('DateStyle', 'ISO, MDY'), ('IntervalStyle', 'postgres'), ('TimeZone', 'UTC'),
                         ('extra_float_digits', '3'), ('bytea_output', 'hex'), ('xmloption', 'content'),
                         ('lc_monetary', 'C'), ('lock_timeout', '30s'), ('jit', 'off'),
                         -- A server must notice that nobody waits for an answer any more.
                         ('client_connection_check_interval', '10s')) AS s (name, value)
            JOIN pg_settings p ON p.name = s.name""";

    /**
     * Rows are looked up by their key: whatever the statistics say, its index is the way. Whoever wants a table for himself
     * may wait for the other session of the same worker, and this one for him.
     */
    private static final String LOOK_UP = """
            SELECT set_config(s.name, s.value, false)
            FROM (VALUES ('enable_seqscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'),
                         ('lock_timeout', '3s')) AS s (name, value)
            JOIN pg_settings p ON p.name = s.name""";

    private final Connections source;
    private final Connections target;
    private final RunContext context;
    private @Nullable DatabaseSession sourceScan;
    private @Nullable DatabaseSession targetScan;
    private @Nullable DatabaseSession sourceLookUp;
    private @Nullable DatabaseSession targetLookUp;

    Sessions(Connections source, Connections target, RunContext context) {
        this.source = source;
        this.target = target;
        this.context = context;
    }

    DatabaseSession sourceScan() {
        if (sourceScan == null) {
            sourceScan = open(source, List.of(READ));
        }
        return sourceScan;
    }

    DatabaseSession targetScan() {
        if (targetScan == null) {
            targetScan = open(target, List.of(READ));
        }
        return targetScan;
    }

    DatabaseSession sourceLookUp() {
        if (sourceLookUp == null) {
            sourceLookUp = open(source, List.of(READ, LOOK_UP));
        }
        return sourceLookUp;
    }

    DatabaseSession targetLookUp() {
        if (targetLookUp == null) {
            targetLookUp = open(target, List.of(READ, LOOK_UP));
        }
        return targetLookUp;
    }

    private DatabaseSession open(Connections connections, List<String> setup) {
        return DatabaseSession.open(connections, context, setup);
    }

    @Override
    public void close() {
        for (DatabaseSession session :
                new @Nullable DatabaseSession[] {sourceScan, targetScan, sourceLookUp, targetLookUp}) {
            if (session != null) {
                session.close();
            }
        }
        sourceScan = null;
        targetScan = null;
        sourceLookUp = null;
        targetLookUp = null;
    }
}
