package io.sluice.apply.structure;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.structure.PlannedObject.Stage;
import io.sluice.apply.structure.PlannedObject.State;
import io.sluice.apply.structure.StructureLog.Entry;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.task.TableName;
import io.sluice.postgres.Identifier;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.dialect.ObjectKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes objects on the target. Many go in one transaction and in one message to the server; when one of them is refused,
 * they go one by one, so that it is the only one that fails. Thread-safe but for the connections.
 */
final class Installer {

    /** Objects in a transaction: each takes some of the server's lock table (max_locks_per_transaction). */
    private static final int CHUNK = 100;

    private final StructureLog log;
    private final StructureStates states;
    private final Bookkeeping bookkeeping;
    private final long generation;

    Installer(StructureLog log, StructureStates states, Bookkeeping bookkeeping, long generation) {
        this.log = log;
        this.states = states;
        this.bookkeeping = bookkeeping;
        this.generation = generation;
    }

    /**
     * Makes those that are neither done nor given up under this order, in their order.
     *
     * @param loaded the tables that rows are copied to, which are noted as made
     */
    void make(DatabaseSession target, long epoch, List<PlannedObject> objects, Set<TableName> loaded) {
        makeAll(target, epoch, objects.stream().filter(this::open).toList(), loaded);
    }

    /** Tries those that failed once more, as long as that helps: one may have waited for another. */
    void makeFailed(DatabaseSession target, long epoch, List<PlannedObject> objects) {
        List<PlannedObject> failed = failed(objects);
        int before = Integer.MAX_VALUE;
        while (!failed.isEmpty() && failed.size() < before) {
            before = failed.size();
            makeAll(target, epoch, failed, Set.of());
            failed = failed(failed);
        }
    }

    /** The same for tables that the stream writes to meanwhile: foreign keys keep nobody waiting. */
    void makeBeside(DatabaseSession target, long epoch, List<PlannedObject> objects, Names names) {
        List<PlannedObject> others = new ArrayList<>();
        for (PlannedObject object : objects) {
            TableName table = object.table();
            if (object.kind() != ObjectKind.FOREIGN_KEY || table == null) {
                others.add(object);
            } else if (open(object)) {
                make(target, epoch, others, Set.of());
                others.clear();
                String constraint = constraint(object.name(), table);
                KeyBeside key = new KeyBeside(
                        object.statements().getFirst(),
                        names.relation(table),
                        constraint,
                        done(object),
                        refusal -> failed(object, refusal));
                states.put(key.make(target, connection -> bookkeeping.share(connection, epoch), log));
            }
        }
        make(target, epoch, others, Set.of());
    }

    /** The name of a part of a table, of what it is called for people. */
    static String constraint(String name, TableName table) {
        return name.substring(0, name.length() - (" on " + table).length());
    }

    /**
     * Foreign keys that rows are in the way of are not given up yet: tables that were copied at different moments fit
     * together once the stream has come to the last of them.
     */
    void postpone(DatabaseSession target, long epoch, List<PlannedObject> objects) {
        List<Entry> postponed = new ArrayList<>();
        for (PlannedObject object : failed(objects)) {
            Entry entry = states.find(object.id());
            if (object.kind() == ObjectKind.FOREIGN_KEY && entry != null && PostponedKeys.mayWait(entry)) {
                postponed.add(PostponedKeys.postponed(entry));
            }
        }
        if (!postponed.isEmpty()) {
            target.transact("postponing foreign keys", connection -> {
                bookkeeping.share(connection, epoch);
                log.write(connection, postponed);
            });
            states.putAll(postponed);
        }
    }

    private List<PlannedObject> failed(List<PlannedObject> objects) {
        return objects.stream()
                .filter(object -> object.verdict() == null && state(object) == State.FAILED)
                .toList();
    }

    private @Nullable State state(PlannedObject object) {
        Entry entry = states.find(object.id());
        return entry == null ? null : entry.state();
    }

    private void makeAll(DatabaseSession target, long epoch, List<PlannedObject> open, Set<TableName> loaded) {
        for (int from = 0; from < open.size(); from += CHUNK) {
            List<PlannedObject> chunk = open.subList(from, Math.min(from + CHUNK, open.size()));
            List<Entry> entries = target.inTransaction("creating structure", connection -> {
                bookkeeping.share(connection, epoch);
                prepare(connection);
                List<Entry> made = makeOpen(connection, chunk);
                log.write(connection, made);
                List<TableName> tables = new ArrayList<>();
                for (int i = 0; i < chunk.size(); i++) {
                    TableName table = chunk.get(i).table();
                    if (chunk.get(i).kind() == ObjectKind.TABLE
                            && table != null
                            && loaded.contains(table)
                            && made.get(i).state() == State.DONE) {
                        tables.add(table);
                    }
                }
                bookkeeping.tablesMade(connection, tables);
                return made;
            });
            states.putAll(entries);
        }
    }

    /**
     * In the caller's transaction, which holds the claim.
     *
     * @return what became of those that were open; not known to anybody before the transaction is committed
     */
    List<Entry> make(Connection target, Collection<PlannedObject> objects) throws SQLException {
        List<Entry> entries =
                makeOpen(target, objects.stream().filter(this::open).toList());
        log.write(target, entries);
        return entries;
    }

    private boolean open(PlannedObject object) {
        if (object.verdict() != null) {
            return false;
        }
        Entry entry = states.find(object.id());
        return entry == null
                || switch (entry.state()) {
                    case PLANNED -> true;
                    case DONE, SKIPPED -> false;
                    // A table must be there, so it is tried with every run; why others failed a user may have to mend.
                    case FAILED -> object.stage() == Stage.BEFORE_DATA || entry.generation() < generation;
                };
    }

