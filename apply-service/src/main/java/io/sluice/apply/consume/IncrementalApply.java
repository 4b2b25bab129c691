package io.sluice.apply.consume;

import io.sluice.apply.ApplyMetrics;
import io.sluice.apply.consume.PendingChanges.Boundary;
import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.Standing;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.apply.write.TargetTables;
import io.sluice.apply.write.TargetWriter;
import io.sluice.contracts.change.ChangeDecoder;
import io.sluice.contracts.change.ChangeRecord;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.PostgresErrors;
import io.sluice.postgres.SnapshotFence;
import io.sluice.postgres.dialect.TargetDialect;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Applies a task's changes from where the target stands until the run must end. What was read is written as soon as
 * nothing more is waiting, so that a lone change is on the target at once and a backlog goes in large batches. The
 * position is stored in the transaction that wrote the changes. One use per object.
 */
public final class IncrementalApply {

    private static final Duration LONGEST_POLL = Duration.ofMillis(100);
    private static final Duration REPORT_EVERY = Duration.ofSeconds(1);

    /** How often a position is stored when there were no changes. */
    private static final Duration IDLE_POSITION_EVERY = Duration.ofSeconds(5);

    private final ChangeTopic topic;
    private final DatabaseSession target;
    private final Bookkeeping bookkeeping;
    private final long epoch;
    private final PendingChanges pending;
    private final TargetWriter writer;
    private final RunContext context;
    private final ApplyMetrics metrics;
    private final Clock clock;
    private final ChangeDecoder decoder = new ChangeDecoder();
    private Boundary committed;
    private long lastReport;
    private long lastStored;

    public IncrementalApply(
            ChangeTopic topic,
            DatabaseSession target,
            TargetDialect dialect,
            Bookkeeping bookkeeping,
            Standing standing,
            List<TableName> tables,
            Map<TableName, SnapshotFence> fences,
            RunContext context,
            ApplyMetrics metrics,
            Clock clock) {
        this.topic = topic;
        this.target = target;
        this.bookkeeping = bookkeeping;
        this.epoch = standing.epoch();
        this.committed = new Boundary(standing.topicOffset(), standing.appliedLsn(), 0, 0);
        this.pending = new PendingChanges(java.util.Set.copyOf(tables), fences, committed);
        this.writer = new TargetWriter(target.connection(), dialect, TargetTables.read(target, tables));
        this.context = context;
        this.metrics = metrics;
        this.clock = clock;
    }

    public void run() {
        topic.seek(committed.nextOffset());
        lastStored = System.nanoTime();
        RunContext.Handle wakeUp = context.onStop(topic::wakeUp);
        try (wakeUp;
                writer) {
            while (!context.stopping()) {
                for (ConsumerRecord<byte[], byte[]> entry : topic.poll(LONGEST_POLL)) {
                    pending.add(decoder.decode(entry.value()), entry.offset(), entry.timestamp());
                    if (pending.full()) {
                        makeRoom();
                    }
                }
                if (pending.mayCommit()) {
                    commit();
                }
                report();
            }
        } catch (SQLException e) {
            throw PostgresErrors.explain(e, "closing statements on the target");
        }
    }

    private void makeRoom() {
        if (pending.mayCommit()) {
            commit();
        }
        if (pending.full()) {
            // One source transaction is larger than what is held: it stays one target transaction.
            inOpenTransaction(() -> write(pending.all()));
            pending.partWritten();
        }
    }

    private void commit() {
        Boundary boundary = pending.boundary();
        boolean storeIdle = System.nanoTime() - lastStored > IDLE_POSITION_EVERY.toNanos();
        if (pending.hasWork() || storeIdle) {
            long started = System.nanoTime();
            long transactions = pending.transactions();
            inOpenTransaction(() -> {
                write(pending.complete());
                bookkeeping.advance(target.connection(), epoch, boundary.nextOffset(), boundary.lsn());
                target.connection().commit();
            });
            lastStored = System.nanoTime();
            context.progressed();
            metrics.committed(transactions, Duration.ofNanos(lastStored - started));
        }
        pending.written();
        committed = boundary;
        metrics.lag(totalMillis());
    }

    private void write(List<ChangeRecord> changes) throws SQLException {
        writer.write(changes);
        metrics.rows(changes.size());
    }

    /** Work on the target within its current transaction. */
    @FunctionalInterface
    private interface Work {
        void run() throws SQLException;
    }

    private static void inOpenTransaction(Work work) {
        try {
            work.run();
        } catch (SQLException e) {
            // The session is closed by the caller, and the transaction with it.
            throw PostgresErrors.explain(e, "applying changes to the target");
        }
    }

    private void report() {
        long now = System.nanoTime();
        if (now - lastReport < REPORT_EVERY.toNanos() && lastReport != 0 || committed.sourceMillis() == 0) {
            return;
        }
        lastReport = now;
        long behind = Math.max(0, clock.millis() - committed.topicMillis());
        context.report(new Fact.ApplyPosition(committed.lsn().toString(), behind, totalMillis()));
    }

    private long totalMillis() {
        return Math.max(0, clock.millis() - committed.sourceMillis());
    }
}
