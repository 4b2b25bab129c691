package io.sluice.apply.consume;

import io.sluice.apply.session.DatabaseSession;
import java.util.function.Supplier;

/**
 * The sessions with which changes are written.
 *
 * @param lanes how many transactions of the target at a time, the stream's own among them; 1 is all in one
 * @param open opens a further one on the target
 */
public record LaneSessions(int lanes, Supplier<DatabaseSession> open) {}
