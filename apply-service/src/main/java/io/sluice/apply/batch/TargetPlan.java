package io.sluice.apply.batch;

import io.sluice.contracts.change.ChangeRecord.RowChange;
import java.util.List;

/** The net effect of a run of changes on one table. */
interface TargetPlan {

    void add(RowChange change);

    /** Whatever came before does not matter any more. */
    void truncate();

    /** The table is emptied before the steps of {@link #finish}. */
    boolean truncated();

    List<Step> finish();
}
