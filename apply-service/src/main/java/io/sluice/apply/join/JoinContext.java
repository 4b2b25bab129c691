package io.sluice.apply.join;

import io.sluice.apply.exception.Suspension;
import io.sluice.apply.position.TableLoad;
import io.sluice.contracts.error.ErrorCode;
import io.sluice.contracts.report.Fact;
import io.sluice.contracts.report.Fact.TableProgress;
import io.sluice.contracts.report.Fact.TableState;
import io.sluice.contracts.secret.SealedSecret;
import io.sluice.contracts.secret.Secret;
import io.sluice.contracts.task.TableName;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The surroundings of what goes on beside the stream: it ends with the run, or when the run's work on the stream ends. A
 * table whose rows are there is not done before the stream carries it. Thread-safe.
 */
final class JoinContext implements RunContext {

    private static final Duration LOOK_EVERY = Duration.ofMillis(200);

    /** Complete is only what the stream carries. */
    private static final int ALMOST = 99;

    private final RunContext whole;
    private final Set<Runnable> actions = ConcurrentHashMap.newKeySet();
    private final Map<TableName, TableProgress> last = new ConcurrentHashMap<>();
    private volatile boolean closed;

    JoinContext(RunContext whole) {
        this.whole = whole;
    }

    /** Ends the work, and what it waits for. */
    void close() {
        closed = true;
        actions.forEach(Runnable::run);
    }

    @Override
    public TaskOrder order() {
        return whole.order();
    }

    @Override
    public void report(Fact fact) {
        if (fact instanceof Fact.LoadProgress progress) {
            whole.report(new Fact.LoadProgress(
                    progress.tables().stream().map(this::notYetDone).toList()));
        } else {
            whole.report(fact);
        }
    }

    /** Another attempt: what failed in an earlier one may do so again, and is told of again. */
    void tryAgain() {
        last.replaceAll((table, known) -> as(known, TableState.WAITING, known.percent(), null, null));
    }

    private TableProgress notYetDone(TableProgress table) {
        boolean copied = table.state() == TableState.DONE;
        TableProgress shown = copied ? as(table, TableState.CATCHING_UP, ALMOST, null, null) : table;
        last.put(table.table(), shown);
        return shown;
    }

    /** What was noted of tables when they were loaded. */
    void known(Collection<TableLoad> loads) {
        loads.forEach(load -> last.put(
                load.table(),
                new TableProgress(load.table(), TableState.WAITING, load.rows(), load.rows(), load.bytes())));
    }

    /** The stream carries the tables. */
    void done(Collection<TableName> tables) {
        if (tables.isEmpty()) {
            return;
        }
        whole.report(new Fact.LoadProgress(tables.stream()
                .map(table -> as(known(table), TableState.DONE, 100, null, null))
                .toList()));
    }

    /** @param what keeps them, and by whom; null when it is nothing but their turn */
    void waiting(Collection<TableName> tables, @Nullable String what) {
        if (tables.isEmpty()) {
            return;
        }
        whole.report(new Fact.LoadProgress(tables.stream()
                .map(table -> as(known(table), TableState.WAITING, 0, null, what))
                .toList()));
    }

    /** What was passed over of them is caught up with. */
    void returning(Collection<TableName> tables) {
        if (!tables.isEmpty()) {
            whole.report(new Fact.LoadProgress(tables.stream()
                    .map(table -> as(known(table), TableState.CATCHING_UP, ALMOST, null, null))
                    .toList()));
        }
    }

    /** Their changes are passed over until a user wants it otherwise. */
    void suspended(Collection<Suspension> suspensions) {
        if (!suspensions.isEmpty()) {
            whole.report(new Fact.LoadProgress(
                    suspensions.stream().map(this::suspended).toList()));
        }
    }

    private TableProgress suspended(Suspension one) {
        TableProgress table = known(one.table());
        return new TableProgress(
                table.table(),
                TableState.SUSPENDED,
                table.rowsEstimated(),
                table.rows(),
                table.bytes(),
                table.sourceBytes(),
                ALMOST,
                0,
                0,
                one.code() + ": " + one.detail(),
                null,
                one.fact());
    }

    /** Those that have failed in this attempt already keep what was said of them. */
    void failed(Collection<TableName> tables, String error) {
        List<TableProgress> failed = tables.stream()
                .map(this::known)
                .filter(table -> table.state() != TableState.FAILED)
                .map(table -> as(table, TableState.FAILED, table.percent(), error, null))
                .toList();
        failed.forEach(table -> last.put(table.table(), table));
        if (!failed.isEmpty()) {
            whole.report(new Fact.LoadProgress(failed));
        }
    }

    private TableProgress known(TableName table) {
        return last.getOrDefault(table, new TableProgress(table, TableState.WAITING, 0, 0, 0));
    }

    private static TableProgress as(
            TableProgress table, TableState state, int percent, @Nullable String error, @Nullable String waitingFor) {
        return new TableProgress(
                table.table(),
                state,
                table.rowsEstimated(),
                table.rows(),
                table.bytes(),
                table.sourceBytes(),
                percent,
                0,
                0,
                error,
                waitingFor);
    }

    @Override
    public void progressed() {
        whole.progressed();
    }

    @Override
    public boolean givesUp(ErrorCode code) {
        return whole.givesUp(code);
    }

    @Override
    public boolean stopping() {
        return closed || whole.stopping();
    }

    @Override
    public boolean pause(Duration duration) {
        long end = System.nanoTime() + duration.toNanos();
        for (long left = duration.toNanos(); left > 0 && !stopping(); left = end - System.nanoTime()) {
            boolean unused = whole.pause(Duration.ofNanos(Math.min(left, LOOK_EVERY.toNanos())));
        }
        return stopping();
    }

    @Override
    public Handle onStop(Runnable action) {
        Handle handle = whole.onStop(action);
        actions.add(action);
        if (closed) {
            action.run();
        }
        return () -> {
            actions.remove(action);
            handle.close();
        };
    }

    @Override
    public Secret open(SealedSecret sealed) {
        return whole.open(sealed);
    }
}
