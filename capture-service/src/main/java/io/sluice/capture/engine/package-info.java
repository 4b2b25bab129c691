/**
 * From the replication slot to chunks of encoded change records: the embedded engine, Sluice's own source task in it, and
 * the few facts of the protocol that the decoder does not hand on. The only room that knows Debezium.
 */
@NullMarked
package io.sluice.capture.engine;

import org.jspecify.annotations.NullMarked;
