package io.sluice.bench;

import io.sluice.localstack.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * What a script can do at best: tables by pg_dump, binary COPY from psql to psql in pieces of pages, the biggest first,
 * then the indexes; all by as many workers, and nothing that would survive an interruption.
 */
final class BarePipes implements Contender {

    private static final long PIECE_PAGES = 4_096;

    private final PostgresServer source;
    private final PostgresServer target;
    private final int workers;
    private final Commands commands;

    BarePipes(PostgresServer source, PostgresServer target, int workers, Commands commands) {
        this.source = source;
        this.target = target;
        this.workers = workers;
        this.commands = commands;
        Commands.require("psql", "Debian, Ubuntu: apt-get install postgresql-client");
        Commands.require("pg_dump", "Debian, Ubuntu: apt-get install postgresql-client");
    }

    @Override
    public String name() {
        return "bare pipes";
    }

    @Override
    public double copy(String from, String to) {
        long began = System.nanoTime();
        String in = Commands.uri(source, from);
        String out = Commands.uri(target, to);
        shell("pg_dump --section=pre-data '" + in + "' | psql -q -X -v ON_ERROR_STOP=1 '" + out + "'");
        List<String> pieces = ask(from, """
                SELECT format('COPY (SELECT * FROM %s WHERE ctid >= ''(%s,0)'' AND ctid < ''(%s,0)'') TO STDOUT (FORMAT binary)',
                           c.oid::regclass, first, CASE WHEN first + PIECE > pages THEN 4294967295 ELSE first + PIECE END)
                       || '|' || format('COPY %s FROM STDIN (FORMAT binary)', c.oid::regclass)
                FROM (SELECT oid, relkind, relnamespace, pg_relation_size(oid) / 8192 AS pages FROM pg_class) c,
                     generate_series(0, greatest(pages - 1, 0), PIECE) first
                WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                ORDER BY pages DESC, first""".replace("PIECE", Long.toString(PIECE_PAGES)));
        each(pieces.stream()
                .<Runnable>map(piece -> {
                    String[] both = piece.split("\\|", 2);
                    return () -> shell("psql -q -X -v ON_ERROR_STOP=1 '" + in + "' -c \"" + both[0]
                            + "\" | psql -q -X -v ON_ERROR_STOP=1 '" + out + "' -c \"" + both[1] + '"');
                })
                .toList());
        List<String> indexes = ask(from, """
                SELECT pg_get_indexdef(indexrelid) FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
                WHERE t.relnamespace = 'public'::regnamespace AND t.relkind = 'r' ORDER BY pg_relation_size(t.oid) DESC""");
        each(indexes.stream()
                .<Runnable>map(sql -> () -> target.execute(to, sql))
                .toList());
        List<String> keys = ask(from, """
                SELECT format('ALTER TABLE %s ADD PRIMARY KEY USING INDEX %I', conrelid::regclass, conname)
                FROM pg_constraint WHERE contype = 'p' AND connamespace = 'public'::regnamespace""");
        target.execute(to, keys.toArray(String[]::new));
        return (System.nanoTime() - began) / 1e9;
    }

    private void shell(String line) {
        commands.run("bash", "-o", "pipefail", "-c", line);
    }

    private void each(List<Runnable> works) {
        try (ExecutorService pool = Executors.newFixedThreadPool(workers)) {
            List<Future<?>> running = new ArrayList<>();
            works.forEach(work -> running.add(pool.submit(work)));
            for (Future<?> one : running) {
                one.get();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    private List<String> ask(String database, String sql) {
        List<String> values = new ArrayList<>();
        try (Connection connection = source.connect(database);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                values.add(row.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }
}
