package io.sluice.apply.consume;

import io.sluice.apply.ApplyMetrics;
import io.sluice.apply.ddl.DdlApply;
import io.sluice.apply.exception.ExceptionDesk.Refusal;
import io.sluice.apply.exception.Exceptions;
import io.sluice.apply.exception.Exceptions.Notice;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.write.LockHolders;
import io.sluice.apply.write.TableLock;
import io.sluice.apply.write.TargetWriter;
import io.sluice.apply.write.WriterSetup;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.change.ChangeRecord.Ddl;
import io.sluice.contracts.change.SourceObject;
import io.sluice.contracts.change.SourceTable;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableMapping;
import io.sluice.postgres.PostgresErrors;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Writes rows and carries commands out, in their order, in transactions that whoever uses it ends. Not thread-safe. */
final class BatchWriter implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(BatchWriter.class);

    private final DatabaseSession target;
    private final @Nullable DdlApply ddl;
    private final ApplyMetrics metrics;
    private WriterSetup setup;
    private Exceptions exceptions;
    private TargetWriter writer;

    /** @param ddl carries commands over; null when the user does not want that */
    BatchWriter(
            DatabaseSession target,
            WriterSetup setup,
            Exceptions exceptions,
            @Nullable DdlApply ddl,
            ApplyMetrics metrics) {
        this.target = target;
        this.setup = setup;
        this.exceptions = exceptions;
        this.ddl = ddl;
        this.metrics = metrics;
        LockHolders.limitWaits(target);
        try {
            this.writer = setup.writer(target.connection(), exceptions);
            target.connection().commit();
        } catch (SQLException e) {
            throw explain(e, "reading the task's tables on the target");
        } catch (SluiceException e) {
            throw e.code() == ErrorCode.OBJECT_LOCKED ? locked(e) : e;
        }
    }

    /** Work on the target within its current transaction. */
    @FunctionalInterface
    interface Work {
        void run() throws SQLException;
    }

    /** What throws leaves nothing behind: whoever uses the session next must not commit a part of it. */
    void inOpenTransaction(Work work) {
        boolean worked = false;
        try {
            work.run();
            worked = true;
        } catch (SQLException e) {
            throw explain(e, "applying changes to the target");
        } finally {
            if (!worked) {
                target.end();
            }
        }
    }

    private SluiceException explain(SQLException error, String doing) {
        return TableLock.is(error) ? locked(error) : PostgresErrors.explain(error, doing);
    }

    private SluiceException locked(Exception error) {
        return LockHolders.explain(
                target.connection(),
                error,
                setup.mappings().stream().map(TableMapping::target).toList());
    }

    /** @param whole the changes end where source transactions end */
    void write(List<ChangeRecord> changes, boolean whole) throws SQLException {
        int from = 0;
        for (int i = 0; i < changes.size(); i++) {
            if (changes.get(i) instanceof Ddl command) {
                writeRows(changes.subList(from, i), false);
                alter(command);
                from = i + 1;
            }
        }
        writeRows(changes.subList(from, changes.size()), whole);
    }

    private void writeRows(List<ChangeRecord> changes, boolean whole) throws SQLException {
        if (!changes.isEmpty() || whole) {
            writer.write(changes, whole);
            metrics.rows(changes.size());
        }
    }

    private void alter(Ddl command) throws SQLException {
        if (ddl == null) {
            return;
        }
        writer.lookAtConstraints();
        if (carriedOut(ddl, command)) {
            metrics.ddl();
            renew(setup, exceptions);
        }
        for (SourceObject object : command.objects()) {
            rename(object);
        }
    }

    private boolean carriedOut(DdlApply commands, Ddl command) throws SQLException {
        try {
            return commands.apply(
                    command,
                    target.connection(),
                    (about, words) -> exceptions.notice(target.connection(), about, Notice.COMMAND, words));
        } catch (SluiceException e) {
            throw e.code() == ErrorCode.OBJECT_LOCKED ? locked(e) : e;
        }
    }

    private void rename(SourceObject object) throws SQLException {
        SourceTable before = object.before();
        SourceTable after = object.after();
        if (before == null || after == null) {
            return;
        }
        Map<String, String> names = before.renamedTo(after);
        if (!names.isEmpty()) {
            exceptions.renamed(target.connection(), before.tableName(), names);
        }
    }

    /** Writes rows if all of them can be written as planned; returns false, and has written nothing, when they cannot. */
    boolean writePlanned(List<ChangeRecord> changes) throws SQLException {
        return writer.writePlanned(changes);
    }

    /** Writes one change; returns why the target refuses it, or null. */
    @Nullable
    Refusal write(ChangeRecord change) throws SQLException {
        return writer.write(change);
    }

    /** From here on for other tables, or for the same as they are now. */
    void renew(WriterSetup newSetup, Exceptions newExceptions) throws SQLException {
        close();
        setup = newSetup;
        exceptions = newExceptions;
        TargetWriter before = writer;
        writer = newSetup.writer(target.connection(), newExceptions);
        writer.goOnAfter(before);
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (SQLException e) {
            // They go with the session, which is closed next.
            LOG.debug("Statements not closed", e);
        }
    }
}
