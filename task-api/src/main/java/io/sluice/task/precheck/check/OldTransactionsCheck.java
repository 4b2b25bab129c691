package io.sluice.task.precheck.check;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A slot becomes usable only when every transaction that was running has ended, and keeps WAL from the oldest one on;
 * a prepared transaction can stay for ever.
 */
final class OldTransactionsCheck implements Check {

    private final Duration age;

    OldTransactionsCheck(Duration age) {
        this.age = age;
    }

    private record Session(int pid, String what) {}

    @Override
    public About about() {
        return About.source("old-transactions", Group.SOURCE_SETTINGS).ofTheMoment();
    }

    @Override
    public void run(Subject subject, Findings findings) throws SQLException {
        if (!subject.streams()) {
            return;
        }
        Query query = subject.source();
        old(query, findings);
        prepared(query, findings);
        hidden(query, findings);
    }

    private void old(Query query, Findings findings) throws SQLException {
        String sql = """
                SELECT pid, coalesce(usename, backend_type), date_trunc('second', now() - xact_start)::text
                FROM pg_stat_activity
                WHERE xact_start <= clock_timestamp() - ? * interval '1 s' AND pid <> pg_backend_pid()
                  AND backend_type NOT IN ('walsender', 'autovacuum worker')
                ORDER BY xact_start
                """;
        List<Session> sessions = query.list(
                sql,
                row -> new Session(
                        row.getInt(1),
                        "session " + row.getInt(1) + " of " + row.getString(2) + ", for " + row.getString(3)),
                age.toSeconds());
        if (!sessions.isEmpty()) {
            List<String> named = sessions.stream().map(Session::what).toList();
            findings.warn(
                    "source",
                    "Transactions are open on the source for longer than " + age.toMinutes() + " min: "
                            + Findings.list(named) + ". The task cannot begin to stream before they end.",
                    sessions.stream()
                            .limit(Item.OBJECTS)
                            .map(session -> "SELECT pg_terminate_backend(" + session.pid() + ");")
                            .collect(Collectors.joining(" ")),
                    named);
        }
    }

    private static void prepared(Query query, Findings findings) throws SQLException {
        List<String> prepared =
                query.list("SELECT gid FROM pg_prepared_xacts ORDER BY prepared", row -> row.getString(1));
        if (!prepared.isEmpty()) {
            findings.warn(
                    "source",
                    "The source has prepared transactions: " + Findings.list(prepared) + ". The task cannot begin to"
                            + " stream before each is committed or rolled back, in the database in which it was"
                            + " prepared.",
                    prepared.stream()
                            .limit(Item.OBJECTS)
                            .map(gid -> "ROLLBACK PREPARED '" + gid.replace("'", "''") + "';")
                            .collect(Collectors.joining(" ")),
                    prepared);
        }
    }

    /** Since when others' transactions are open is shown only to members of pg_read_all_stats. */
    private static void hidden(Query query, Findings findings) throws SQLException {
        boolean hidden = query.flag("""
                SELECT count(*) > 0 FROM pg_stat_activity
                WHERE backend_type IS NULL AND NOT pg_has_role(usesysid, 'USAGE')
                  AND NOT pg_has_role('pg_read_all_stats', 'USAGE')
                """);
        if (hidden) {
            findings.warn(
                    "source.username",
                    "The source's user may not see since when other users' transactions are open; one that is open for"
                            + " long keeps the task from streaming.",
                    "GRANT pg_read_all_stats TO " + query.role() + ";");
        }
    }
}
