package io.sluice.apply.compare;

import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.task.Phase;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.WalEnd;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;

/** How far the target has followed the source, from the bookkeeping on the target. Used by one thread. */
public final class AppliedPosition {

    private static final Duration LOOK_EVERY = Duration.ofMillis(50);

    private final String taskId;
    private final DatabaseSession source;
    private final DatabaseSession target;
    private final RunContext context;

    /** Both sessions are used for short transactions while nothing else uses them. */
    public AppliedPosition(String taskId, DatabaseSession source, DatabaseSession target, RunContext context) {
        this.taskId = taskId;
        this.source = source;
        this.target = target;
        this.context = context;
    }

    /** Changes of the source are on their way to the target. */
    public boolean live() {
        return live(context);
    }

    static boolean live(RunContext context) {
        TaskOrder order = context.order();
        return order.phase() == Phase.RUN && order.spec().mode().streams();
    }

    /** Changes of the source are on their way to the target, or will be once the task is resumed. */
    boolean pending() {
        TaskOrder order = context.order();
        return (order.phase() == Phase.RUN || order.phase() == Phase.PAUSE)
                && order.spec().mode().streams();
    }

    /** What is on its way stays there until the task is resumed. */
    boolean paused() {
        return pending() && !live();
    }

    /** The end of the source's WAL. */
    public Lsn sourceEnd() {
        return source.inTransaction("reading the position", WalEnd::read);
    }

    public Lsn applied() {
        return target.inTransaction("reading the applied position", connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("SELECT applied_lsn FROM _sluice.task WHERE task_id = ?")) {
                statement.setString(1, taskId);
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() ? Lsn.parse(row.getString(1)) : Lsn.ZERO;
                }
            }
        });
    }

    /**
     * Waits until everything up to a position is on the target, or nothing is on its way any more. Returns whether it is
     * there.
     */
    public boolean await(Lsn position, Duration most) {
        long end = System.nanoTime() + most.toNanos();
        while (live() && !context.stopping()) {
            if (!position.isAfter(applied())) {
                return true;
            }
            if (System.nanoTime() > end || context.pause(LOOK_EVERY)) {
                return false;
            }
        }
        return false;
    }

    /**
     * Waits like {@link #await}. Returns whether the target has everything up to a position that it will ever be brought:
     * the stream has come so far, if only before it was paused, or nothing is on its way any more.
     */
    boolean hasAll(Lsn position, Duration most) {
        return await(position, most) || !pending() || !position.isAfter(applied());
    }
}
