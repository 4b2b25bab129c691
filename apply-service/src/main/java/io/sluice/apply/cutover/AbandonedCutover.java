package io.sluice.apply.cutover;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.FencedException;
import io.sluice.apply.session.DatabaseSession;
import io.sluice.contracts.error.SluiceException;
import io.sluice.contracts.report.Fact.Leftover;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import java.util.List;

/** What a cutover has left at the source that neither came to the fence nor was aborted, since its task was ended. */
public final class AbandonedCutover {

    private AbandonedCutover() {}

    /**
     * Makes the source's database writable again when such a cutover had made it read-only; to be called before the task is
     * fenced on its target.
     *
     * @return what could not be undone
     * @throws FencedException when a newer order was carried out: the cutover may be one of that
     */
    public static List<Leftover> undo(TaskOrder order, Connections source, DatabaseSession target, RunContext context) {
        String taskId = order.taskId();
        Bookkeeping bookkeeping = new Bookkeeping(order);
        boolean left = target.inTransaction("reading notes of cutovers", on -> {
            bookkeeping.requireNewest(on);
            return Bookkeeping.holds(on, "cutover") && !bookkeeping.ended(on) && CutoverNotes.anyReadOnly(on, taskId);
        });
        if (!left) {
            return List.of();
        }
        try (DatabaseSession session = DatabaseSession.open(source, context, List.of())) {
            new SourceWrites(session, List.of()).makeWritable();
            target.transact("keeping notes of cutovers", on -> {
                bookkeeping.requireNewest(on);
                CutoverNotes.forgetReadOnly(on, taskId);
            });
            return List.of();
        } catch (SluiceException e) {
            return List.of(new Leftover(
                    "default_transaction_read_only of the source's database, set by a cutover",
                    String.valueOf(e.getMessage()),
                    "ALTER DATABASE … RESET default_transaction_read_only"));
        }
    }
}
