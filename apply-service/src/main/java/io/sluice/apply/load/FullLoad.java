package io.sluice.apply.load;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.TableLoad;
import io.sluice.apply.structure.Structure;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.task.TableName;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.catalog.TableDefinition;
import io.sluice.postgres.dialect.TargetDialect;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jboss.logging.Logger;

/**
 * Copies every table that is not complete yet, in rounds: one round is one snapshot of the source, read by several
 * workers. A table whose copy was interrupted begins again, empty and under the new snapshot; complete ones are left
 * alone. One use per object.
 */
public final class FullLoad {

    private static final Logger LOG = Logger.getLogger(FullLoad.class);

    private static final int ROUNDS_TOGETHER = 3;

    private final Connections source;
    private final Connections target;
    private final TargetDialect dialect;
    private final Bookkeeping bookkeeping;
    private final Structure structure;
    private final RunContext context;
    private final LoadProgress progress;
    private final LongConsumer rowsCopied;

    public FullLoad(
            Connections source,
            Connections target,
            TargetDialect dialect,
            Bookkeeping bookkeeping,
            Structure structure,
            RunContext context,
            LongConsumer rowsCopied) {
        this.source = source;
        this.target = target;
        this.dialect = dialect;
        this.bookkeeping = bookkeeping;
        this.structure = structure;
        this.context = context;
        this.progress = new LoadProgress(context);
        this.rowsCopied = rowsCopied;
    }

    /**
     * Returns when every table is complete, or the run must end.
     *
     * @throws SluiceException the first error of any worker; the others are stopped
     */
    public void run(Collection<TableDefinition> tables, Map<TableName, TableLoad> loads, long epoch, int workers) {
        List<TableDefinition> waiting = new ArrayList<>();
        for (TableDefinition table : tables) {
            TableLoad load = loads.get(table.name());
            if (load != null && load.done()) {
                progress.done(table, load.rows(), load.bytes());
            } else {
                waiting.add(table);
                progress.waiting(table);
            }
        }
        progress.send();
        for (int round = 1; !waiting.isEmpty() && !context.stopping(); round++) {
            waiting = round <= ROUNDS_TOGETHER ? copy(waiting, epoch, workers) : copyOneByOne(waiting, epoch);
            if (!waiting.isEmpty()) {
                LOG.warnf(
                        "Tables were rewritten at the source while they were copied, their copy begins again:"
                                + " tables=%s",
                        waiting.stream().map(TableDefinition::name).toList());
                waiting.forEach(progress::waiting);
            }
        }
    }

    /** For tables that are rewritten all the time: under a snapshot of its own each is read at once and in one piece. */
    private List<TableDefinition> copyOneByOne(List<TableDefinition> tables, long epoch) {
        List<TableDefinition> rewritten = new ArrayList<>();
        for (TableDefinition table : tables) {
            if (!context.stopping()) {
                rewritten.addAll(copy(List.of(table), epoch, 1));
            }
        }
        return rewritten;
    }

    /** Returns the tables that must begin again. */
    private List<TableDefinition> copy(List<TableDefinition> tables, long epoch, int workers) {
        return new CopyRound(source, target, dialect, bookkeeping, structure, context, progress, rowsCopied, epoch)
                .run(tables, workers);
    }
}
