package io.sluice.capture.engine;

import io.sluice.contracts.change.Lsn;
import io.sluice.contracts.task.TableName;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to stream.
 *
 * @param start the slot's {@code confirmed_flush_lsn} when it was checked; the stream must start just there
 * @param catalogXmin the slot's {@code catalog_xmin} at the same time: whoever is older had ended before it
 * @param tables by OID, under the names that their changes are to have, whatever they are called when they are changed
 * @param names by OID, of tables whose renamings are told of in the stream: their changes have the names that they have when
 *     they are changed, and these are all that were told of by now; empty when none are told of
 * @param ddlSecret of the messages about DDL; null when none is captured
 */
public record StreamSpec(
        String taskId,
        String slot,
        String publication,
        Lsn start,
        long catalogXmin,
        Map<Integer, TableName> tables,
        Map<Integer, Set<TableName>> names,
        @Nullable String ddlSecret) {}