    static void prepare(Connection target) throws SQLException {
        try (Statement statement = target.createStatement()) {
            // A body may speak of what comes later; all bodies are looked at when everything is there.
            statement.execute("SET LOCAL check_function_bodies = off");
            // Sessions that write batches plan as if there were indexes for everything.
            for (String plan : List.of("enable_seqscan", "enable_hashjoin", "enable_mergejoin")) {
                statement.execute("SET LOCAL " + plan + " = on");
            }
        }
    }

    private List<Entry> makeOpen(Connection target, List<PlannedObject> chunk) throws SQLException {
        if (chunk.size() > 1 && chunk.stream().allMatch(PlannedObject::canBeJoined)) {
            Savepoint before = target.setSavepoint();
            try (Statement statement = target.createStatement()) {
                StringBuilder all = new StringBuilder();
                chunk.forEach(object -> all.append(object.ddl()).append('\n'));
                statement.execute(all.toString());
                target.releaseSavepoint(before);
                return chunk.stream().map(this::done).toList();
            } catch (SQLException e) {
                requireRefusal(e);
                target.rollback(before);
            }
        }
        List<Entry> entries = new ArrayList<>();
        for (PlannedObject object : chunk) {
            entries.add(one(target, object));
        }
        return entries;
    }

    private Entry one(Connection target, PlannedObject planned) throws SQLException {
        Entry known = states.find(planned.id());
        boolean there = known != null && known.ddl().startsWith(PlannedObject.REPLACE);
        PlannedObject object = there ? planned.replacing() : planned;
        SQLException refusal = tryOut(target, object.statements());
        if (refusal == null) {
            return done(object);
        }
        if (isThere(object.kind(), String.valueOf(refusal.getSQLState()))) {
            return Entry.of(
                    object, State.SKIPPED, null, "It was on the target already and was left as it is.", generation);
        }
        return failed(object, refusal);
    }

    /** 42710 duplicate_object, 42P07 duplicate_table, 42723 duplicate_function. */
    private static boolean isThere(ObjectKind kind, String state) {
        return switch (kind) {
            case EXTENSION, COLLATION, TYPE, DOMAIN, SEQUENCE, FUNCTION, PROCEDURE, AGGREGATE, OPERATOR, CAST ->
                state.equals("42710") || state.equals("42P07") || state.equals("42723");
            case SCHEMA,
                    TABLE,
                    KEY,
                    CONSTRAINT,
                    INDEX,
                    STATISTICS,
                    VIEW,
                    MATERIALIZED_VIEW,
                    RULE,
                    TRIGGER,
                    FOREIGN_KEY,
                    POLICY,
                    TABLE_SETTING,
                    COMMENT,
                    PRIVILEGE,
                    OTHER -> false;
        };
    }

    private Entry failed(PlannedObject object, SQLException refusal) {
        return Entry.of(object, State.FAILED, refusal.getSQLState(), reason(refusal), generation);
    }

    private Entry done(PlannedObject object) {
        return Entry.of(object, State.DONE, null, null, generation);
    }

    /** Returns why the target refuses; then nothing was done. */
    static @Nullable SQLException tryOut(Connection target, List<String> statements) throws SQLException {
        Savepoint before = target.setSavepoint();
        try (Statement statement = target.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
            target.releaseSavepoint(before);
            return null;
        } catch (SQLException e) {
            requireRefusal(e);
            target.rollback(before);
            return e;
        }
    }

    /** Looks whether the bodies of functions compile now; one that does not stays as it is at the source, and is named. */
    void checkBodies(DatabaseSession target, long epoch, List<PlannedObject> functions) {
        for (PlannedObject object : functions) {
            Entry known = states.find(object.id());
            if (known == null || known.state() != State.DONE) {
                continue;
            }
            Entry failed = target.inTransaction("checking functions", connection -> {
                bookkeeping.share(connection, epoch);
                SQLException refusal = tryOut(
                        connection,
                        List.of(
                                searchPath(object),
                                object.replacing().statements().getFirst()));
                connection.rollback();
                if (refusal == null) {
                    return null;
                }
                bookkeeping.share(connection, epoch);
                Entry entry = Entry.of(
                        object.replacing(),
                        State.FAILED,
                        refusal.getSQLState(),
                        "It is there, but its body does not compile on the target: " + reason(refusal),
                        generation);
                log.write(connection, List.of(entry));
                return entry;
            });
            if (failed != null) {
                states.put(failed);
            }
        }
    }

    /** A body may rely on the schemas that its callers usually see. */
    private static String searchPath(PlannedObject object) {
        String schema = object.schema();
        return "SET LOCAL search_path = " + (schema == null ? "" : Identifier.quote(schema) + ", ") + "public";
    }

    /** @throws SQLException when it says nothing of the object: the connection, a lock, a full disk */
    static void requireRefusal(SQLException error) throws SQLException {
        String state = error.getSQLState() == null ? "" : error.getSQLState();
        ErrorCode code = PostgresErrors.classify(error);
        boolean refusal = switch (code) {
            case DATABASE_ERROR, ROW_REFUSED, PRIVILEGE_MISSING -> true;
            default -> false;
        };
        // 40: deadlock and the like; 55P03: a lock; 57: the server or a person ended it; 53: resources; 58: I/O, but
        // for the missing file of a library or, before PostgreSQL 14, of an extension.
        if (!refusal
                || state.startsWith("40")
                || state.equals("55P03")
                || state.startsWith("57")
                || state.startsWith("53") && !state.equals("53200")
                || state.startsWith("58") && !state.equals("58P01")) {
            throw error;
        }
    }

    static String reason(SQLException refusal) {
        String text =
                String.valueOf(PostgresErrors.explain(refusal, "it was made").getMessage());
        return text.replaceFirst("^While it was made: ", "");
    }
}
