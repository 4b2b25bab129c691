package io.sluice.apply.load;

import io.sluice.apply.position.Bookkeeping;
import io.sluice.apply.position.LoadNotes;
import io.sluice.apply.structure.Structure;
import io.sluice.contracts.task.TaskOrder;
import io.sluice.placement.RunContext;
import io.sluice.postgres.Connections;
import io.sluice.postgres.dialect.TargetDialect;

/** What every part of one run's load works with. */
record Loading(
        TaskOrder order,
        Connections source,
        Connections target,
        TargetDialect dialect,
        Bookkeeping bookkeeping,
        LoadNotes notes,
        Structure structure,
        RunContext context,
        LoadSlots slots,
        LoadMeter meter,
        LoadProgress progress,
        LoadPace pace,
        long epoch) {}
