/**
 * What capture keeps at the source: the publication, the replication slot and the heartbeat. Finds out before every start
 * whether the slot still joins up with what is in the change topic; plain JDBC.
 */
@NullMarked
package io.sluice.capture.slot;

import org.jspecify.annotations.NullMarked;
