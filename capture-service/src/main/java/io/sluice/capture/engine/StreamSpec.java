package io.sluice.capture.engine;

import io.sluice.contracts.change.Lsn;

/**
 * What to stream.
 *
 * @param start the slot's {@code confirmed_flush_lsn} when it was checked; the stream must start just there
 */
public record StreamSpec(String taskId, String slot, String publication, Lsn start) {}
