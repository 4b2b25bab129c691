package io.sluice.apply.load;

import io.sluice.contracts.report.Fact.TableProgress;
import java.util.List;

/** Hears what the load does, for metrics. Thread-safe. */
public interface LoadMeter {

    /** Rows and bytes that have gone over the wire; those of a piece that is copied again count again. */
    void passed(long rows, long bytes);

    /**
     * How far the tables are that are being copied or get their indexes; others have no figures from here on.
     *
     * @param underWay at most 100, the biggest ones
     */
    void tables(List<TableProgress> underWay);
}
